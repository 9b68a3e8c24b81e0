"""A unified model, and the mappings that an integration offers for it."""

from typing import Any, Literal

from pydantic import Field

from waypost.engine.manifest.node import Expression, JsonSchema, Node, Slug


class ModelMethod(Node):
    """One method of a unified resource and what may be asked of it."""

    description: str
    query_schema: JsonSchema | None = None
    body_schema: JsonSchema | None = None


class ModelResource(Node):
    """One resource of a unified model; `schema` describes a record."""

    description: str
    schema_: JsonSchema = Field(alias="schema")
    methods: dict[str, ModelMethod] = Field(min_length=1)


class UnifiedModel(Node):
    """A common shape over providers."""

    name: Slug
    label: str
    category: str
    description: str
    resources: dict[str, ModelResource] = Field(min_length=1)


class MappingStep(Node):
    """Another call made before or after the main one; its answer is `before.<name>` in expressions."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    resource: str
    method: str
    run_if: Expression | None = None
    id: Expression | None = None
    query: Expression | None = None
    body: Expression | None = None
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

    resource: str
    method: str
    static: list[dict[str, Any]] | None = Field(
        default=None,
        description="A fixed list answered without a call; resource and method then name no call.",
    )
    computed: Expression | None = Field(
        default=None,
        description="Over `query`, `context`, `before`: the whole list of unified records, made "
        "without a call of its own (`before` may make some); resource and method then name no call.",
    )
    run_if: Expression | None = None
    id_mapping: Expression | None = None
    query: dict[str, Any] = {}
    body: dict[str, Any] = {}
    query_mapping: Expression | None = None
    request_body_mapping: Expression | None = None
    request_header_mapping: Expression | None = None
    response_mapping: Expression | None = None
    response_mapping_method: Literal["array", "item"] = "item"
    response_header_mapping: Expression | None = None
    error_mapping: Expression | None = None
    is_partial_expression: Expression | None = None
    before: tuple[MappingStep, ...] = ()
    after: tuple[MappingStep, ...] = ()
    query_schema: JsonSchema | None = Field(default=None, description="The filters that work here.")
    request_body_schema: JsonSchema | None = None
    filters: Expression | None = Field(
        default=None,
        description="Over `record` (unified) and `query`: true to keep it. For filters the provider lacks.",
    )
    merge: tuple["Mapping", ...] = Field(
        default=(),
        description="Further sources whose records follow this one's in the same list. For one "
        "record (get, delete): tried in order when the source before answered 404.",
    )
    notes: str | None = None


class MappingFile(Node):
    """`mappings/<model>.yaml`: unified resource → unified method → cell."""

    model: Slug
    reference: dict[str, Any] = Field(
        default={}, description="Tables for the expressions, available as `reference`."
    )
    resources: dict[str, dict[str, Mapping]]
