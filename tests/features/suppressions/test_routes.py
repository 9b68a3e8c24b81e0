"""Suppressions over HTTP, and before a send on every surface."""

import csv
import io
from typing import Any

import httpx
import pytest
from tests.support.sending import SENDER, SURFACES, letter, outbox, post, ready, sends_of
from tests.support.world import World, make_environment

NIA = "nia.okafor@example.com"


@pytest.fixture
def here(world: World) -> World:
    return ready(world)


def hold(world: World, address: str = NIA, **more: Any) -> dict[str, Any]:
    body = {"address": address, "tenant_id": "tenant-1", **more}
    answer = world.environment.post("/suppression", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize("surface", SURFACES)
def test_a_send_that_names_somebody_held_back_is_refused_whole(here: World, surface: str) -> None:
    entry = hold(here, NIA.upper(), reason="complaint")
    body = letter(to=[{"email": "tom@example.com"}], cc=[{"email": NIA}])
    refusal = post(here, surface, body, key="k1")
    assert refusal.status_code == 422, refusal.text
    told = refusal.json()["details"]
    assert told["recipients"] == [NIA]
    [held] = told["held_back"]
    assert (held["address"], held["reasons"]) == (NIA, ["complaint"])
    assert held["suppressions"][0]["id"] == entry["id"]
    assert outbox(here) == []
    assert [(row["state"], row["reason"]) for row in sends_of(here)] == [
        ("suppressed", "held_back")
    ]
    removed = here.environment.request("DELETE", f"/suppression/{entry['id']}?why=a+mistake")
    assert removed.json()["removed"]["why"] == "a mistake"
    assert post(here, surface, body, key="k1").status_code == 202, "the key was free again"
    assert len(outbox(here)) == 2


def test_bulk_and_text_messages_are_asked_too(here: World) -> None:
    hold(here)
    hold(here, "+1 202 555-0188", reason="unsubscribe")
    bulk = post(
        here, "passthrough", [letter(to=[{"email": "a@b.test"}]), letter()], path="bulk-email"
    )
    assert bulk.status_code == 422
    assert bulk.json()["details"]["recipients"] == [NIA]
    sms = post(
        here,
        "passthrough",
        {"from": "+12025550143", "to": ["+12025550188"], "text": "x"},
        path="sms",
    )
    assert sms.status_code == 422
    assert sms.json()["details"]["recipients"] == ["12025550188"]


@pytest.mark.parametrize("kind", ["data", "files"])
def test_a_form_is_asked_as_json_is(here: World, kind: str) -> None:
    hold(here)
    fields = {
        "from[email]": SENDER,
        "to[0][email]": "tom@example.com",
        "to[7][email]": NIA,
        "subject": "Hello",
        "text": "Hello",
    }

    def send() -> httpx.Response:
        form: dict[str, Any] = {"data": fields}
        if kind == "files":
            form = {"files": {name: (None, value) for name, value in fields.items()}}
        return here.environment.post(f"/passthrough/{here.account}/email", **form)

    refusal = send()
    assert refusal.status_code == 422
    assert refusal.json()["details"]["recipients"] == [NIA]
    assert outbox(here) == []
    fields["to[7][email]"] = "zoe@example.com"
    assert send().headers["waypost-origin"] == "provider"


def test_a_suppressions_life(here: World) -> None:
    environment = here.environment
    entry = hold(here, "@example.com", scope="domain", domain="mail.orchard.test", detail="asked")
    path = f"/suppression/{entry['id']}"
    assert environment.get(path).json() == {**entry, "pushed": []}
    assert entry["scope"] == {"type": "domain", "domain": "mail.orchard.test"}
    assert environment.get("/suppression?is_active=true&reason=manual").json()["result"] == [entry]

    def check(**query: str) -> dict[str, Any]:
        asked = {"address": NIA, "integrated_account_id": here.account, **query}
        answer = environment.get("/suppression/check", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    found = check(**{"from": SENDER})
    assert found["is_suppressed"] is True
    assert found["held_back"][0]["suppressions"] == [entry]
    assert check(**{"from": "x@elsewhere.test"}) == {"is_suppressed": False, "held_back": []}
    assert check()["is_suppressed"] is True
    assert environment.request("DELETE", path).status_code == 400, "why is missing"
    assert environment.request("DELETE", f"{path}?why=x").json()["is_active"] is False
    assert check()["is_suppressed"] is False
    assert environment.get(path).json()["removed"]["by"].startswith("API token")


def test_what_is_exported_can_be_imported(here: World) -> None:
    environment = here.environment
    hold(here, detail='said "no", twice')
    hold(here, "tom@example.com", scope="account", integrated_account_id=here.account)
    gone = hold(here, "zoe@example.com")
    environment.request("DELETE", f"/suppression/{gone['id']}?why=x")
    exported = environment.get("/suppression/export")
    assert exported.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [row["address"] for row in rows] == [NIA, "tom@example.com", "zoe@example.com"]
    for row in rows[:2]:
        environment.request("DELETE", f"/suppression/{row['id']}?why=x")

    def take_in(content: str) -> httpx.Response:
        return environment.post("/suppression/import?tenant_id=tenant-1", content=content)

    assert take_in(exported.text).json() == {"imported": 2}
    active = environment.get("/suppression?is_active=true").json()["result"]
    assert [(each["address"], each["source"]) for each in active] == [
        (NIA, "import"),
        ("tom@example.com", "import"),
    ]
    refused = take_in("address\nzoe@example.com\nnobody\n")
    assert refused.status_code == 400
    assert refused.json()["details"]["failures"][0]["line"] == 3
    assert len(environment.get("/suppression?is_active=true").json()["result"]) == 2


def test_a_form_instead_of_a_file_is_told_what_is_wanted(here: World) -> None:
    form = {"file": ("held.csv", f"address\n{NIA}\n", "text/csv")}
    answer = here.environment.post("/suppression/import?tenant_id=tenant-1", files=form)
    assert answer.status_code == 400
    assert "--data-binary @file" in answer.json()["message"]
    assert here.environment.get("/suppression").json()["result"] == []


def test_another_environment_sees_and_holds_back_nothing(here: World, http: httpx.Client) -> None:
    entry = hold(here)
    other = make_environment(here.environment.served, http, "Other")
    assert other.get(f"/suppression/{entry['id']}").status_code == 404
    assert other.request("DELETE", f"/suppression/{entry['id']}?why=x").status_code == 404
    assert other.get("/suppression").json()["result"] == []
    asked = {"address": NIA, "integrated_account_id": here.account}
    assert other.get("/suppression/check", params=asked).status_code == 404
    assert len(other.get("/suppression/export").text.splitlines()) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?address=nia@y.test",
        "?integrated_account_id={}",
        "?address=nobody&integrated_account_id={}",
    ],
)
def test_a_wrong_check(here: World, query: str) -> None:
    answer = here.environment.get("/suppression/check" + query.format(here.account))
    assert answer.status_code == 400


