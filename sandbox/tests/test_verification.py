"""Email verification: at once, later, and as a list that goes through its states."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.tests.world import World

UPLOADING = (
    "The email addresses are still being uploaded, wait for the upload to finish to continue."
)


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("ada@customer.test", "valid"),
        ("nobody", "syntax_error"),
        ("a@gmial.com", "typo"),
        ("info@customer.test", "role_based"),
        ("a@mailinator.com", "disposable"),
        ("bounce+hard@customer.test", "mailbox_not_found"),
        ("bounce+soft+x@customer.test", "mailbox_full"),
        ("catch_all@customer.test", "catch_all"),
        ("mailbox-blocked+1@customer.test", "mailbox_blocked"),
        ("unknown@customer.test", "unknown"),
        ("failed@customer.test", "failed"),
    ],
)
def test_an_address_is_judged_by_its_form(world: World, address: str, result: str) -> None:
    answer = world.api("POST", "/email-verification/verify", json={"email": address})
    assert (answer.status_code, answer.json()) == (200, {"status": result})


@pytest.mark.proves("POST /email-verification/verify")
def test_credits_are_spent(world: World) -> None:
    world.seed(account={"email_verification_credits": 1})
    body = {"email": "ada@customer.test"}
    assert world.api("POST", "/email-verification/verify", json=body).status_code == 200
    refused = world.api("POST", "/email-verification/verify", json=body)
    assert refused.status_code == 402
    assert refused.json() == {"message": "Not enough credits. Credits required: 1"}
    assert world.api("POST", "/email-verification/verify-async", json=body).status_code == 402
    made = make_list(world, ["a@b.test", "b@b.test"])
    world.advance(1)
    start = world.api("GET", f"/email-verification/{made['id']}/verify")
    assert start.json() == {"message": "Not enough credits. Credits required: 2"}
    shown = world.api("GET", f"/email-verification/{made['id']}").json()["data"]
    assert shown["status"]["name"] == "created"


@pytest.mark.proves(
    "POST /email-verification/verify-async",
    "GET /email-verification/verify-async/{id}",
)
def test_one_address_is_verified_later(world: World) -> None:
    answer = world.api("POST", "/email-verification/verify-async", json={"email": "a@gamil.com"})
    assert answer.status_code == 200
    made = answer.json()["data"]
    assert {**made, "id": ""} == {
        "id": "",
        "address": "a@gamil.com",
        "status": "queued",
        "result": None,
        "error": None,
    }
    path = f"/email-verification/verify-async/{made['id']}"
    assert world.api("GET", path).json()["data"] == made
    world.advance(3)
    done = world.api("GET", path).json()["data"]
    assert (done["status"], done["result"]) == ("completed", "typo")


def make_list(world: World, emails: list[str], **more: Any) -> dict[str, Any]:
    body = {"name": "Sign-ups", "emails": emails, **more}
    answer = world.api("POST", "/email-verification", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


@pytest.mark.proves(
    "GET /email-verification",
    "POST /email-verification",
    "GET /email-verification/{list_id}",
    "GET /email-verification/{list_id}/verify",
    "GET /email-verification/{list_id}/results",
)
def test_a_list_is_uploaded_and_verified_by_the_clock(world: World) -> None:
    made = make_list(world, ["ada@customer.test", "nobody", "a@exmaple.com"])
    path = f"/email-verification/{made['id']}"
    assert (made["total"], made["status"]) == (0, {"name": "uploading", "count": 0})
    early = world.api("GET", f"{path}/verify")
    assert (early.status_code, early.json()) == (202, {"message": UPLOADING})
    world.advance(1)
    created = world.api("GET", path).json()["data"]
    assert (created["total"], created["status"]["name"]) == (3, "created")
    assert created["statistics"]["not_verified"] == 3
    verifying = world.api("GET", f"{path}/verify").json()["data"]
    assert verifying["status"] == {"name": "verifying", "count": 0}
    assert world.api("GET", f"{path}/results").json()["data"] == []
    world.advance(60)
    done = world.api("GET", path).json()["data"]
    assert done["status"] == {"name": "verified", "count": 3}
    assert done["verification_started"] < done["verification_ended"]
    counted = {name: count for name, count in done["statistics"].items() if count}
    assert counted == {"valid": 1, "syntax_error": 1, "typo": 1}
    assert sum(done["statistics"].values()) == done["total"]
    page = world.api("GET", f"{path}/results", params={"results[]": "typo", "limit": "10"}).json()
    assert page["data"] == [{"address": "a@exmaple.com", "result": "typo"}]
    assert page["links"]["first"].endswith("/results?1=1")
    assert page["meta"]["per_page"] == "10"
    assert world.api("GET", "/email-verification").json()["data"] == [done]


def test_a_list_may_start_itself_and_grow(world: World) -> None:
    made = make_list(world, ["a@b.test"], verify=True)
    world.advance(1)
    path = f"/email-verification/{made['id']}"
    assert world.api("GET", path).json()["data"]["status"]["name"] == "verifying"
    make_list(world, ["b@b.test"], list_id=made["id"])
    world.advance(1)
    assert world.api("GET", path).json()["data"]["total"] == 2


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name", "emails"]),
        ({"name": "x", "emails": []}, ["emails"]),
        ({"name": "x", "emails": ["a", 1, "x" * 192]}, ["emails.1", "emails.2"]),
        ({"name": "x", "emails": ["a"], "list_id": "unknown"}, ["list_id"]),
    ],
)
def test_wrong_lists_are_refused(world: World, body: dict[str, Any], fields: list[str]) -> None:
    answer = world.api("POST", "/email-verification", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == fields


def test_a_seeded_list_is_read_back_and_goes_on(world: World) -> None:
    row = {
        "id": "y4w7lzmqo93rxk1v",
        "name": "Old",
        "total": 4,
        "created_at": "2025-07-29T12:22:38.000000Z",
        "updated_at": "2025-07-29T12:22:39.000000Z",
        "status": {"name": "created", "count": 0},
    }
    world.seed(email_verifications=[row])
    shown = world.api("GET", "/email-verification/y4w7lzmqo93rxk1v").json()["data"]
    assert {key: shown[key] for key in row} == row
    world.api("GET", "/email-verification/y4w7lzmqo93rxk1v/verify")
    world.advance(61)
    done = world.api("GET", "/email-verification/y4w7lzmqo93rxk1v").json()["data"]
    assert done["status"] == {"name": "verified", "count": 4}
