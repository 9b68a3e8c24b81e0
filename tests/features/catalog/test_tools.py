"""Methods as tools."""

from typing import Any

import pytest
from tests.support.small_integration import integration

from waypost.features.catalog.tools import read_choice, singular, tool_name, tools

RESOURCES: dict[str, Any] = {
    "sms-messages": {
        "list": {
            "verb": "GET",
            "path": "/sms",
            "query_schema": {
                "type": "object",
                "properties": {"from": {"type": "string"}},
                "required": ["from"],
            },
            "tags": ["support"],
        },
        "get": {"verb": "GET", "path": "/sms/{{id}}"},
        "create": {
            "verb": "POST",
            "path": "/sms",
            "body_schema": {"type": "object", "required": ["to"], "properties": {"to": {}}},
            "tags": ["support", "sending"],
        },
        "mark_read": {"verb": "POST", "path": "/sms/{{id}}/read"},
    }
}


def named(query: dict[str, Any]) -> list[str]:
    return [each["method"] for each in tools(integration(RESOURCES), read_choice(query))]


def test_a_tool_has_all_a_model_needs() -> None:
    by_method = {each["method"]: each for each in tools(integration(RESOURCES), read_choice({}))}
    listed = by_method["list"]
    assert listed["name"] == "list_all_acme_sms_messages"
    assert set(listed["query_schema"]["properties"]) == {"from", "limit", "next_cursor"}
    assert listed["required"] == ["from"]
    one = by_method["get"]
    assert one["name"] == "get_single_acme_sms_message_by_id"
    assert one["required"] == one["query_schema"]["required"] == ["id"]
    assert by_method["create"]["required"] == ["to"]
    assert by_method["create"]["name"] == "create_a_acme_sms_message"
    custom = by_method["mark_read"]
    assert (custom["name"], custom["is_custom"]) == ("acme_sms_messages_mark_read", True)
    assert custom["required"] == ["id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["list", "get", "create", "mark_read"]),
        ({"methods": "read"}, ["list", "get"]),
        ({"methods": "write"}, ["create"]),
        ({"methods": "list,mark_read"}, ["list", "mark_read"]),
        ({"methods": ["get", "create"]}, ["get", "create"]),
        ({"tags": "sending"}, ["create"]),
        ({"tags": "support", "methods": "read"}, ["list"]),
        ({"methods": "", "tags": ""}, ["list", "get", "create", "mark_read"]),
        ({"methods": "nothing"}, []),
    ],
)
def test_tools_are_chosen(query: dict[str, Any], found: list[str]) -> None:
    assert named(query) == found


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("users", "user"),
        ("activities", "activity"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("status", "status"),
        ("analytics", "analytics"),
        ("sms", "sms"),
        ("email", "email"),
    ],
)
def test_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_a_method_without_an_id_does_not_claim_one() -> None:
    assert tool_name("acme", "me", "update", by_id=False) == "update_a_acme_me"
    assert tool_name("acme", "things", "delete", by_id=True) == "delete_a_acme_thing_by_id"
