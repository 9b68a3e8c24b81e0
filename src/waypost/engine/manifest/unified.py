"""A unified model, and the mappings that an integration offers for it."""

from typing import Any, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, JsonSchema, Node, Slug


class ModelMethod(Node):
    """One method of a unified resource and what may be asked of it."""

    description: str = Field(description="What it answers, in one sentence.")
    query_schema: JsonSchema | None = Field(
        default=None, description="What may be asked; an integration may offer less."
    )
    body_schema: JsonSchema | None = Field(default=None, description="What may be sent.")


class ModelResource(Node):
    """One resource of a unified model; `schema` describes a record."""

    description: str = Field(description="What a record is, in one sentence.")
    schema_: JsonSchema = Field(called="schema", description="What a record looks like.")
    methods: dict[str, ModelMethod] = Field(min_length=1, description="What may be asked of it.")


class UnifiedModel(Node):
    """A common shape over providers."""

    name: Slug = Field(description="The folder's name.")
    label: str = Field(description="What people call it.")
    category: str = Field(description="What kind of providers it joins.")
    description: str = Field(description="What it is for, in one sentence.")
    resources: dict[str, ModelResource] = Field(min_length=1, description="Its kinds of records.")


class MappingStep(Node):
    """Another call made before or after the main one; its answer is `before.<name>` in expressions."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="What its answer is called.")
    resource: str = Field(description="The integration's resource to call.")
    method: str = Field(description="The method to call.")
    run_if: Expression | None = Field(default=None, description="Makes the call only when true.")
    id: Expression | None = Field(default=None, description="The id to call it with.")
    query: Expression | None = Field(
        default=None, description="The query to call it with, an object."
    )
    body: Expression | None = Field(default=None, description="The body to call it with.")
    pages: int = Field(
        default=1, ge=1, le=100, description="How many of the provider's pages to read."
    )


class Mapping(Node):
    """One cell: how a unified method becomes provider calls, and the answer a unified record.

    Expressions are JSONata. Scopes: `query`, `rawQuery`, `body`, `context`, `before`, `id` on the
    way out; `response`, `query`, `rawQuery`, `context`, `headers`, `body`, `before` on the way back.
    In `response_mapping`, `response` is one record (mapping_over item) or the list (array).
    A null result drops the record, and the answer says how many were dropped. Of `static` and
    `computed` records, `get` answers the one whose id was asked for.
    """

    resource: str = Field(description="The integration's resource to call.")
    method: str = Field(description="The method to call.")
    static: list[dict[str, Any]] | None = Field(
        default=None,
        description="A fixed list answered without a call; resource and method then name no call.",
    )
    computed: Expression | None = Field(
        default=None,
        description="Over `query`, `context`, `before`: the whole list of unified records, made "
        "without a call of its own (`before` may make some); resource and method then name no call. "
        "A member `remote_data` is the provider's record.",
    )
    run_if: Expression | None = Field(
        default=None, description="Makes the call only when true; otherwise there are no records."
    )
    id_mapping: Expression | None = Field(
        default=None, description="The id to call it with; the caller's unless given."
    )
    query: dict[str, Any] = Field(default={}, description="Always sent.")
    body: dict[str, Any] = Field(default={}, description="Always sent.")
    query_mapping: Expression | None = Field(
        default=None, description="The query to call it with, an object."
    )
    request_body_mapping: Expression | None = Field(
        default=None, description="The body to call it with."
    )
    request_header_mapping: Expression | None = Field(
        default=None, description="Further headers, an object."
    )
    response_mapping: Expression | None = Field(
        default=None, description="The unified record, or the list of them."
    )
    response_mapping_method: Literal["array", "item"] = Field(
        default="item", description="Whether `response` is one record at a time or the whole list."
    )
    response_header_mapping: Expression | None = Field(
        default=None, description="Headers of our answer, an object."
    )
    error_mapping: Expression | None = Field(
        default=None, description="What to answer when the provider refuses."
    )
    is_partial_expression: Expression | None = Field(
        default=None, description="True when records lack fields that `get` would have."
    )
    before: tuple[MappingStep, ...] = Field(default=(), description="Calls made first, in order.")
    after: tuple[MappingStep, ...] = Field(
        default=(), description="Calls made afterwards, in order."
    )
    query_schema: JsonSchema | None = Field(default=None, description="The filters that work here.")
    request_body_schema: JsonSchema | None = Field(
        default=None, description="What may be sent here, where it differs from the model."
    )
    filters: Expression | None = Field(
        default=None,
        description="Over `record` (unified) and `query`: true to keep it. For filters the provider lacks.",
    )
    merge: tuple["Mapping", ...] = Field(
        default=(),
        description="Further sources whose records follow this one's in the same list. For one "
        "record (get, delete): tried in order when the source before answered 404.",
    )
    notes: str | None = Field(
        default=None, description="What a reader should know about this cell."
    )


class MappingFile(Node):
    """`mappings/<model>.yaml`: unified resource → unified method → cell."""

    model: Slug = Field(description="The file's name, and the unified model's.")
    reference: dict[str, Any] = Field(
        default={}, description="Tables for the expressions, available as `reference`."
    )
    functions: dict[str, Expression] = Field(
        default={},
        description="JSONata functions for this file's expressions: `person` is called as "
        "`$person(…)`, and may call those above it.",
    )
    resources: dict[str, dict[str, Mapping]] = Field(
        description="Unified resource, then unified method, then how it is done."
    )
