"""Check values against JSON Schema 2020-12, without fetching anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """What a value breaks, and where inside it."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


class Schema:
    """A compiled schema; formats such as date-time are checked too."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile; raises `InvalidSchema`."""
        # Imported with the first schema (decision 0017): a process that only passes calls on has none.
        from jsonschema_rs import (  # noqa: PLC0415
            Draft202012Validator,
            ReferencingError,
            ValidationError,
        )

        try:
            self._validator = Draft202012Validator(
                dict(schema), validate_formats=True, retriever=_refuse_fetching
            )
        except (ValidationError, ReferencingError) as error:
            message = getattr(error, "message", None) or str(error)
            path = tuple(getattr(error, "instance_path", ()))
            raise InvalidSchema(message, path) from None

    def problems(self, value: Any) -> Iterator[SchemaProblem]:
        """Yield everything about `value` that the schema does not allow."""
        for error in self._validator.iter_errors(value):
            yield SchemaProblem(tuple(error.instance_path), error.message)

    def accepts(self, value: Any) -> bool:
        """Say whether the schema allows `value`."""
        return self._validator.is_valid(value)


class InvalidSchema(ValueError):
    """This is not a JSON Schema; `path` leads to the wrong part of it."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def dotted(path: Path) -> str:
    """Return a path as people write it: `recipients[0].email`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _refuse_fetching(address: str) -> NoReturn:
    raise ValueError(f"a schema may only refer to itself, not to {address}")
