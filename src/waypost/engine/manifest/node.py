"""The base of every manifest node: closed, frozen, small; and the kinds of text a field may hold.

A node is declared once, here in its own words. `strict.py` makes of the declaration what validates,
for whoever reads a catalogue's files; a server that reads what was validated before needs none of it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, dataclass_transform

import msgspec

from waypost.base.declared import Declared, Declaring, Field


@dataclass_transform(field_specifiers=(Field,), kw_only_default=True, frozen_default=True)
class Node(
    msgspec.Struct,
    metaclass=Declaring,
    frozen=True,
    gc=False,  # data without cycles: the collector has nothing to find
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="$",
    tag=True,
):
    """What a manifest says: nothing is changed in it, and to copy it is `msgspec.structs.replace`."""

    declared: ClassVar[dict[str, Declared]]

    def fault(self) -> str | None:
        """Return why these fields cannot stand beside one another, or None."""
        return None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field's value is beyond its type: checked when linted, named in the reference."""

    name: Literal["expression", "template", "json_schema"]


@dataclass(frozen=True, slots=True)
class Text:
    """What a text must be like."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class ToldBy:
    """The members of a choice are told apart by the word in `field`."""

    field: str


Slug = Annotated[str, Text(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=64)]
Expression = Annotated[str, Text(min_length=1, max_length=8000), Kind("expression")]
"""A JSONata expression; parsed when the manifest is loaded."""
Template = Annotated[str, Text(max_length=4000), Kind("template")]
"""A text with `{{placeholders}}`."""
JsonSchema = Annotated[dict[str, Any], Kind("json_schema")]
"""A JSON Schema (2020-12) object."""
