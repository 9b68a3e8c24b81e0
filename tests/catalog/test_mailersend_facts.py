"""MailerSend's manifest says what the gathered facts say, endpoint by endpoint."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.load import load_integration
from waypost.engine.manifest.pagination import PagePagination
from waypost.engine.manifest.plain import plain
from waypost.engine.manifest.strict import checked_json

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "waypost" / "catalog" / "integrations" / "mailersend"
RATE_CLASSES = {
    "general": "general",
    "email": "email",
    "bulk": "bulk",
    "activity": "activity",
    "verification": "verification",
}
TYPES = {"string": "string", "boolean": "boolean", "integer": "integer", "object": "object"}
LIMITS = (
    ("min", "minimum"),
    ("max", "maximum"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("min_items", "minItems"),
    ("max_items", "maxItems"),
    ("default", "default"),
)
PAGING = ("page", "limit")
Fact = dict[str, Any]


def facts_folder() -> Path:
    beside = ROOT.parent / "shared"
    folder = Path(os.environ.get("WAYPOST_FACTS", beside)) / "mailersend"
    if not (folder / "endpoints.json").is_file():
        reason = f"no endpoints.json in {folder}; set WAYPOST_FACTS to the folder of facts"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    loaded: list[Fact] = json.loads((facts_folder() / "endpoints.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def integration() -> Integration:
    return load_integration(FOLDER).integration


def bare(path: str) -> str:
    return re.sub(r"\{+[^}]*\}+", "{}", path)


def gaps(integration: Integration, facts: list[Fact]) -> list[str]:
    """Name everything in which the manifest and the facts differ."""
    found: dict[str, list[Method]] = {}
    for resource in integration.resources.values():
        for method in resource.methods.values():
            found.setdefault(f"{method.verb} {bare(method.path)}", []).append(method)
    problems = []
    for fact in facts:
        methods = found.pop(f"{fact['method']} {bare(fact['path'])}", [])
        if len(methods) != 1:
            problems.append(f"{fact['id']}: in {len(methods)} methods, not in one")
            continue
        for problem in of_method(integration, methods[0], fact):
            problems.append(f"{fact['id']}: {problem}")
    return problems + [f"{name}: not in the facts" for name in found]


def of_method(integration: Integration, method: Method, fact: Fact) -> Iterator[str]:
    parents = re.findall(r"\{\{query\.(\w+)\}\}", method.path)
    yield from of_query(method, fact, parents)
    yield from of_body(method, fact)
    scopes = known_scopes(fact)
    if scopes is not None and set(method.scopes) != scopes:
        yield f"scopes {sorted(method.scopes)}, not {sorted(scopes)}"
    rate_class = RATE_CLASSES[re.split(r"[-\s]", fact["rate_class"])[0]]
    default = integration.rate_limit.default_class if integration.rate_limit else None
    if (method.rate_class or default) != rate_class:
        yield f"rate class {method.rate_class}, not {rate_class}"
    statuses = [example.status for example in method.examples]
    if fact["success_status"] not in statuses:
        yield f"examples have {statuses}, not {fact['success_status']}"
    yield from of_pages(integration, method, fact)


def known_scopes(fact: Fact) -> set[str] | None:
    """Return the scopes of which any one will do, or None where they are unknown."""
    told = fact.get("token_scope", "unknown").removesuffix(" (inferred)")
    return None if told == "unknown" else set(told.split("|"))


def of_query(method: Method, fact: Fact, parents: list[str]) -> Iterator[str]:
    fields = [field for field in fact["query"] if field["name"] not in PAGING]
    schema = method.query_schema or {}
    required = {name(field) for field in fields if field["required"]} | set(parents)
    if set(schema.get("required", ())) != required:
        yield f"query requires {schema.get('required')}, not {sorted(required)}"
    yield from of_fields("query", schema.get("properties", {}), fields, set(parents))


def of_body(method: Method, fact: Fact) -> Iterator[str]:
    schema = method.body_schema or {}
    if [field["name"] for field in fact["body"]] == ["(root)"]:
        yield from of_field("body", schema, fact["body"][0])
        return
    required = {field["name"] for field in fact["body"] if field["required"]}
    if set(schema.get("required", ())) != required:
        yield f"body requires {schema.get('required')}, not {sorted(required)}"
    fields = fact["body"]
    if fact["method"] == "PUT":
        # The facts repeat a create's defaults; in an update, absent means unchanged.
        fields = [{k: v for k, v in field.items() if k != "default"} for field in fields]
    yield from of_fields("body", schema.get("properties", {}), fields, set())


def name(field: Fact) -> str:
    return str(field["name"]).removesuffix("[]")


def of_fields(
    where: str, properties: dict[str, Any], fields: list[Fact], parents: set[str]
) -> Iterator[str]:
    known = {name(field): field for field in fields}
    for extra in properties.keys() - known.keys() - parents:
        yield f"{where} has '{extra}', which the facts do not know"
    for field_name, field in known.items():
        if field_name not in properties:
            yield f"{where} lacks '{field_name}'"
            continue
        yield from of_field(f"{where} '{field_name}'", properties[field_name], field)


def of_field(where: str, schema: dict[str, Any], field: Fact) -> Iterator[str]:
    told = str(field["type"])
    is_list = told.startswith("array")
    wanted = "array" if is_list else TYPES.get(re.split(r"[\s{<]", told)[0])
    if wanted and wanted not in schema["type"]:
        yield f"{where} is {schema['type']}, not {wanted}"
    inner = schema.get("items", {}) if is_list else schema
    if "enum" in field and set(inner.get("enum", ())) != set(field["enum"]):
        yield f"{where} allows {inner.get('enum')}, not {field['enum']}"
    for fact_key, keyword in LIMITS:
        limit = field.get(fact_key)
        # A limit written as a sentence tells of two sources that disagree: NOTES.md decides.
        is_told = limit is not None and (fact_key == "default" or not isinstance(limit, str))
        if is_told and schema.get(keyword) != limit:
            yield f"{where} has {keyword} {schema.get(keyword)}, not {limit}"
    if "max_item_length" in field and inner.get("maxLength") != field["max_item_length"]:
        yield f"{where} has items of {inner.get('maxLength')}, not {field['max_item_length']}"


def of_pages(integration: Integration, method: Method, fact: Fact) -> Iterator[str]:
    told = fact.get("pagination", {})
    style = told.get("style")
    limit = next((field for field in fact["query"] if field["name"] == "limit"), None)
    pages = limit is not None and style != "none" and (told or "whatsapp" in fact["path"])
    if not pages:
        if method.pagination is not None:
            yield f"pages by {method.pagination}, though the endpoint does not page"
        return
    assert limit is not None
    pagination = integration.pagination.get(method.pagination or "")
    if not isinstance(pagination, PagePagination):
        yield f"pages by {method.pagination}, not by numbered pages"
        return
    default = told.get("default_per_page", limit["default"])
    wanted = (limit["min"], limit["max"], default)
    given = (pagination.limit.minimum, pagination.limit.maximum, pagination.limit.default)
    if given != wanted:
        yield f"pages of {given} (minimum, maximum, default), not {wanted}"
    for prefix, mark in (("length_aware", "last_page"), ("simple", "links.next")):
        if (style or "").startswith(prefix) and mark not in (pagination.has_more or ""):
            yield f"asks for more by '{pagination.has_more}', though its pages are {style}"


def test_every_endpoint_is_a_method_that_says_what_the_facts_say(
    integration: Integration, facts: list[Fact]
) -> None:
    found = gaps(integration, facts)
    assert not found, "\n".join(found)
    methods = sum(len(resource.methods) for resource in integration.resources.values())
    assert methods == len(facts)


Spoil = Callable[[dict[str, Any]], None]


def resource(data: dict[str, Any], name: str) -> dict[str, Any]:
    methods: dict[str, Any] = data["resources"][name]["methods"]
    return methods


SPOILS: list[tuple[str, Spoil, str]] = [
    (
        "a method is missing",
        lambda data: resource(data, "invites").pop("resend"),
        "POST /invites/{invite_id}/resend: in 0 methods, not in one",
    ),
    (
        "a method stands twice",
        lambda data: resource(data, "users").update(all=resource(data, "users")["list"]),
        "GET /users: in 2 methods, not in one",
    ),
    (
        "a method is invented",
        lambda data: resource(data, "users")["list"].update(path="/people"),
        "GET /people: not in the facts",
    ),
    (
        "a required query field is optional",
        lambda data: resource(data, "webhooks")["list"]["query_schema"].update(required=[]),
        "GET /webhooks: query requires [], not ['domain_id']",
    ),
    (
        "a required body field is optional",
        lambda data: resource(data, "sms")["create"]["body_schema"].update(required=["from", "to"]),
        "POST /sms: body requires ['from', 'to'], not ['from', 'text', 'to']",
    ),
    (
        "a field is missing",
        lambda data: resource(data, "email")["create"]["body_schema"]["properties"].pop("send_at"),
        "POST /email: body lacks 'send_at'",
    ),
    (
        "a limit is wrong",
        lambda data: resource(data, "email")["create"]["body_schema"]["properties"]["to"].update(
            maxItems=51
        ),
        "POST /email: body 'to' has maxItems 51, not 50",
    ),
    (
        "a scope is wrong",
        lambda data: resource(data, "templates")["list"].update(scopes=["email_full"]),
        "GET /templates: scopes ['email_full'], not ['templates_full']",
    ),
    (
        "a rate class is wrong",
        lambda data: resource(data, "emails")["list"].pop("rate_class"),
        "GET /emails: rate class None, not activity",
    ),
    (
        "a default page is wrong",
        lambda data: resource(data, "inbound")["list"].update(pagination="length_aware"),
        "GET /inbound: pages of (10, 100, 25) (minimum, maximum, default), not (10, 100, 10)",
    ),
    (
        "a paginator is wrong",
        lambda data: resource(data, "messages")["list"].update(pagination="length_aware"),
        "GET /messages: asks for more by 'body.meta.current_page < body.meta.last_page', "
        "though its pages are simple",
    ),
    (
        "a status is wrong",
        lambda data: resource(data, "tokens")["create"]["examples"][0].update(status=201),
        "POST /token: examples have [201], not 200",
    ),
]


@pytest.mark.parametrize(
    ("spoil", "gap"), [case[1:] for case in SPOILS], ids=[c[0] for c in SPOILS]
)
def test_a_gap_is_found_and_named(
    integration: Integration, facts: list[Fact], spoil: Spoil, gap: str
) -> None:
    data = plain(integration, by_alias=True)
    spoil(data)
    assert gap in gaps(checked_json(Integration, json.dumps(data)), facts)


def same_shape(one: Any, other: Any) -> bool:
    """Say whether everything in `one` looks like something in `other`; null looks like anything."""
    if one is None or other is None:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_shape(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        if not one or not other:
            return not one and not other
        return all(any(same_shape(a, b) for b in other) for a in one)
    return type(one) is type(other)


def test_an_example_called_verified_has_the_shape_of_a_real_answer(
    integration: Integration,
) -> None:
    recordings = json.loads((facts_folder() / "recordings.json").read_text("utf-8"))
    seen = [exchange for exchanges in recordings.values() for exchange in exchanges]
    verified = 0
    for resource_name, found in integration.resources.items():
        for method_name, method in found.methods.items():
            pattern = re.compile("/v1" + bare(method.path).replace("{}", "[^/]+"))
            for example in (e for e in method.examples if e.verified):
                verified += 1
                assert any(
                    exchange["request"]["method"] == method.verb
                    and pattern.fullmatch(exchange["request"]["path"])
                    and exchange["response"]["status"] == example.status
                    and same_shape(example.response, exchange["response"]["body"])
                    for exchange in seen
                ), f"{resource_name}.{method_name}: no recording looks like this example"
    assert verified >= 15
