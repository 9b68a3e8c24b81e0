"""Check data against a node's declaration: closed, strict, nothing coerced. Pydantic does the checking."""

from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, ClassVar, ForwardRef, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model, model_validator
from pydantic_core import to_json

from waypost.base.declared import Declared, fields
from waypost.engine.manifest.node import Node, Text, ToldBy
from waypost.engine.manifest.plain import plain

NodeType = TypeVar("NodeType", bound=Node)


def checked(node: type[NodeType], value: Any) -> NodeType:
    """Return a value, in which nodes may stand already, as a node; raises pydantic's ValidationError."""
    return checked_json(node, to_json(value, fallback=_written))


def checked_json(node: type[NodeType], text: str | bytes) -> NodeType:
    """Return a JSON text as a node; raises pydantic's ValidationError.

    JSON mode, because strict Python mode refuses a list where a tuple is declared.
    """
    found = strict(node).model_validate_json(text, by_alias=True, by_name=False)
    made: NodeType = _node(found)
    return made


@cache
def strict(node: type[Node]) -> type[BaseModel]:
    """Return the model that validates what a node declares."""
    declared: dict[str, Any] = {
        field.attribute: (with_models(field.annotation, within=node), _field(field.declared))
        for field in fields(node).values()
    }
    made: type[_Strict] = create_model(
        node.__name__, __base__=_Strict, __doc__=node.__doc__, **declared
    )
    made.node = node
    return made


def with_models(annotation: Any, *, within: type[Node] | None = None) -> Any:
    """Return an annotation with the validating model in each node's place; itself by its name."""
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return ForwardRef(annotation.__name__) if annotation is within else strict(annotation)
    origin = get_origin(annotation)
    if origin is None:
        return annotation
    inner, *others = (_part(part, within) for part in get_args(annotation))
    if origin is Annotated:
        return Annotated[(inner, *others)]
    if origin in (Union, UnionType):
        return reduce(or_, others, inner)
    return origin[(inner, *others)]


def _part(part: Any, within: type[Node] | None) -> Any:
    match part:
        case Text():
            return StringConstraints(
                min_length=part.min_length, max_length=part.max_length, pattern=part.pattern
            )
        case ToldBy():
            return Field(discriminator=part.field)
        case _:
            return with_models(part, within=within)


def _field(declared: Declared) -> Any:
    default = {} if declared.is_required else {"default": _model(declared.default)}
    return Field(
        **default, alias=declared.alias, description=declared.description, **declared.bounds
    )


class _Strict(BaseModel):
    """Refuse unknown keys and coerce nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    node: ClassVar[type[Node]]

    @model_validator(mode="after")
    def _stands(self) -> "_Strict":
        # A node's own rule reads attributes, which have the same names here.
        fault = self.node.fault(self)  # type: ignore[arg-type]
        if fault is not None:
            raise ValueError(fault)
        return self


def _model(default: Any) -> Any:
    """Return a default as the validating model would hold it."""
    if isinstance(default, Node):
        return strict(type(default)).model_validate(plain(default, by_alias=True))
    return default


def _node(value: Any) -> Any:
    """Return what was validated with nodes in the models' places."""
    if isinstance(value, _Strict):
        # What was not given is the node's own default, shared by all that have it.
        given = {name: _node(getattr(value, name)) for name in value.model_fields_set}
        return value.node(**given)
    if isinstance(value, dict):
        return {key: _node(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_node(item) for item in value)
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Node):
        return plain(value, by_alias=True)
    raise TypeError(f"a manifest cannot hold {type(value).__name__}")
