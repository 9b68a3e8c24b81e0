"""The base of every manifest node: closed, strict, frozen."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints


class Node(BaseModel):
    """Refuse unknown keys and coerce nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=64)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
"""A JSONata expression; parsed when the manifest is loaded."""
Template = Annotated[str, StringConstraints(max_length=4000)]
"""A text with `{{placeholders}}`."""
JsonSchema = dict[str, Any]
"""A JSON Schema (2020-12) object."""
