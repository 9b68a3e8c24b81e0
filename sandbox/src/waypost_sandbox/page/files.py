"""The page's own files: fixed, few, and read from the package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from waypost_sandbox.page.guard import PAGE_POLICY, guard_headers
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call

TYPES = {
    "html": "text/html; charset=UTF-8",
    "js": "text/javascript; charset=UTF-8",
    "css": "text/css; charset=UTF-8",
    "svg": "image/svg+xml",
}
FOLDERS = ("", "css", "js", "js/parts", "js/views")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is answered."""

    body: bytes
    content_type: str
    etag: str


@cache
def read_files() -> dict[str, File]:
    """Read every file of the page, by its path; nothing else can be asked for."""
    root = files("waypost_sandbox").joinpath("page", "static")
    found = {}
    for folder in FOLDERS:
        place = root.joinpath(*folder.split("/")) if folder else root
        for entry in place.iterdir():
            kind = TYPES.get(entry.name.rpartition(".")[2])
            if kind is not None and entry.is_file():
                body = entry.read_bytes()
                digest = hashlib.sha256(body).hexdigest()[:32]
                found[f"{folder}/{entry.name}".lstrip("/")] = File(body, kind, f'"{digest}"')
    return found


def answer_file(call: Call, name: str) -> Answer | None:
    """Answer with a file of the page; None when there is none of that name."""
    file = read_files().get(name)
    if file is None:
        return None
    headers = {**guard_headers(PAGE_POLICY), "etag": file.etag}
    if call.headers.get("if-none-match") == file.etag:
        return Answer(304, content_type=None, headers=headers)
    return Answer(200, file.body, content_type=file.content_type, headers=headers)
