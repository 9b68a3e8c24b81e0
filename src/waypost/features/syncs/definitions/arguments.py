"""What a run is given: the schema of its arguments, in either of two spellings, and the last word."""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.expressions import compile_expression
from waypost.engine.schemas import InvalidSchema, Schema, dotted

ACCOUNT = "integrated_account_id"
WEBHOOK = "webhook_id"
_OURS = frozenset({ACCOUNT, WEBHOOK, "datastore_id", "updated_at"})
_FORMATS = {"updated_at": "date-time"}
_MOST_TOLD = 20


def json_schema(args_schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of `args`: of `{name: {type, required, …}}`, or of an object schema.

    A run's own account is always among its arguments. Raises InvalidRequest.
    """
    is_whole = args_schema.get("type") == "object" and "properties" in args_schema
    fields = args_schema["properties"] if is_whole else args_schema
    if not isinstance(fields, Mapping) or not all(isinstance(f, Mapping) for f in fields.values()):
        raise InvalidRequest("args_schema: each argument is an object such as {'type': 'string'}")
    required = list(args_schema.get("required") or ()) if is_whole else []
    required += [name for name, field in fields.items() if field.get("required") is True]
    properties = {name: _plain(field) for name, field in fields.items()}
    properties.setdefault(ACCOUNT, {"type": "string"})
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def check_schema(args_schema: Mapping[str, Any] | None, used: set[str]) -> None:
    """Raise InvalidRequest where a schema is none, or lacks an argument that is `used`."""
    if args_schema is None:
        return
    schema = json_schema(args_schema)
    try:
        Schema(schema)
    except InvalidSchema as error:
        raise InvalidRequest(f"args_schema: {dotted(error.path)}: {error}") from None
    missing = sorted(used - schema["properties"].keys())
    if missing:
        raise InvalidRequest(f"args_schema: resources use {{{{args.{missing[0]}}}}}; declare it")


def checked_args(
    args_schema: Mapping[str, Any] | None, validation: str | None, args: Mapping[str, Any]
) -> None:
    """Raise InvalidRequest for arguments that a job does not take.

    `validation` is an expression that gives nothing, or `{message}` of what is wrong.
    """
    if args_schema is not None:
        problems = list(Schema(json_schema(args_schema)).problems(dict(args)))
        if problems:
            failures = [
                {"field": f"args.{dotted(each.path)}".rstrip("."), "message": each.message}
                for each in problems[:_MOST_TOLD]
            ]
            first = failures[0]
            raise InvalidRequest(
                f"{first['field']}: {first['message']}", details={"failures": failures}
            )
    if validation is None:
        return
    said = compile_expression(validation, where="args_validation").evaluate({"args": args})
    if said:
        message = said.get("message") if isinstance(said, Mapping) else None
        raise InvalidRequest(f"args: {message or 'args_validation does not accept them'}")


def _plain(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return an argument's schema without what only people's forms need."""
    kept = {name: value for name, value in field.items() if name != "required"}
    if isinstance(field.get("required"), list):
        kept["required"] = field["required"]
    if kept.get("format") in _OURS:
        kept.pop("format")
    if field.get("format") in _FORMATS:
        kept["format"] = _FORMATS[field["format"]]
    return kept


__all__ = ["ACCOUNT", "WEBHOOK", "check_schema", "checked_args", "json_schema"]
