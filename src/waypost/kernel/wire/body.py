"""Read a JSON body into its model, refusing what is not known by name."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from waypost.base.asgi import PlainRequest, Receive, Scope, decode_json
from waypost.base.errors import InvalidRequest, NotFound
from waypost.engine.manifest.problem import nearest
from waypost.kernel.environments import Caller

MOST_BYTES = 4 * 1024 * 1024

B = TypeVar("B", bound="Body")
_LEVELS_AROUND = 8
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Body(BaseModel):
    """A JSON object of the wire; `ignored` names what published clients send without effect."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, validate_by_alias=True, validate_by_name=False
    )
    ignored: ClassVar[frozenset[str]] = frozenset()

    def given(self) -> dict[str, Any]:
        """Return only what the caller wrote, null included."""
        return {name: getattr(self, name) for name in type(self).model_fields if self.has(name)}

    def has(self, name: str) -> bool:
        """Say whether the caller wrote `name`."""
        return name in self.model_fields_set


async def read_body(scope: Scope, receive: Receive, model: type[B]) -> B:
    """Read a request's body whatever its content type says; an empty one is `{}`.

    Raises InvalidRequest whose `details.failures` lists every fault as `{field, message}`, and
    PayloadTooLarge.
    """
    raw = await PlainRequest(scope, receive).body(MOST_BYTES)
    value = decode_json(raw) if raw.strip() else {}
    if fault := unkeepable(value):
        raise InvalidRequest(f"The body holds {fault}.")
    if "environment_id" not in model.model_fields:
        value = at_home(value, scope.get("waypost.caller"))
    return parse_body(value, model)


def at_home(value: Any, caller: Caller | None) -> Any:
    """Return a parsed body without the `environment_id` that any may name: the caller's own.

    Raises NotFound for another one.
    """
    if caller is None or caller.environment_id is None or not isinstance(value, Mapping):
        return value
    named = value.get("environment_id")
    if named is not None and named != caller.environment_id:
        raise NotFound("There is no such environment.")
    return {name: given for name, given in value.items() if name != "environment_id"}


def parse_body(value: Any, model: type[B]) -> B:
    """Return a parsed JSON value as `model`; raises InvalidRequest."""
    if not isinstance(value, Mapping):
        raise InvalidRequest("The body must be a JSON object.")
    kept = {name: given for name, given in value.items() if name not in model.ignored}
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        # `from None`: the original error quotes the values, which may be secrets.
        raise _refusal(error, model) from None


def unkeepable(value: Any) -> str | None:
    """Return why no database of ours can hold a JSON value, after "it holds", or None."""
    try:
        written = orjson.dumps(_wrapped(value))
    except TypeError:
        return (
            "an integer of more than 64 bits, half of a surrogate pair, or too many levels of "
            "nesting"
        )
    return "the character U+0000" if _NUL.search(written) else None


def _wrapped(value: Any) -> Any:
    # What is kept is shown again inside of pages and events: there must be levels left for them.
    for _ in range(_LEVELS_AROUND):
        value = [value]
    return value


def _refusal(error: ValidationError, model: type[Body]) -> InvalidRequest:
    failures = []
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in each["loc"])
        failures.append({"field": place, "message": _said(place, each["type"], each["msg"], model)})
    message = "; ".join(each["message"] for each in failures[:3])
    return InvalidRequest(message, details={"failures": failures})


def _said(place: str, kind: str, message: str, model: type[Body]) -> str:
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        hint = "" if "." in place else nearest(place, known)
        return f"'{place}' is not known{hint}"
    if kind == "missing":
        return f"'{place}' is missing"
    said = message.replace("a valid dictionary", "an object")
    return f"'{place}': {said[:1].lower()}{said[1:]}"
