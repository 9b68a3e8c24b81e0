"""The base of every manifest node: closed, strict, frozen; and the kinds of text a field may hold."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class Node(BaseModel):
    """Refuse unknown keys and coerce nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field's value is beyond its type: checked when linted, named in the reference."""

    name: Literal["expression", "template", "json_schema"]


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=64)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=8000), Kind("expression")]
"""A JSONata expression; parsed when the manifest is loaded."""
Template = Annotated[str, StringConstraints(max_length=4000), Kind("template")]
"""A text with `{{placeholders}}`."""
JsonSchema = Annotated[dict[str, Any], Kind("json_schema")]
"""A JSON Schema (2020-12) object."""
