"""Sends over HTTP: which there are, how they ended, and nobody else's."""

import httpx
import pytest
from tests.support.sending import letter, post, ready
from tests.support.world import World, make_environment


@pytest.fixture
def mail(world: World) -> World:
    return ready(world)


def test_sends_are_listed_with_their_ends(mail: World) -> None:
    accepted = post(mail, "proxy", letter())
    mail.sandbox.fault(method="POST", path="/email", drop="after")
    post(mail, "passthrough", letter())
    answer = mail.environment.get("/send", params={"sort": "created_at"})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["result"]
    assert first["state"] == "accepted"
    assert first["message_id"] == accepted.headers["x-message-id"]
    assert first["request_type"] == "proxy"
    assert (first["resource"], first["method"], first["kind"]) == ("email", "create", "email")
    assert first["integrated_account_id"] == mail.account
    assert first["next_look_at"] is None
    assert (second["state"], second["reason"]) == ("ambiguous", "no_answer")
    assert second["next_look_at"] > second["created_at"]
    assert "facts" not in second
    one = mail.environment.get(f"/send/{second['id']}")
    assert one.json()["id"] == second["id"]


def test_sends_are_found_by_their_state(mail: World) -> None:
    post(mail, "proxy", letter())
    for state, count in (("accepted", 1), ("ambiguous", 0)):
        answer = mail.environment.get("/send", params={"state": state})
        assert len(answer.json()["result"]) == count
    assert mail.environment.get("/send", params={"stat": "accepted"}).status_code == 400


def test_a_list_has_pages(mail: World) -> None:
    for _ in range(3):
        post(mail, "proxy", letter())
    first = mail.environment.get("/send", params={"limit": 2}).json()
    more = {"limit": 2, "next_cursor": first["next_cursor"]}
    second = mail.environment.get("/send", params=more).json()
    ids = [each["id"] for each in [*first["result"], *second["result"]]]
    assert len(set(ids)) == 3
    assert second["next_cursor"] is None


def test_another_environments_sends_are_not_there(mail: World, http: httpx.Client) -> None:
    post(mail, "proxy", letter())
    [send] = mail.environment.get("/send").json()["result"]
    other = make_environment(mail.environment.served, http)
    assert other.get("/send").json()["result"] == []
    assert other.get(f"/send/{send['id']}").status_code == 404
