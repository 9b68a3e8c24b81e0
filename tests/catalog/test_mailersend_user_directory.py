"""MailerSend's users and invites become the unified user directory."""

from pathlib import Path
from typing import Any

import pytest

from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.load import load_integration, load_model
from waypost.engine.manifest.unified import Mapping
from waypost.engine.schemas import Schema

CATALOG = Path(__file__).resolve().parents[2] / "src" / "waypost" / "catalog"
FILE = load_integration(CATALOG / "integrations" / "mailersend").mappings["user-directory"]
MODEL = load_model(CATALOG / "models" / "user-directory")
USERS = FILE.resources["users"]
MARA = {
    "id": "9vzjk4q7ylrmx2wo",
    "avatar": "https://images.example.com/mara.png",
    "email": "mara@orchard.test",
    "last_name": "Lind",
    "name": "Mara",
    "2fa": True,
    "created_at": "2026-03-02T08:15:40.000000Z",
    "updated_at": "2026-10-30T16:02:11.000000Z",
    "role": "Custom User",
    "permissions": ["read-activity"],
    "domains": [{"id": "pq3enl6xk0mg2vwr", "name": "mail.orchard.test"}],
    "templates": [{"id": "z7n3y4qx0m1gkr2p", "name": "Order shipped"}],
}
JONAS = {
    "id": "xrmq4zk9y7vwol3p",
    "email": "jonas@orchard.test",
    "data": {"domains": [], "templates": []},
    "role": "Designer",
    "permissions": [],
    "requires_periodic_password_change": False,
    "created_at": "2026-11-19T10:00:00.000000Z",
    "updated_at": "2026-11-19T10:00:00.000000Z",
}


def evaluate(expression: str | None, **scope: Any) -> Any:
    assert expression is not None
    shared = {"reference": FILE.reference, "query": {}, "body": None, "before": {}, "context": {}}
    return compile_expression(expression).evaluate({**shared, **scope})


def person(native: dict[str, Any], cell: Mapping = USERS["list"]) -> Any:
    return evaluate(cell.response_mapping, response=native)


def fits(resource: str, record: Any) -> list[str]:
    return [str(problem) for problem in Schema(MODEL.resources[resource].schema_).problems(record)]


def test_a_user_keeps_every_field_the_provider_knows() -> None:
    found = person(MARA)
    assert found == {
        "id": "9vzjk4q7ylrmx2wo",
        "first_name": "Mara",
        "last_name": "Lind",
        "name": "Mara Lind",
        "emails": [{"email": "mara@orchard.test", "is_primary": True}],
        "status": "active",
        "is_2fa_enabled": True,
        "roles": [{"id": "custom_user", "name": "Custom User"}],
        "permissions": ["read-activity"],
        "can_send_email": False,
        "avatar": "https://images.example.com/mara.png",
        "created_at": "2026-03-02T08:15:40.000000Z",
        "updated_at": "2026-10-30T16:02:11.000000Z",
    }
    assert fits("users", found) == []


def test_the_same_person_reads_the_same_in_every_cell() -> None:
    assert person(MARA, USERS["get"]) == person(MARA) == person(MARA, USERS["update"])
    invited = person(JONAS, USERS["create"])
    assert invited == person(JONAS, USERS["list"].merge[0]) == person(JONAS, USERS["get"].merge[0])
    assert invited["status"] == "invited"
    assert invited["name"] == "jonas@orchard.test"
    assert "first_name" not in invited
    assert fits("users", invited) == []


def test_nothing_is_made_up_for_what_is_missing() -> None:
    found = person({**MARA, "avatar": None, "name": "", "last_name": None, "2fa": None})
    assert found["name"] == "mara@orchard.test"
    assert not {"avatar", "first_name", "last_name", "is_2fa_enabled"} & found.keys()


@pytest.mark.parametrize(
    ("role", "own", "count", "may_send"),
    [
        ("Admin", [], 36, True),
        ("Manager", [], 33, True),
        ("Designer", [], 4, False),
        ("Accountant", [], 2, False),
        ("Custom User", [], 0, False),
        ("Custom User", ["read-activity", "read-email"], 2, False),
        ("Custom User", ["access-smtp-credentials"], 1, True),
        ("Custom User", ["manage-smtp-users"], 1, True),
        ("Custom User", ["manage-api-token"], 1, True),
        ("Custom User", ["control-sendings"], 1, True),
        ("Auditor", [], 0, False),
        ("Auditor", ["manage-api-token"], 1, True),
    ],
)
def test_who_may_send(role: str, own: list[str], count: int, may_send: bool) -> None:
    found = person({**MARA, "role": role, "permissions": own})
    assert (len(found["permissions"]), found["can_send_email"]) == (count, may_send)