def test_what_is_pushed_is_said_for_a_tenant_or_an_account(here: World, http: httpx.Client) -> None:
    environment = here.environment
    path = "/suppression/push"

    def put(**body: Any) -> dict[str, Any]:
        answer = environment.request("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        [account] = answer.json()["accounts"]
        assert account["integrated_account_id"] == here.account
        return {"tenant": answer.json()["push"], **account}

    shown = environment.get(path, params={"tenant_id": "tenant-1"}).json()
    assert (shown["push"], shown["accounts"][0]["push"]) == ("off", "off")
    told = put(push="additions", tenant_id="tenant-1")
    assert (told["tenant"], told["push"], told["is_own"]) == ("additions", "additions", False)
    told = put(push="all", integrated_account_id=here.account)
    assert (told["tenant"], told["push"], told["is_own"]) == ("additions", "all", True)
    told = put(push=None, integrated_account_id=here.account)
    assert (told["push"], told["is_own"]) == ("additions", False)
    for body in (
        {"push": "some", "tenant_id": "tenant-1"},
        {"push": None, "tenant_id": "tenant-1"},
    ):
        assert environment.request("PUT", path, json=body).status_code == 400
    assert environment.request("PUT", path, json={"push": "all"}).status_code == 400
    assert environment.get(path).status_code == 400
    other = make_environment(environment.served, http, "Other")
    body = {"push": "all", "integrated_account_id": here.account}
    assert other.request("PUT", path, json=body).status_code == 404
    assert other.get(path, params={"integrated_account_id": here.account}).status_code == 404
