"""Checks of a send's attachments: kind, encoding, size."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from waypost_sandbox.email import errors
from waypost_sandbox.wire.check import Field, Problems
from waypost_sandbox.world.things import Json

MOST_BYTES = 25 * 1024 * 1024
EXTENSIONS = frozenset(
    [
        "txt",
        "csv",
        "log",
        "css",
        "ics",
        "xml",
        "jpg",
        "jpe",
        "jpeg",
        "gif",
        "png",
        "bmp",
        "psd",
        "tif",
        "tiff",
        "svg",
        "indd",
        "ai",
        "eps",
        "doc",
        "docx",
        "rtf",
        "odt",
        "ott",
        "pdf",
        "pub",
        "pages",
        "mobi",
        "epub",
        "mp3",
        "m4a",
        "m4v",
        "wma",
        "ogg",
        "flac",
        "wav",
        "aif",
        "aifc",
        "aiff",
        "mp4",
        "mov",
        "avi",
        "mkv",
        "mpeg",
        "mpg",
        "wmv",
        "xls",
        "xlsx",
        "ods",
        "numbers",
        "odp",
        "ppt",
        "pptx",
        "pps",
        "key",
        "zip",
        "vcf",
        "eml",
        "p7c",
        "p7m",
        "p7s",
        "pgp",
        "asc",
        "sig",
    ]
)
# First bytes that tell a kind for certain, and the names that kind may carry.
_MAGIC: tuple[tuple[bytes, frozenset[str]], ...] = (
    (b"%PDF-", frozenset({"pdf", "ai"})),
    (b"\x89PNG\r\n\x1a\n", frozenset({"png"})),
    (b"\xff\xd8\xff", frozenset({"jpg", "jpe", "jpeg"})),
    (b"GIF8", frozenset({"gif"})),
)
_TELLABLE = frozenset({"pdf", "png", "jpg", "jpe", "jpeg", "gif"})


def check_attachments(problems: Problems, attachments: Any) -> None:
    """Check every attachment, and their size together."""
    Field(problems, "attachments", attachments).array()
    if not isinstance(attachments, list):
        return
    total = 0
    for place, item in enumerate(attachments):
        given = item if isinstance(item, dict) else {}
        size = _check_one(problems, f"attachments.{place}", given)
        is_first_over = total <= MOST_BYTES < total + size
        total += size
        if is_first_over:
            problems.add(f"attachments.{place}.content", errors.too_large(place))


def _check_one(problems: Problems, name: str, item: Json) -> int:
    filename = Field(problems, f"{name}.filename", item.get("filename")).required().string()
    content = Field(problems, f"{name}.content", item.get("content")).required().string()
    disposition = Field(problems, f"{name}.disposition", item.get("disposition"))
    disposition.required().one_of(("inline", "attachment"))
    Field(problems, f"{name}.id", item.get("id")).string()
    decoded = None if content.is_wrong else _decode(str(content.value))
    if decoded is None:
        content.fail(errors.NOT_BASE64)
        return 0
    if filename.is_wrong:
        return len(decoded)
    extension = str(filename.value).rpartition(".")[2].lower()
    if extension not in EXTENSIONS:
        filename.fail(errors.BAD_FILE_TYPE)
    elif _is_mismatched(extension, decoded):
        filename.fail(errors.FILE_MISMATCH)
    return len(decoded)


def _decode(content: str) -> bytes | None:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_mismatched(extension: str, decoded: bytes) -> bool:
    for magic, allowed in _MAGIC:
        if decoded.startswith(magic):
            return extension not in allowed and extension in _TELLABLE
    return False
