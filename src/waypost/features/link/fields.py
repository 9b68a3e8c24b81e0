"""The form of a link: what is asked, what was typed, and what is wrong with it."""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from waypost.base.secret import Secret
from waypost.engine.manifest.credentials import CredentialField

LONGEST_VALUE = 8192
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class FormField:
    """One input as the page shows it; `shown` is only ever a value that is no secret."""

    field: CredentialField
    shown: str = ""
    provided: bool = False

    @property
    def input_type(self) -> str:
        """Return the HTML input type."""
        if self.field.type == "password":
            return "password"
        return {"email": "email", "url": "url"}.get(self.field.format or "", "text")

    @property
    def input_mode(self) -> str | None:
        """Return the HTML inputmode that suits the value."""
        return "decimal" if self.field.format == "number" else None


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was read: the values by field name, or what is wrong by field name."""

    values: Mapping[str, Secret]
    faults: Mapping[str, str]


def form_fields(
    fields: Sequence[CredentialField], provided: Mapping[str, Any]
) -> tuple[FormField, ...]:
    """Return the inputs to show; what the link token provides is not asked again nor shown."""
    return tuple(
        FormField(
            one,
            shown=one.default or "" if one.type != "password" else "",
            provided=_provides(provided, one.name),
        )
        for one in fields
    )


def read_form(
    fields: Sequence[CredentialField], typed: Mapping[str, Any], provided: Mapping[str, Any]
) -> Filled:
    """Read what was typed; a value the link token provides wins. Unknown names are refused."""
    values: dict[str, Secret] = {}
    faults: dict[str, str] = {}
    for one in fields:
        given = provided[one.name] if _provides(provided, one.name) else typed.get(one.name)
        text, fault = _read(one, given)
        if fault:
            faults[one.name] = fault
        elif text:
            values[one.name] = Secret(text)
    known = {one.name for one in fields}
    for name in typed:
        if name not in known:
            faults[str(name)] = "is not a field of this form"
    return Filled(values, faults)


def _provides(provided: Mapping[str, Any], name: str) -> bool:
    return provided.get(name) not in (None, "")


def _read(field: CredentialField, given: Any) -> tuple[str, str | None]:
    if given is None:
        given = field.default or ""
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        return "", "must be a text."
    text = given.strip()
    if not text:
        return "", f"{field.label} is needed." if field.required else None
    fault = _fault(field, text)
    return ("", fault) if fault else (_transformed(field, text), None)


def _fault(field: CredentialField, text: str) -> str | None:
    if len(text) > LONGEST_VALUE:
        return f"{field.label} is too long: at most {LONGEST_VALUE} characters."
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        return f"{field.label} holds a line break or another invisible character; paste it again."
    if field.type == "single_select":
        if text not in {option.value for option in field.options}:
            return f"Choose one of the options of {field.label}."
        return None
    if field.format and not _fits(field.format, text):
        return f"{field.label} must be {_FORMAT_WORDS[field.format]}."
    if field.pattern and not re.fullmatch(field.pattern, text):
        hint = f", like {field.placeholder}" if field.placeholder else ""
        return f"This does not look like a valid {field.label}{hint}. Copy it again, whole."
    return None


_FORMAT_WORDS = {
    "email": "an email address",
    "number": "a number",
    "uuid": "a UUID",
    "url": "a URL that begins with https:// or http://",
}


def _fits(form: str, text: str) -> bool:
    if form == "email":
        return _EMAIL.fullmatch(text) is not None
    if form == "number":
        return _NUMBER.fullmatch(text) is not None
    try:
        if form == "uuid":
            uuid.UUID(text)
            return True
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _transformed(field: CredentialField, text: str) -> str:
    match field.transform:
        case "lowercase":
            return text.lower()
        case "uppercase":
            return text.upper()
        case "sha256":
            return hashlib.sha256(text.encode()).hexdigest()
        case _:
            return text
