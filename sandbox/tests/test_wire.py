"""The forms of the wire: JSON, headers, ids, times, pages, unknown routes."""

from __future__ import annotations

import re

import pytest
from sandbox.tests.world import World

HASHID = re.compile(r"^[0-9degjklmnopqrvwxyz]{16}$")
OBJECT_ID = re.compile(r"^[0-9a-f]{24}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$")


def test_json_is_written_as_php_writes_it(world: World) -> None:
    world.seed(users=[{"email": "zoe@shop.test", "name": "Zoë/✓"}])
    body = world.api("GET", "/users").content
    assert b'"name":"Zo\\u00eb\\/\\u2713"' in body
    assert b'": ' not in body


def test_unknown_ids_are_pretty_and_without_quota_headers(world: World) -> None:
    answer = world.api("GET", "/domains/unknown")
    assert answer.status_code == 404
    assert answer.content == b'{\n    "message": "Resource not found."\n}'
    assert answer.headers["content-type"] == "application/json"
    assert "x-apiquota-remaining" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/activity/x",
        "/activities/x",
        "/messages/x",
        "/recipients/x",
        "/templates/x",
        "/token/x",
        "/webhooks/x",
        "/invites/x",
        "/email/x",
        "/bulk-email/x",
        "/domains/x/verify",
        "/domains/x/dns-records",
        "/domains/x/recipients",
        "/domains/x/smtp-users",
        "/identities/x",
        "/sms-numbers/x",
    ],
)
def test_ids_in_paths_are_bound_before_anything_else(world: World, path: str) -> None:
    answer = world.api("GET", path, params={"limit": "nonsense"})
    assert answer.status_code == 404
    assert "x-apiquota-remaining" not in answer.headers


def test_users_and_schedules_are_looked_for_after_validation(world: World) -> None:
    wrong = world.api("PUT", "/users/unknown", json={"role": "King"})
    assert wrong.status_code == 422
    missing = world.api("PUT", "/users/unknown", json={"role": "Admin"})
    assert missing.status_code == 404
    assert missing.headers["x-apiquota-remaining"] == "-1"
    schedule = world.api("GET", "/message-schedules/unknown")
    assert schedule.status_code == 404
    assert "x-apiquota-remaining" in schedule.headers


def test_unknown_routes_and_methods_answer_as_laravel_does(world: World) -> None:
    unknown = world.client.get(f"{world.root}/v1/no/such")
    assert unknown.status_code == 404
    assert unknown.json() == {"message": "The route v1/no/such could not be found."}
    wrong = world.api("PATCH", "/domains")
    assert wrong.status_code == 405
    assert wrong.json() == {
        "message": "The PATCH method is not supported for route v1/domains. "
        "Supported methods: GET, HEAD, POST."
    }
    assert wrong.headers["allow"] == "GET, HEAD, POST"
    send = world.api("GET", "/email")
    assert send.json()["message"].endswith("Supported methods: POST.")


def test_what_a_route_takes_may_be_asked_for(world: World) -> None:
    asked = world.client.options(f"{world.root}/v1/domains")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["allow"] == "GET, HEAD, POST"
    assert world.client.options(f"{world.root}/v1/no/such").status_code == 404


