"""Read a data-plane request: its query, its body, and the words in the query that are ours."""

import re
from typing import Any

from msgspec import Struct

from waypost.base.asgi import PlainRequest, decode_json
from waypost.base.errors import InvalidRequest
from waypost.engine.query import parse_query
from waypost.kernel.sends.repeats import body_hash, key_of

MOST_LIMIT = 5000
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_YES = frozenset({"true", "1", "yes"})
_NO = frozenset({"false", "0", "no", ""})
_RAW_TYPES = ("multipart/", "application/octet-stream")
_FORM = "application/x-www-form-urlencoded"


class Reading(Struct, frozen=True):
    """A request taken apart; `query` has neither our switches nor paging nor remote_query.

    `body_hash` tells the body's bytes from others, for a request with an Idempotency-Key.
    """

    account_id: str | None
    query: dict[str, Any] = {}
    raw_query: dict[str, Any] = {}
    switches: dict[str, Any] = {}
    remote_query: dict[str, Any] = {}
    limit: int | None = None
    cursor: str | None = None
    body: Any = None
    raw_body_type: str | None = None
    body_size: int = 0
    body_hash: bytes = b""

    def flag(self, name: str) -> bool:
        """Read a `truto_*` switch that is true or false; raises InvalidRequest."""
        return _flag(self.switches, name)

    def words(self, name: str) -> list[str]:
        """Read a `truto_*` switch that is a list: `name[]=a`, repeated, or `a,b`.

        Raises InvalidRequest for an object.
        """
        value = self.switches.get(name)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise InvalidRequest(f"{name} is a list of names.")
        return [word.strip() for item in items for word in item.split(",") if word.strip()]


async def read_request(request: PlainRequest, body_limit: int) -> Reading:
    """Take a request apart; raises InvalidRequest, PayloadTooLarge."""
    query = parse_query(request.query_string)
    account_id = _text(query.pop("integrated_account_id", None), "integrated_account_id")
    if account_id is None:
        _refuse_slip(query)
    raw_query = dict(query)
    switches = {name: query.pop(name) for name in list(query) if name.startswith("truto_")}
    remote = query.pop("remote_query", None) or {}
    if not isinstance(remote, dict):
        raise InvalidRequest("remote_query is an object: remote_query[name]=value.")
    limit = _limit(query.pop("limit", None))
    following = _text(query.pop("next_cursor", None), "next_cursor")
    preceding = _text(query.pop("prev_cursor", None), "prev_cursor")
    raw = b"" if request.method in ("GET", "HEAD") else await request.body(body_limit)
    body, body_type = _body(raw, request.header(b"content-type") or "", switches)
    return Reading(
        account_id=account_id,
        query=query,
        raw_query=raw_query,
        switches=switches,
        remote_query=remote,
        limit=limit,
        cursor=following or preceding,
        body=body,
        raw_body_type=body_type,
        body_size=len(raw),
        body_hash=body_hash(raw) if key_of(request) is not None else b"",
    )


def _refuse_slip(query: dict[str, Any]) -> None:
    """Refuse a misspelt integrated_account_id, which would else be missing without a reason."""
    for name in query:
        if name.lower().startswith("integrated"):
            raise InvalidRequest(
                f"{name!r} means nothing here; did you mean integrated_account_id?"
            )


def _body(raw: bytes, kind: str, switches: dict[str, Any]) -> tuple[Any, str | None]:
    if not raw:
        return None, None
    label = kind.lower()
    if _flag(switches, "truto_body_passthrough") or label.startswith(_RAW_TYPES):
        return raw, kind or "application/octet-stream"
    # curl labels what `-d` sends as a form, whatever it is.
    if label.startswith(_FORM) and raw.lstrip()[:1] not in (b"{", b"["):
        raise InvalidRequest(
            "The body is a form, and JSON is read here: send JSON with 'Content-Type: "
            "application/json'. To hand a form to the provider as it is, add "
            "truto_body_passthrough=true to the query."
        )
    # Published clients send JSON as text/plain, or with no type at all.
    return decode_json(raw), None


def _flag(switches: dict[str, Any], name: str) -> bool:
    value = switches.get(name, "")
    word = value.lower() if isinstance(value, str) else None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise InvalidRequest(f"{name} is true or false.")


def _limit(value: Any) -> int | None:
    if value is None or value == "":
        return None
    text = str(value)
    if not _WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= MOST_LIMIT:
        raise InvalidRequest(f"limit is a whole number from 1 to {MOST_LIMIT}.")
    return int(text)


def _text(value: Any, name: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise InvalidRequest(f"{name} is given once, as a text.")
