"""What the replay of recorded answers stands on: seeds, the comparison, and its mutations."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

Json = dict[str, Any]

RECORDED_ROOT = "https://api.mailersend.com"
NAMED_HEADERS = (
    "content-type",
    "cache-control",
    "x-apiquota-remaining",
    "x-apiquota-reset",
    "x-message-id",
    "x-sms-message-id",
    "x-send-paused",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "retry-after",
)
# What may differ is what the server makes up itself; it must look like the recorded thing.
KINDS = {
    "hashid": re.compile(r"[0-9degjklmnopqrvwxyz]{16}"),
    "object id": re.compile(r"[0-9a-f]{24}"),
    "token": re.compile(r"[0-9a-f]{80}"),
    "secret": re.compile(r"[A-Za-z0-9]{32}"),
    "inbound address": re.compile(r"[a-z0-9]{20}@inbound\.mailersend\.net"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z"),
}
# A recorded thing is made up to a second before its answer is dated.
TOLERANCE = timedelta(seconds=2)


@dataclass(slots=True)
class Answer:
    """One answer as it came: status, named headers, raw body."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """Return the parsed body; nothing is None."""
        return json.loads(self.content) if self.content else None

    def with_body(self, body: Any) -> Answer:
        """Return the answer with another body, written as the status asks for."""
        return Answer(self.status, dict(self.headers), write_body(self.status, body))


def write_body(status: int, body: Any) -> bytes:
    """Write JSON as the wire does: thrown refusals with four spaces, the rest compact."""
    if body is None:
        return b""
    if status in (404, 429):
        return json.dumps(body, indent=4).encode()
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


@dataclass(slots=True)
class Comparison:
    """Compare the answers of one file; what was made up must agree across all of them."""

    root: str
    ours_of: dict[str, str] = field(default_factory=dict)
    theirs_of: dict[str, str] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)

    def note_fresh(self, step: Json, seeded: str) -> None:
        """Note what the recorded server made up in a step: what no seed could have said."""
        response = step["response"]
        if step["request"]["method"] == "GET":
            return
        for value in walk_strings([response["body"], *response["headers"].values()]):
            if kind_of(value) and value not in seeded:
                self.fresh.add(value)

    def differences(self, step: Json, answer: Answer) -> list[str]:
        """Name every difference between the recorded answer and ours."""
        real = step["response"]
        if answer.status != real["status"]:
            return [f"status {real['status']} but ours {answer.status}: {answer.content!r}"]
        moment = parsedate_to_datetime(real["headers"]["date"])
        found: list[str] = []
        for name in NAMED_HEADERS:
            ours, theirs = answer.headers.get(name), real["headers"].get(name)
            found += self._compare(theirs, ours, f"header {name}", moment)
        if answer.content != write_body(answer.status, answer.body):
            found.append("the body is written otherwise")
        return found + self._compare(real["body"], answer.body, "body", moment)

    def _compare(self, real: Any, ours: Any, where: str, moment: datetime) -> list[str]:
        if isinstance(real, dict) and isinstance(ours, dict):
            if list(real) != list(ours):
                return [f"{where}: keys {list(real)} but ours {list(ours)}"]
            return [
                each
                for key in real
                for each in self._compare(real[key], ours[key], f"{where}.{key}", moment)
            ]
        if isinstance(real, list) and isinstance(ours, list):
            if len(real) != len(ours):
                return [f"{where}: {len(real)} items but ours {len(ours)}"]
            return [
                each
                for place, pair in enumerate(zip(real, ours, strict=True))
                for each in self._compare(*pair, f"{where}.{place}", moment)
            ]
        if type(real) is not type(ours):
            return [f"{where}: {real!r} but ours {ours!r}"]
        if isinstance(real, str):
            return self._compare_text(real, ours, where, moment)
        return [] if real == ours else [f"{where}: {real!r} but ours {ours!r}"]

    def _compare_text(self, real: str, ours: str, where: str, moment: datetime) -> list[str]:
        expected = self.translate(real)
        if expected == ours:
            return []
        kind = kind_of(real)
        is_same_kind = kind is not None and KINDS[kind].fullmatch(ours) is not None
        if real not in self.fresh or not is_same_kind:
            return [f"{where}: {expected!r} but ours {ours!r}"]
        if kind == "time":
            return _compare_times(real, ours, where)
        if kind == "object id" and abs(int(ours[:8], 16) - int(real[:8], 16)) > 2:
            return [f"{where}: {ours!r} does not begin with the time of {moment}"]
        if real in self.ours_of or ours in self.theirs_of:
            return [f"{where}: {ours!r} does not agree with an earlier answer"]
        self.ours_of[real], self.theirs_of[ours] = ours, real
        return []

    def translate(self, text: str) -> str:
        """Write a recorded text with our address and our ids."""
        text = text.replace(RECORDED_ROOT, self.root)
        for theirs, ours in self.ours_of.items():
            text = text.replace(theirs, ours)
        return text


def _compare_times(real: str, ours: str, where: str) -> list[str]:
    difference = datetime.fromisoformat(ours) - datetime.fromisoformat(real)
    return [] if abs(difference) <= TOLERANCE else [f"{where}: {real} but ours {ours}"]


def kind_of(text: str) -> str | None:
    """Return what kind of made-up thing a text looks like."""
    return next((kind for kind, form in KINDS.items() if form.fullmatch(text)), None)


def walk_strings(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for held in value.values() if isinstance(value, dict) else value:
            yield from walk_strings(held)


# --- mutations: each changes an answer in one way, or returns None where it cannot ---------


def _edit_body(edit: Callable[[Any], bool]) -> Callable[[Answer], Answer | None]:
    def mutate(answer: Answer) -> Answer | None:
        body = copy.deepcopy(answer.body)
        return answer.with_body(body) if _apply_once(body, edit) else None

    return mutate


def _apply_once(value: Any, edit: Callable[[Any], bool]) -> bool:
    """Apply an edit to the first place, depth first, where it can change something."""
    if edit(value):
        return True
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_apply_once(each, edit) for each in held)


def _drop_key(value: Any) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    del value[next(reversed(value))]
    return True


def _add_key(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    value["extra"] = None
    return True


def _reorder_keys(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) < 2:
        return False
    key = next(iter(value))
    value[key] = value.pop(key)
    return True


def _replace_leaf(pick: Callable[[Any], bool], change: Callable[[Any], Any]) -> Any:
    def edit(value: Any) -> bool:
        if not isinstance(value, dict | list):
            return False
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for key, held in pairs:
            if pick(held):
                value[key] = change(held)
                return True
        return False

    return edit


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and kind_of(value) in ("hashid", "object id")


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and kind_of(value) == "time"


def _is_words(value: Any) -> bool:
    return isinstance(value, str) and value != "" and kind_of(value) is None


def _empty_list(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    value.pop()
    return True


def _add_item(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    value.append({})
    return True


def _change_header(name: str, value: str | None) -> Callable[[Answer], Answer | None]:
    def mutate(answer: Answer) -> Answer | None:
        if answer.headers.get(name) == value:
            return None
        headers = {key: held for key, held in answer.headers.items() if key != name}
        if value is not None:
            headers[name] = value
        return Answer(answer.status, headers, answer.content)

    return mutate


def _rewrite(answer: Answer) -> Answer | None:
    if not answer.content:
        return None
    spaced = json.dumps(answer.body, indent=2).encode()
    return None if spaced == answer.content else Answer(answer.status, answer.headers, spaced)


MUTATIONS: dict[str, Callable[[Answer], Answer | None]] = {
    "another status": lambda a: Answer(a.status + 1, a.headers, a.content),
    "a dropped key": _edit_body(_drop_key),
    "a key too many": _edit_body(_add_key),
    "keys in another order": _edit_body(_reorder_keys),
    "a number as text": _edit_body(_replace_leaf(_is_number, str)),
    "another number": _edit_body(_replace_leaf(_is_number, lambda held: held + 1)),
    "a truth turned": _edit_body(
        _replace_leaf(lambda held: isinstance(held, bool), lambda held: not held)
    ),
    "null for a value": _edit_body(
        _replace_leaf(lambda held: held is not None and held != [], lambda _: None)
    ),
    "a value for null": _edit_body(_replace_leaf(lambda held: held is None, lambda _: "x")),
    "another word": _edit_body(_replace_leaf(_is_words, lambda held: f"{held}.")),
    "a time an hour later": _edit_body(
        _replace_leaf(
            _is_time, lambda held: f"{held[:11]}{(int(held[11:13]) + 1) % 24:02}{held[13:]}"
        )
    ),
    "an id of another form": _edit_body(_replace_leaf(_is_id, lambda held: held.upper() + "-")),
    "a row less": _edit_body(_empty_list),
    "a row more": _edit_body(_add_item),
    "a body where there is none": lambda a: (
        None if a.content else Answer(a.status, a.headers, b"{}")
    ),
    "no body": lambda a: Answer(a.status, a.headers, b"") if a.content else None,
    "a body spaced otherwise": _rewrite,
    "another content type": _change_header("content-type", "text/plain"),
    "the quota headers lost or won": lambda a: (
        _change_header("x-apiquota-remaining", None)(a)
        or _change_header("x-apiquota-remaining", "-1")(a)
    ),
    "a day's other end": _change_header("x-apiquota-reset", "2025-01-01T00:00:00Z"),
    "a pause told or untold": lambda a: (
        _change_header("x-send-paused", None)(a) or _change_header("x-send-paused", "true")(a)
    ),
    "a message id from nowhere": _change_header("x-message-id", "nope"),
    "a wait asked for": _change_header("retry-after", "1"),
}
