"""Sender identities: by id and by address, confirmed or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sandbox.tests.world import World

KEYS = [
    "id",
    "email",
    "name",
    "reply_to_email",
    "reply_to_name",
    "is_verified",
    "resends",
    "add_note",
    "personal_note",
    "domain",
]


def make_identity(world: World, email: str = "ilse@bakery.test", **more: Any) -> dict[str, Any]:
    body = {"domain_id": world.domains["shop.test"], "email": email, "name": "Ilse", **more}
    answer = world.api("POST", "/identities", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


@pytest.mark.proves(
    "POST /identities",
    "GET /identities",
    "GET /identities/{identity_id}",
    "PUT /identities/{identity_id}",
    "DELETE /identities/{identity_id}",
    "POST /identities/{identity_id}/resend",
)
def test_an_identity_lives_by_its_id(world: World) -> None:
    made = make_identity(world, add_note=True, personal_note="It is me")
    assert list(made) == KEYS
    assert made["is_verified"] is False
    assert made["domain"]["name"] == "shop.test"
    path = f"/identities/{made['id']}"
    changed = world.api("PUT", path, json={"name": "Ilse B."}).json()["data"]
    assert (changed["name"], changed["personal_note"]) == ("Ilse B.", "It is me")
    assert world.api("POST", f"{path}/resend").json()["data"]["resends"] == 1
    assert world.api("GET", path).json()["data"] == {**changed, "resends": 1}
    assert world.api("GET", "/identities").json()["meta"]["total"] == 1
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


def find_confirmations(world: World) -> list[dict[str, Any]]:
    rows = world.control("GET", "/outbox")["data"]
    return [world.control("GET", f"/outbox/{row['message_id']}") for row in rows]


def test_the_link_in_the_mail_confirms_the_address(world: World) -> None:
    made = make_identity(world, add_note=True, personal_note="It is <me>")
    (mail,) = find_confirmations(world)
    assert mail["recipient"] == "ilse@bakery.test"
    assert "It is <me>" in mail["text"]
    assert "It is &lt;me&gt;" in mail["html"]
    (url,) = re.findall(r'href="([^"]+)"', mail["html"])
    assert url in mail["text"]
    path = f"/identities/{made['id']}"
    world.api("POST", f"{path}/resend")
    assert [mail["html"].count(url) for mail in find_confirmations(world)] == [1, 1]
    assert world.client.head(url).status_code == 200
    assert world.api("GET", path).json()["data"]["is_verified"] is False
    assert world.client.get(f"{url}x").status_code == 404
    assert world.client.get(url).status_code == 200
    assert world.api("GET", path).json()["data"]["is_verified"] is True
    # Its code is the owner's alone, and a deleted identity's leads nowhere.
    assert url.rpartition("/")[2] not in world.api("GET", path).text
    world.api("DELETE", path)
    assert world.client.get(url).status_code == 404


def test_the_page_shows_the_mail(world: World) -> None:
    make_identity(world)
    listing = f"{world.root}/_sandbox/ui/data/emails"
    for state, count in (("", 1), ("confirmation", 1), ("arrived", 1), ("failed", 0)):
        params = {"account": world.account_id, "state": state}
        rows = world.client.get(listing, params=params).json()["rows"]
        assert [row["subject"] for row in rows] == ["Confirm your sender identity"] * count


@pytest.mark.proves(
    "GET /identities/email/{email}",
    "PUT /identities/email/{email}",
    "DELETE /identities/email/{email}",
)
def test_an_identity_lives_by_its_address(world: World) -> None:
    make_identity(world)
    path = "/identities/email/ilse@bakery.test"
    assert world.api("GET", path).json()["data"]["name"] == "Ilse"
    changed = {"reply_to_email": "desk@bakery.test", "reply_to_name": "Desk"}
    assert world.api("PUT", path, json=changed).status_code == 200
    assert world.api("GET", path).json()["data"]["reply_to_name"] == "Desk"
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


def test_unknown_addresses_are_looked_for_after_validation_and_ids_before(world: World) -> None:
    bad = {"name": "x" * 192}
    by_email = world.api("PUT", "/identities/email/no@one.test", json=bad)
    assert by_email.status_code == 422
    missing = world.api("PUT", "/identities/email/no@one.test", json={})
    assert missing.status_code == 404
    assert missing.headers["x-apiquota-remaining"] == "-1"
    by_id = world.api("PUT", "/identities/unknown", json=bad)
    assert by_id.status_code == 404
    assert "x-apiquota-remaining" not in by_id.headers


def test_mail_goes_out_in_the_name_of_a_confirmed_address_only(world: World) -> None:
    made = make_identity(world)
    sender = {"from": {"email": "ilse@bakery.test"}}
    assert world.send(**sender).status_code == 422
    world.control(
        "POST", "/events", {"type": "sender_identity.verified", "identity_id": made["id"]}
    )
    assert world.api("GET", f"/identities/{made['id']}").json()["data"]["is_verified"] is True
    assert world.send(**sender).status_code == 202


def test_an_address_may_confirm_itself(world: World) -> None:
    made = make_identity(world, "confirm+me@bakery.test")
    world.advance(59)
    assert world.api("GET", f"/identities/{made['id']}").json()["data"]["is_verified"] is False
    world.advance(2)
    assert world.api("GET", f"/identities/{made['id']}").json()["data"]["is_verified"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"domain_id": "unknown"}, "domain_id"),
        ({"email": "nobody"}, "email"),
        ({"email": "taken@bakery.test"}, "email"),
        ({"name": "x" * 192}, "name"),
        ({"reply_to_name": "Desk"}, "reply_to_email"),
        ({"add_note": True}, "personal_note"),
        ({"add_note": True, "personal_note": "x" * 251}, "personal_note"),
    ],
)
def test_wrong_identities_are_refused(world: World, change: dict[str, Any], field: str) -> None:
    make_identity(world, "taken@bakery.test")
    body = {"domain_id": world.domains["shop.test"], "email": "a@b.test", **change}
    answer = world.api("POST", "/identities", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_identities_are_filtered_and_ordered(world: World) -> None:
    for email in ("b@b.test", "a@b.test", "c@c.test"):
        make_identity(world, email)

    def emails(**query: str) -> list[str]:
        answer = world.api("GET", "/identities", params=query)
        return [row["email"] for row in answer.json()["data"]]

    assert emails(query="b.test") == ["b@b.test", "a@b.test"]
    assert emails(order_by="email", order="desc") == ["c@c.test", "b@b.test", "a@b.test"]
    assert emails(domain_id=world.domains["new.test"]) == []
    assert world.api("GET", "/identities", params={"order_by": "size"}).status_code == 422
