"""Methods as tools: a name, a description and schemas that a language model can fill in."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from waypost.engine.manifest.integration import CRUD_METHODS, Integration, Method

GROUPS = {"read": ("list", "get"), "write": ("create", "update", "delete")}
_PAGING = {
    "limit": {"type": "integer", "minimum": 1, "description": "Records per page."},
    "next_cursor": {
        "type": "string",
        "description": "The next_cursor of the page before, as it was given.",
    },
}


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which methods are wanted: by name or group, and by tag; empty means every one."""

    methods: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def wants(self, name: str, method: Method) -> bool:
        """Say whether a method is wanted."""
        if self.methods and name not in self.methods:
            return False
        return not self.tags or not self.tags.isdisjoint(method.tags)


def read_choice(query: Mapping[str, Any]) -> ToolChoice:
    """Read `methods` and `tags`, each a comma list or a list; `read` and `write` are groups."""
    named = words(query.get("methods"))
    methods = {method for name in named for method in GROUPS.get(name, (name,))}
    return ToolChoice(frozenset(methods), frozenset(words(query.get("tags"))))


def words(given: Any) -> list[str]:
    """Return the words of a comma list, or of a list of them."""
    texts = given if isinstance(given, list) else [given]
    return [
        word.strip()
        for text in texts
        if isinstance(text, str)
        for word in text.split(",")
        if word.strip()
    ]


def tools(integration: Integration, choice: ToolChoice) -> list[dict[str, Any]]:
    """Return the tools of an integration, in the order of its manifest."""
    return [
        _tool(integration.name, resource, name, method)
        for resource, name, method in methods_of(integration)
        if choice.wants(name, method)
    ]


def methods_of(integration: Integration) -> Iterator[tuple[str, str, Method]]:
    """Yield (resource, method name, method)."""
    for resource, described in integration.resources.items():
        for name, method in described.methods.items():
            yield resource, name, method


def tool_name(integration: str, resource: str, name: str, *, by_id: bool) -> str:
    """Return a tool's name, made of letters, digits and underscores."""
    provider, plural = _snake(integration), _snake(resource)
    one = singular(plural)
    end = "_by_id" if by_id else ""
    match name:
        case "list":
            return f"list_all_{provider}_{plural}"
        case "get":
            return f"get_single_{provider}_{one}{end}"
        case "create":
            return f"create_a_{provider}_{one}"
        case "update" | "delete":
            return f"{name}_a_{provider}_{one}{end}"
        case _:
            return f"{provider}_{plural}_{_snake(name)}"


def singular(word: str) -> str:
    """Return an English plural without its ending, where it has a regular one."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch")):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ics", "sms")):
        return word[:-1]
    return word


def _tool(integration: str, resource: str, name: str, method: Method) -> dict[str, Any]:
    by_id = "{{id}}" in method.path
    query = _query_schema(name, method, by_id=by_id)
    body = method.body_schema
    tool: dict[str, Any] = {
        "resource": resource,
        "method": name,
        "name": tool_name(integration, resource, name, by_id=by_id),
        "description": method.description,
        "query_schema": query,
        "body_schema": body,
        "required": [*_required(query), *(each for each in _required(body) if each != "id")],
        "tags": list(method.tags),
        "is_custom": name not in CRUD_METHODS,
    }
    return tool


def _query_schema(name: str, method: Method, *, by_id: bool) -> dict[str, Any]:
    declared = method.query_schema or {}
    properties = dict(declared.get("properties", {}))
    if name == "list":
        properties |= _PAGING
    required = _required(declared)
    if by_id:
        properties = {
            "id": {"type": "string", "description": "The id of the record."},
            **properties,
        }
        required = ["id", *(each for each in required if each != "id")]
    schema = {**declared, "type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def _required(schema: Mapping[str, Any] | None) -> list[str]:
    found: Collection[str] = (schema or {}).get("required", ())
    return list(found)


def _snake(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