def test_deletions_answer_in_four_ways(world: World) -> None:
    world.seed(
        templates=[{"id": "neqvygmmmkjg0p7w"}],
        tokens=[{"id": "t1"}],
        blocklist=[{"id": "5ee0b166b251345e407c9207", "pattern": "a@b.test"}],
    )
    gone = world.api("DELETE", f"/domains/{world.domains['new.test']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    for path in ("/templates/neqvygmmmkjg0p7w", "/token/t1"):
        gone = world.api("DELETE", path)
        assert (gone.status_code, gone.content) == (200, b"")
    gone = world.api("DELETE", "/suppressions/blocklist", json={"all": True})
    assert (gone.status_code, gone.content) == (200, b"[]")


def test_ids_and_times_have_their_forms(world: World) -> None:
    domain = world.api("POST", "/domains", json={"name": "fresh.test"}).json()["data"]
    assert HASHID.match(domain["id"])
    assert "created_at" not in domain
    read = world.api("GET", f"/domains/{domain['id']}").json()["data"]
    assert TIME.match(read["created_at"])
    token = world.api("POST", "/token", json={"name": "t", "scopes": ["email_full"]})
    assert token.status_code == 200
    made = token.json()["data"]
    assert re.fullmatch(r"[0-9a-f]{80}", made["id"])
    assert made["accessToken"].startswith("mlsn.")
    message_id = world.send().headers["x-message-id"]
    assert OBJECT_ID.match(message_id)
    assert int(message_id[:8], 16) == 1773144000
    message = world.api("GET", f"/messages/{message_id}").json()["data"]
    assert OBJECT_ID.match(message["emails"][0]["id"])
    recipients = world.api("GET", "/recipients").json()["data"]
    assert recipients[0]["deleted_at"] == ""


def seed_domains(world: World, count: int) -> None:
    world.seed(
        domains=[
            {"name": f"d{number}.test", "created_at": 1700000000 + number}
            for number in range(count - 2)
        ]
    )


def test_counted_pages(world: World) -> None:
    seed_domains(world, 35)
    page = world.api("GET", "/domains", params={"page": 2, "limit": 10, "verified": "1"}).json()
    url = f"{world.root}/v1/domains"
    assert page["links"] == {
        "first": f"{url}?page=1",
        "last": f"{url}?page=4",
        "prev": f"{url}?page=1",
        "next": f"{url}?page=3",
    }
    meta = page["meta"]
    assert [link["label"] for link in meta["links"]] == [
        "&laquo; Previous",
        "1",
        "2",
        "3",
        "4",
        "Next &raquo;",
    ]
    assert meta["links"][2] == {"url": f"{url}?page=2", "label": "2", "active": True}
    assert {key: meta[key] for key in ("current_page", "from", "to", "last_page", "total")} == {
        "current_page": 2,
        "from": 11,
        "to": 20,
        "last_page": 4,
        "total": 34,
    }
    past = world.api("GET", "/domains", params={"page": 9}).json()
    assert past["data"] == []
    assert past["meta"]["from"] is None
    assert past["links"]["prev"] == f"{url}?page=8"
    assert past["links"]["next"] is None


def test_many_page_numbers_are_elided(world: World) -> None:
    seed_domains(world, 400)
    meta = world.api("GET", "/domains", params={"page": 20, "limit": 10}).json()["meta"]
    labels = [link["label"] for link in meta["links"][1:-1]]
    middle = [str(number) for number in range(17, 24)]
    assert labels == ["1", "2", "...", *middle, "...", "39", "40"]


def test_token_pages_keep_the_limit(world: World) -> None:
    page = world.api("GET", "/token", params={"limit": 10}).json()
    assert page["links"]["first"] == f"{world.root}/v1/token?limit=10&page=1"


def test_simple_pages(world: World) -> None:
    people = [{"email": f"p{number:02}@b.test"} for number in range(30)]
    world.send(to=people)
    page = world.api("GET", "/recipients", params={"limit": 10, "page": 3}).json()
    url = f"{world.root}/v1/recipients"
    assert page["links"] == {
        "first": f"{url}?page=1",
        "last": None,
        "prev": f"{url}?page=2",
        "next": None,
    }
    assert page["meta"] == {
        "current_page": 3,
        "from": 21,
        "path": url,
        "per_page": 10,
        "to": 30,
    }
    assert [row["email"] for row in page["data"]] == [row["email"] for row in people[20:]]


@pytest.mark.parametrize(
    ("path", "per_page"),
    [
        ("/domains", 25),
        ("/recipients", 25),
        ("/suppressions/hard-bounces", 10),
        ("/inbound", 10),
        ("/sms-numbers", 15),
        ("/email-verification", "25"),
    ],
)
def test_page_sizes_without_a_limit(world: World, path: str, per_page: object) -> None:
    assert world.api("GET", path).json()["meta"]["per_page"] == per_page


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"limit": "9"}, "The limit must be at least 10."),
        ({"limit": "101"}, "The limit must not be greater than 100."),
        ({"limit": "ten"}, "The limit must be an integer."),
        ({"page": "0"}, "The page must be at least 1."),
    ],
)
def test_pages_out_of_range_are_refused(world: World, query: dict[str, str], text: str) -> None:
    answer = world.api("GET", "/domains", params=query)
    assert answer.status_code == 422
    assert answer.json()["message"] == text


def test_users_have_no_pages(world: World) -> None:
    world.seed(users=[{"email": f"u{number}@shop.test"} for number in range(30)])
    answer = world.api("GET", "/users", params={"limit": 10}).json()
    assert list(answer) == ["data"]
    assert len(answer["data"]) == 30


def test_query_lists_come_in_two_forms(world: World) -> None:
    window = "date_from=1773100000&date_to=1773140000"
    path = f"/activity/{world.domains['shop.test']}"
    assert world.api("GET", f"{path}?{window}&event[]=sent&event[]=opened").status_code == 200
    assert world.api("GET", f"{path}?{window}&event[0]=sent").status_code == 200
    bare = world.api("GET", f"{path}?{window}&event=sent")
    assert bare.status_code == 422
    assert bare.json()["message"] == "The event must be an array."
