"""MailerSend's people through the unified user directory, on a real sandbox."""

from typing import Any

import pytest
from tests.support.world import World

USERS = "/unified/user-directory/users"
NOW = "2026-11-20T12:00:00Z"
ADA = {"id": "9vzjk4q7ylrmx2wo", "email": "ada@shop.test", "name": "Ada", "last_name": "Stone"}
BEA = {"id": "k3mvzq81lwxrpo3e", "email": "bea@shop.test", "name": "Bea", "last_name": None}
CARL = {"id": "w2mzkq9pe4lxr7vo", "email": "carl@shop.test", "name": "Carl", "last_name": "Fox"}
DORA = {"id": "xrmq4zk9y7vwol3p", "email": "dora@shop.test", "role": "Designer"}


@pytest.fixture
def shop(world: World) -> World:
    """Give an Admin, a Designer, a Custom User and one open invitation."""
    world.sandbox.seed(
        users=[
            {**ADA, "role": "Admin"},
            {**BEA, "role": "Designer"},
            {**CARL, "role": "Custom User", "permissions": ["read-activity", "control-sendings"]},
        ],
        invites=[DORA],
    )
    return world


def walk(world: World, path: str) -> list[list[dict[str, Any]]]:
    pages = []
    cursor: str | None = ""
    while cursor is not None:
        page = world.get(f"{path}&next_cursor={cursor}").json()
        pages.append(page["result"])
        cursor = page["next_cursor"]
    return pages


def test_people_and_invitations_are_one_list(shop: World) -> None:
    people = [each for page in walk(shop, f"{USERS}?limit=50") for each in page]
    assert [(each["name"], each["status"]) for each in people] == [
        ("Ada Stone", "active"),
        ("Bea", "active"),
        ("Carl Fox", "active"),
        ("dora@shop.test", "invited"),
    ]
    assert people[0]["remote_data"]["id"] == ADA["id"]
    assert people[0]["roles"] == [{"id": "admin", "name": "Admin"}]
    assert [each["can_send_email"] for each in people] == [True, False, True, False]
    assert people[2]["permissions"] == ["read-activity", "control-sendings"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_we_page_what_the_provider_does_not(shop: World, limit: int) -> None:
    pages = walk(shop, f"{USERS}?limit={limit}")
    assert [person["emails"][0]["email"][0] for page in pages for person in page] == list("abcd")
    assert all(len(page) <= limit for page in pages)
    assert all(len(page) == limit for page in pages[:-1]), "users and invites share a page"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("status=invited", ["dora@shop.test"]),
        ("status=active", ["Ada Stone", "Bea", "Carl Fox"]),
        ("emails[email]=ADA@shop.test", ["Ada Stone"]),
        ("first_name=bea", ["Bea"]),
        ("last_name=Fox", ["Carl Fox"]),
        ("last_name=Nobody", []),
    ],
)
def test_filters_that_the_provider_lacks(shop: World, question: str, names: list[str]) -> None:
    assert [each["name"] for each in shop.result(f"{USERS}?{question}")] == names


def test_one_person_unified_and_native(shop: World) -> None:
    person = shop.get(f"{USERS}/{ADA['id']}").json()
    native = shop.get(f"/proxy/users/{ADA['id']}").json()
    assert person["remote_data"] == native
    assert (person["id"], person["last_name"]) == (native["id"], native["last_name"])
    assert shop.get(f"{USERS}/{DORA['id']}").json()["status"] == "invited"
    missing = shop.get(f"{USERS}/0r83ql3m6vgzw1jm")
    assert (missing.status_code, missing.json()["truto_is_remote_error"]) == (404, True)


def test_creating_is_inviting(shop: World) -> None:
    body = {"emails": [{"email": "eve@shop.test"}], "roles": [{"id": "designer"}]}
    answer = shop.post(USERS, json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["status"], made["roles"][0]["name"]) == ("invited", "Designer")
    assert made["id"] in [each["id"] for each in shop.result(f"{USERS}?status=invited")]
    wrong = shop.post(USERS, json={"emails": [{"email": "no address"}], "roles": [{"id": "x"}]})
    assert (wrong.status_code, wrong.json()["truto_is_remote_error"]) == (422, True)
    assert wrong.json()["raw_response"]["errors"]


