"""Validation in the words of the wire: rules per field, problems in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from typing import Any
from urllib.parse import urlsplit

from waypost_sandbox.wire.answer import Answer, RefusalError, answer_json
from waypost_sandbox.world.things import Json

_EMAIL = re.compile(
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"
)
_TRUTHS = (True, False, 0, 1, "0", "1", "true", "false")


def is_email(value: object) -> bool:
    """Say whether the value is one plain address."""
    return isinstance(value, str) and len(value) <= 320 and _EMAIL.fullmatch(value) is not None


def is_url(value: object) -> bool:
    """Say whether the value is an absolute http or https address."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def read_truth(value: object) -> bool:
    """Read a boolean as the wire may carry it."""
    return value in (True, 1, "1", "true")


def is_known(value: object, table: Container[str]) -> bool:
    """Say whether the value is an id of the table; a list or object never is."""
    return isinstance(value, str) and value in table


def name_of(field: str) -> str:
    """Name a field in a sentence: underscores become spaces, dots stay."""
    return field.replace("_", " ")


class Problems:
    """What is wrong with a request, field by field, in the order found."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, field: str, text: str) -> None:
        """Note one problem."""
        self.found.setdefault(field, []).append(text)

    def answer(self) -> Answer:
        """Make the 422: the first text, and how many more there are."""
        texts = [text for group in self.found.values() for text in group]
        more = len(texts) - 1
        suffix = "" if more < 1 else f" (and {more} more error{'s' if more > 1 else ''})"
        return answer_json({"message": texts[0] + suffix, "errors": self.found}, 422)


class Check:
    """Check an input's fields one after the other."""

    def __init__(self, data: Json, problems: Problems | None = None) -> None:
        self.data = data
        self.problems = problems or Problems()

    def field(self, name: str) -> Field:
        """Begin with a field; an absent one passes every rule but `required`."""
        return Field(self.problems, name, self.data.get(name))

    def refuse_if_wrong(self) -> None:
        """Stop the request when anything was wrong."""
        if self.problems.found:
            raise RefusalError(self.problems.answer())


class Field:
    """One field under check; after its first problem the other rules are silent."""

    def __init__(self, problems: Problems, name: str, value: Any) -> None:
        self._problems = problems
        self.name = name
        # Laravel's middleware turns empty strings into nulls before validation.
        self.value = None if value == "" else value
        self.is_wrong = False

    @property
    def _is_skipped(self) -> bool:
        return self.is_wrong or self.value is None

    def fail(self, text: str) -> Field:
        """Note a problem with this field."""
        if not self.is_wrong:
            self._problems.add(self.name, text)
            self.is_wrong = True
        return self

    def _expect(self, is_right: bool, text: str) -> Field:
        return self if self._is_skipped or is_right else self.fail(text)

    def required(self) -> Field:
        """Must be there and not empty."""
        if self.value is None or self.value in ([], {}):
            self.fail(f"The {name_of(self.name)} field is required. #MS42209")
        return self

    def required_if(self, is_needed: bool) -> Field:
        """Must be there when something else says so."""
        return self.required() if is_needed else self

    def string(self) -> Field:
        """Must be a string."""
        text = f"The {name_of(self.name)} must be a string. #MS42221"
        return self._expect(isinstance(self.value, str), text)

    def array(self) -> Field:
        """Must be a list."""
        text = f"The {name_of(self.name)} must be an array."
        return self._expect(isinstance(self.value, list), text)

    def object(self) -> Field:
        """Must be an object; Laravel calls it an array."""
        text = f"The {name_of(self.name)} must be an array."
        return self._expect(isinstance(self.value, dict), text)

    def boolean(self) -> Field:
        """Must be true or false, in one of the forms PHP takes."""
        is_right = not isinstance(self.value, list | dict) and self.value in _TRUTHS
        return self._expect(is_right, f"The {name_of(self.name)} field must be true or false.")

    def integer(self) -> Field:
        """Must be a whole number, written as one or as a string."""
        is_number = isinstance(self.value, int) and not isinstance(self.value, bool)
        is_text = isinstance(self.value, str) and re.fullmatch(r"-?\d{1,18}", self.value)
        text = f"The {name_of(self.name)} must be an integer."
        return self._expect(is_number or bool(is_text), text)

    def at_least(self, least: int) -> Field:
        """Must not be below."""
        if self._is_skipped or int(self.value or 0) >= least:
            return self
        return self.fail(f"The {name_of(self.name)} must be at least {least}.")

    def at_most(self, most: int | None) -> Field:
        """Must not be above; None sets no bound."""
        if self._is_skipped or most is None or int(self.value or 0) <= most:
            return self
        return self.fail(f"The {name_of(self.name)} must not be greater than {most}.")

    def longest(self, length: int) -> Field:
        """Must not be a longer string (older Laravel wording; which is used is a GUESS)."""
        is_right = not isinstance(self.value, str) or len(self.value) <= length
        text = f"The {name_of(self.name)} must not be greater than {length} characters."
        return self._expect(is_right, text)

    def most_items(self, count: int) -> Field:
        """Must not hold more items."""
        is_right = not isinstance(self.value, list) or len(self.value) <= count
        text = f"The {name_of(self.name)} must not have more than {count} items."
        return self._expect(is_right, text)

    def email(self) -> Field:
        """Must be an address."""
        text = f"The {name_of(self.name)} must be a valid email address. #MS42208"
        return self._expect(is_email(self.value), text)

    def url(self) -> Field:
        """Must be an absolute http or https address (the wording is a GUESS)."""
        text = f"The {name_of(self.name)} must be a valid URL."
        return self._expect(is_url(self.value), text)

    def one_of(self, allowed: Collection[Any]) -> Field:
        """Must be one of the known values."""
        is_right = not isinstance(self.value, list | dict) and self.value in allowed
        return self._expect(is_right, f"The selected {name_of(self.name)} is invalid.")

    def each_of(self, allowed: Collection[Any]) -> Field:
        """Must hold known values only; each wrong one is named by its place."""
        if self._is_skipped or not isinstance(self.value, list):
            return self
        for place, item in enumerate(self.value):
            name = f"{self.name}.{place}"
            Field(self._problems, name, item).one_of(allowed)
        return self

    def each_string(self, length: int | None = None) -> Field:
        """Must hold strings only, none too long."""
        if self._is_skipped or not isinstance(self.value, list):
            return self
        for place, item in enumerate(self.value):
            item_field = Field(self._problems, f"{self.name}.{place}", item).string()
            if item is None:
                item_field.fail(f"The {name_of(item_field.name)} must be a string. #MS42221")
            if length is not None:
                item_field.longest(length)
        return self