@pytest.mark.parametrize(
    ("query", "active", "invited"),
    [
        ({}, True, True),
        ({"status": ""}, True, True),
        ({"status": "active"}, True, False),
        ({"status": "invited"}, False, True),
        ({"status": "deleted"}, False, False),
        ({"emails": {"email": "MARA@orchard.test"}}, True, False),
        ({"emails": "jonas@orchard.test"}, False, True),
        ({"first_name": "mara"}, True, False),
        ({"first_name": "mara", "last_name": "Voss"}, False, False),
    ],
)
def test_filters(query: dict[str, Any], active: bool, invited: bool) -> None:
    for native, cell, kept in (
        (MARA, USERS["list"], active),
        (JONAS, USERS["list"].merge[0], invited),
    ):
        record = person(native, cell)
        assert evaluate(cell.filters, record=record, query=query) is kept


@pytest.mark.parametrize(
    ("status", "users", "invites"),
    [
        (None, True, True),
        ("", True, True),
        ("invited", False, True),
        ("active", True, False),
        ("deleted", True, False),
    ],
)
def test_a_status_filter_saves_the_call_that_cannot_matter(
    status: str | None, users: bool, invites: bool
) -> None:
    query = {} if status is None else {"status": status}
    assert evaluate(USERS["list"].run_if, query=query) is users
    assert evaluate(USERS["list"].merge[0].run_if, query=query) is invites


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        ({"id": "custom_user"}, "Custom User"),
        ({"name": "designer"}, "Designer"),
        ({"name": "Custom User"}, "Custom User"),
        ("admin", "Admin"),
        ({"name": "Auditor"}, "Auditor"),
    ],
)
def test_an_invitation_carries_the_providers_name_of_the_role(role: Any, wanted: str) -> None:
    body = {"emails": [{"email": "a@orchard.test"}], "roles": [role]}
    assert evaluate(USERS["create"].request_body_mapping, body=body) == {
        "email": "a@orchard.test",
        "role": wanted,
    }


def test_an_invitation_passes_permissions_and_takes_the_primary_address() -> None:
    body = {
        "emails": [{"email": "a@orchard.test"}, {"email": "b@orchard.test", "is_primary": True}],
        "roles": [{"id": "custom_user"}],
        "permissions": ["read-activity"],
        "domains": ["pq3enl6xk0mg2vwr"],
    }
    assert evaluate(USERS["create"].request_body_mapping, body=body) == {
        "email": "b@orchard.test",
        "role": "Custom User",
        "permissions": ["read-activity"],
        "domains": ["pq3enl6xk0mg2vwr"],
    }


@pytest.mark.parametrize(
    ("body", "current", "sent"),
    [
        ({"roles": [{"id": "manager"}]}, None, {"role": "Manager"}),
        (
            {"permissions": ["read-email"]},
            MARA,
            {
                "role": "Custom User",
                "permissions": ["read-email"],
                "domains": ["pq3enl6xk0mg2vwr"],
            },
        ),
        (
            {"permissions": ["read-own-templates"]},
            MARA,
            {
                "role": "Custom User",
                "permissions": ["read-own-templates"],
                "domains": ["pq3enl6xk0mg2vwr"],
                "templates": ["z7n3y4qx0m1gkr2p"],
            },
        ),
        ({}, {**MARA, "role": "Designer", "permissions": []}, {"role": "Designer"}),
    ],
)
def test_an_update_keeps_the_role_and_access_that_are_not_named(
    body: dict[str, Any], current: dict[str, Any] | None, sent: dict[str, Any]
) -> None:
    cell = USERS["update"]
    assert bool(evaluate(cell.before[0].run_if, body=body)) is (current is not None)
    before = {"current": current} if current else {}
    assert evaluate(cell.request_body_mapping, body=body, before=before) == sent


def test_roles_are_the_five_and_whatever_else_people_hold() -> None:
    people = [MARA, {**MARA, "role": "Auditor"}, {**MARA, "role": "Auditor"}]
    for method in ("list", "get"):
        cell = FILE.resources["roles"][method]
        found = evaluate(cell.computed, before={"users": people})
        assert [(role["id"], role["type"]) for role in found] == [
            ("admin", "system"),
            ("manager", "system"),
            ("designer", "system"),
            ("accountant", "system"),
            ("custom_user", "system"),
            ("auditor", "other"),
        ]
        assert [problem for role in found for problem in fits("roles", role)] == []
    assert len(evaluate(FILE.resources["roles"]["list"].computed, before={"users": []})) == 5


@pytest.mark.parametrize(
    ("roles", "known"),
    [
        (["Admin", "Custom User"], True),
        (["Admin", "Admin"], False),
        (["Manager"], False),
        ([], False),
    ],
)
def test_the_owner_is_named_only_when_there_is_no_doubt(roles: list[str], known: bool) -> None:
    people = [{**MARA, "role": role, "permissions": []} for role in roles]
    found = evaluate(FILE.resources["me"]["list"].computed, before={"users": people})
    owner = known and {**person(people[0]), "is_inferred": True, "remote_data": people[0]}
    assert found == ([owner] if known else [])
    assert [problem for me in found for problem in fits("me", me)] == []