def test_role_changes_and_what_was_not_given_stays(shop: World) -> None:
    answer = shop.request("PATCH", f"{USERS}/{BEA['id']}", json={"roles": [{"name": "Manager"}]})
    assert answer.json()["roles"] == [{"id": "manager", "name": "Manager"}]
    change = {"permissions": ["read-activity"]}
    answer = shop.request("PATCH", f"{USERS}/{CARL['id']}", json=change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["roles"][0]["id"] == "custom_user"
    assert answer.json()["permissions"] == ["read-activity"]


def test_people_go_and_invitations_are_withdrawn(shop: World) -> None:
    for identifier in (BEA["id"], DORA["id"]):
        answer = shop.request("DELETE", f"{USERS}/{identifier}")
        assert (answer.status_code, answer.json()) == (200, {"id": identifier})
    assert [each["name"] for each in shop.result(USERS)] == ["Ada Stone", "Carl Fox"]
    assert shop.request("DELETE", f"{USERS}/{BEA['id']}").status_code == 404


def test_roles_are_the_known_ones_and_whatever_else_is_held(shop: World) -> None:
    shop.sandbox.seed(users=[{"email": "odd@shop.test", "name": "Odd", "role": "Night Watch"}])
    roles = {role["id"]: role for role in shop.result("/unified/user-directory/roles")}
    known = {"admin", "manager", "designer", "accountant", "custom_user"}
    assert roles.keys() == known | {"night_watch"}
    assert roles["admin"]["remote_data"] is None, "made by the mapping, not by the provider"
    assert shop.get("/unified/user-directory/roles/admin").json()["name"] == "Admin"
    assert shop.get("/unified/user-directory/roles/nobody").status_code == 404


def test_me_is_the_only_admin_or_nobody(shop: World) -> None:
    (me,) = shop.result("/unified/user-directory/me")
    assert (me["id"], me["is_inferred"]) == (ADA["id"], True)
    assert me["remote_data"]["email"] == "ada@shop.test"
    shop.sandbox.seed(users=[{"email": "second@shop.test", "name": "Second", "role": "Admin"}])
    assert shop.result("/unified/user-directory/me") == []


def test_token_that_is_revoked_and_works_again(shop: World) -> None:
    shop.sandbox.fault(
        method="GET", path="/users", status=401, body={"message": "Unauthenticated."}
    )
    answer = shop.get(USERS)
    assert (answer.status_code, answer.json()["message"]) == (401, "Unauthenticated.")
    assert shop.environment.account(shop.account)["status"] == "needs_reauth"
    assert shop.get(USERS).status_code == 200
    assert shop.environment.account(shop.account)["status"] == "active"
    assert shop.environment.events()[-2:] == [
        "integrated_account:authentication_error",
        "integrated_account:reactivated",
    ]


def test_missing_scope_is_named(shop: World) -> None:
    secret = shop.sandbox.token("domains_read")
    account = shop.environment.link("mailersend", {"api_token": secret})
    answer = shop.environment.get(f"{USERS}?integrated_account_id={account}")
    assert answer.status_code == 403
    missing = answer.json()["truto_error_insight"]["forbidden_error"]["value"]["missing_scopes"]
    assert "users_read" in missing
    last = shop.environment.account(account)["last_forbidden_error"]
    assert (last["resource"], last["method"]) == ("user-directory/users", "list")
    assert shop.environment.account(account)["status"] == "active"


def test_provider_in_maintenance(shop: World) -> None:
    shop.sandbox.seed(account={"state": "maintenance"})
    answer = shop.get(USERS, headers={"prefer": "wait=0"})
    assert answer.status_code in (421, 429)
    assert answer.json()["statusCode"] == answer.status_code


def test_a_question_with_a_slip_is_refused_with_the_nearest(shop: World) -> None:
    for query, said in (("status=activ", "'active'"), ("emials[email]=x", "'emails'")):
        answer = shop.get(f"{USERS}?{query}")
        assert answer.status_code == 400
        assert f"did you mean {said}?" in answer.json()["message"]


def test_a_filter_of_the_model_that_does_nothing_here_is_told(shop: World) -> None:
    body = shop.get(f"{USERS}?sort_by=name&limit=50").json()
    assert len(body["result"]) == 4
    (warning,) = body["warnings"]
    assert (warning["type"], warning["field"]) == ("ignored_filter", "sort_by")
    assert shop.get(f"{USERS}?status=inactive").json()["result"] == []
