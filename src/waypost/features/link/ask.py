"""What the page's form asks of us: read from JSON or from a plain form, refusing other sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from waypost.base.asgi import decode_json
from waypost.base.errors import Forbidden, InvalidRequest
from waypost.engine.manifest.problem import nearest
from waypost.features.link.model import PageOptions, page_options

Wish = Literal["stream", "json", "page"]
"""How the answer is wanted: a line per step, one object, or a page."""

LARGEST_BODY = 256 * 1024
_FORM = "application/x-www-form-urlencoded"
_OPTIONS = ("integrations", "auth_format", "no_back", "skip_rapid_form", "iframe")
_KNOWN = ("link_token", "integration", "fields", *_OPTIONS)


@dataclass(frozen=True, slots=True)
class Ask:
    """A submitted form; `fields` holds what was typed, by field name."""

    link_token: str
    options: PageOptions
    wish: Wish
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:  # the fields hold credentials
        return f"Ask({self.options.integration!r}, {self.wish!r})"


def read_ask(headers: Mapping[str, str], body: bytes) -> Ask:
    """Read a submitted form; header names are lower-case. Raises InvalidRequest."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    accept = headers.get("accept", "").lower()
    if kind == _FORM:
        values = _form(body)
        wish: Wish = "json" if "application/json" in accept else "page"
    elif kind.startswith("multipart/"):
        raise InvalidRequest(f"Send the form as application/json or {_FORM}.")
    else:
        values = _json(body)
        wish = "stream" if "application/x-ndjson" in accept else "json"
    if "application/x-ndjson" in accept:
        wish = "stream"
    return Ask(
        link_token=str(values.get("link_token") or ""),
        options=page_options(_texts(values)),
        wish=wish,
        fields=values["fields"],
    )


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200
        )
    except (UnicodeDecodeError, ValueError):
        raise InvalidRequest("The form could not be read.") from None
    known = {name: value for name, value in pairs if name in _KNOWN and name != "fields"}
    return {**known, "fields": {name: value for name, value in pairs if name not in _KNOWN}}


def _json(body: bytes) -> dict[str, Any]:
    values = decode_json(body)
    if not isinstance(values, dict):
        raise InvalidRequest("The body must be a JSON object.")
    for name in values:
        if name not in _KNOWN:
            raise InvalidRequest(f"'{name}' is not known{nearest(str(name), _KNOWN)}")
    fields = values.get("fields")
    fields = {} if fields is None else fields
    if not isinstance(fields, dict):
        raise InvalidRequest("'fields' must be an object: the credential fields by name.")
    return {**values, "fields": fields}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            told[name] = "true" if value else ""
        elif isinstance(value, list):
            told[name] = ",".join(str(item) for item in value)
        elif isinstance(value, str):
            told[name] = value
    return told


def refuse_other_sites(headers: Mapping[str, str], own_origin: str) -> None:
    """Raise Forbidden for a request that another site's page makes in somebody's browser.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; other programs send neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    else:
        origin = headers.get("origin")
        if origin is None or _same_place(origin, own_origin):
            return
    raise Forbidden("This may only be sent by the link page itself.")


def _same_place(origin: str, own_origin: str) -> bool:
    return urlsplit(origin)[:2] == urlsplit(own_origin)[:2]
