"""Reading what a request brings: JSON, a form, or lists in a query, as PHP does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from waypost_sandbox.wire.answer import RefusalError, answer_json
from waypost_sandbox.world.things import Json

# PHP's own limit, beyond which it decodes nothing.
DEEPEST = 512
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_INDEXED = re.compile(r"^(?P<name>[^\[\]]+)\[[^\[\]]*\]$")
# The codes are public, the words are a GUESS.
SYNTAX_ERROR = "The request body contains a JSON syntax error. #MS42227"
NOT_DECODED = "The request body could not be decoded as JSON. #MS42228"


def read_body(content_type: str | None, body: bytes) -> Any:
    """Return what the body says; no body is an empty object.

    A body that names no type is taken for JSON, which the real one does not do: a test's
    client may be plain. Any other type that is not JSON or a form brings nothing, as in Laravel.
    """
    if not body.strip():
        return {}
    kind = (content_type or "application/json").partition(";")[0].strip().lower()
    if "/json" in kind or "+json" in kind:
        return _read_json(body)
    if kind == "application/x-www-form-urlencoded":
        text = body.decode("utf-8", "replace")
        try:
            return read_pairs(parse_qsl(text, keep_blank_values=True, max_num_fields=1000))
        except ValueError:
            return {}
    return {}


def _read_json(body: bytes) -> Any:
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _refuse(NOT_DECODED) from None
    except ValueError:
        raise _refuse(SYNTAX_ERROR) from None
    except RecursionError:
        raise _refuse(NOT_DECODED) from None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_too_deep(found):
        raise _refuse(NOT_DECODED)
    if _SURROGATE.search(body) is not None and not _is_text(found):
        raise _refuse(NOT_DECODED)
    return found


def _is_text(found: Any) -> bool:
    """Say whether all of it can be written: half a surrogate pair is no letter to PHP."""
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which only Python takes for JSON."""
    raise ValueError(name)


def _refuse(text: str) -> RefusalError:
    return RefusalError(answer_json({"message": text}, 422))


def _is_too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST + 1):
        following: list[Any] = []
        for held in level:
            if isinstance(held, dict):
                following += held.values()
            elif isinstance(held, list):
                following += held
        if not following:
            return False
        level = following
    return True


def read_pairs(pairs: Iterable[tuple[str, str]]) -> Json:
    """Return names and values as PHP reads them: `a[]=` and `a[0]=` make lists, else last wins."""
    found: Json = {}
    for name, value in pairs:
        match = _INDEXED.match(name)
        if match is None:
            found[name] = value
            continue
        held = found.setdefault(match["name"], [])
        if isinstance(held, list):
            held.append(value)
        else:
            found[match["name"]] = [value]
    return found
