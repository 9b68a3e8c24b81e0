"""Accounts, sandboxes and tenants over HTTP."""

from typing import Any

import httpx
import pytest
from tests.support.served import Served
from tests.support.world import ACME_KEY, AcmeWorld, Environment, make_environment

PATH = "/integrated-account"


def linked(environment: Environment, tenant: str = "tenant-1", **context: Any) -> str:
    return environment.link("acme", {"api_key": ACME_KEY, **context}, tenant_id=tenant)


def found(environment: Environment, query: str) -> list[str]:
    answer = environment.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["result"]]


def test_an_account_shows_no_secret(environment: Environment) -> None:
    account = linked(environment, note="seen")
    shown = environment.get(f"{PATH}/{account}")
    assert ACME_KEY not in shown.text
    assert shown.json()["context"] == {"note": "seen"}
    assert shown.json() == environment.get(PATH).json()["result"][0]
    assert ACME_KEY not in environment.get(PATH).text


def test_filters(environment: Environment) -> None:
    one, two = linked(environment, "t1"), linked(environment, "t2")
    assert found(environment, "") == [one, two]
    assert found(environment, "sort=-created_at") == [two, one]
    assert found(environment, "tenant_id=t1") == [one]
    assert found(environment, "tenant_id[in]=t1,t2") == [one, two]
    assert found(environment, f"id[]={two}&id[]={one}") == [one, two]
    assert found(environment, "integration.name=acme&status=active") == [one, two]
    assert found(environment, "integration[name]=other") == []
    assert found(environment, "created_at[gt]=2020-01-01T00:00:00Z") == [one, two]
    assert found(environment, "created_at[gt]=2999-01-01") == []
    assert found(environment, "is_sandbox=true") == []
    assert found(environment, "features.super_query=true") == [one, two]
    assert environment.get(f"{PATH}?tennant_id=t1").status_code == 400


def test_pages_never_have_an_empty_middle(environment: Environment) -> None:
    accounts = [linked(environment, f"t{n}") for n in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = environment.get(f"{PATH}?limit=2&next_cursor={cursor}").json()
        assert page["result"]
        seen += [each["id"] for each in page["result"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (accounts, 3)


def test_a_cursor_is_bound(environment: Environment, platform: Served, http: httpx.Client) -> None:
    for tenant in ("a", "b"):
        linked(environment, tenant)
    cursor = environment.get(f"{PATH}?limit=1").json()["next_cursor"]
    other = make_environment(platform, http, "Other")
    for asker, query in (
        (environment, f"tenant_id=a&next_cursor={cursor}"),
        (environment, f"next_cursor={cursor[:-2]}xx"),
        (other, f"next_cursor={cursor}"),
    ):
        answer = asker.get(f"{PATH}?{query}")
        assert answer.status_code == 400
        assert "cursor" in answer.json()["message"]
    assert environment.get(f"/tenant?next_cursor={cursor}").status_code == 400


def test_changes(environment: Environment) -> None:
    account = linked(environment, note="old", kept=1)
    whole = environment.get(f"{PATH}/{account}").json()
    body = {**whole, "tenant_id": "t2", "context": {"note": "new"}}
    changed = environment.request("PATCH", f"{PATH}/{account}", json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["tenant_id"] == "t2"
    assert changed.json()["context"] == {"note": "new", "kept": 1}
    override = {"user-directory": {"users": {"list": {"filters": "(("}}}}
    for wrong, message in (
        ({"status": "happy"}, "status must be one of"),
        ({"contxt": {}}, "did you mean 'context'"),
        ({"unified_model_override": override}, "user-directory.users.list.filters"),
    ):
        answer = environment.request("PATCH", f"{PATH}/{account}", json=wrong)
        assert answer.status_code == 400
        assert message in answer.json()["message"]


def test_credentials_keep_the_key_until_it_is_given_anew(acme: AcmeWorld) -> None:
    path = f"{PATH}/{acme.account}"
    acme.environment.request("PATCH", path, json={"context": {"note": "x"}})
    acme.get("/proxy/people")
    assert acme.provider.last.header("authorization") == f"Bearer {ACME_KEY}"
    body = {"context": {"api_key": "other-key"}, "authentication_method": "api_key"}
    assert acme.environment.request("PATCH", f"{path}/credentials", json=body).status_code == 200
    acme.get("/proxy/people")
    assert acme.provider.last.header("authorization") == "Bearer other-key"


def test_an_account_token_is_its_account(environment: Environment) -> None:
    account, other = linked(environment, note="mine"), linked(environment)
    issued = environment.post(f"{PATH}/token", json={"integrated_account_id": account}).json()
    token = issued["integrated_account_token"]
    assert issued["token"] == token
    me = environment.get(f"{PATH}/me", token=token)
    assert me.json()["id"] == account
    assert ACME_KEY not in me.text
    body = {"context": {"note": "changed", "drive_items": {"data": [1]}}}
    changed = environment.request("PATCH", f"{PATH}/me", json=body, token=token)
    assert changed.json()["context"]["drive_items"] == {"data": [1]}
    for path in (f"{PATH}/{account}", f"{PATH}/{other}", PATH, "/log"):
        assert environment.get(path, token=token).status_code == 403
    assert environment.get(f"{PATH}/me").status_code == 400
    assert environment.request("DELETE", f"{PATH}/{account}").status_code == 200
    assert environment.get(f"{PATH}/me", token=token).status_code == 401


def test_an_account_token_does_not_replace_credentials(acme: AcmeWorld) -> None:
    token = acme.environment.account_token(acme.account)
    for name in ("api_key", "access_token", "token"):
        body = {"context": {"note": "x", name: "stolen-key-1"}}
        answer = acme.environment.request("PATCH", f"{PATH}/me", json=body, token=token)
        assert answer.status_code == 403
        assert f"context.{name}" in answer.json()["message"]
        assert "stolen" not in answer.text
    assert "note" not in acme.environment.account(acme.account)["context"]
    acme.get("/proxy/people")
    assert acme.provider.last.header("authorization") == f"Bearer {ACME_KEY}"


def test_pasted_keys_have_nothing_to_refresh(environment: Environment) -> None:
    answer = environment.post(f"{PATH}/refresh-credentials", json={"id": linked(environment)})
    assert answer.json() == {"success": True, "refreshed": False}
    assert environment.post(f"{PATH}/refresh-credentials", json={"id": "x"}).status_code == 404


def test_many_are_deleted(environment: Environment) -> None:
    first = [linked(environment, "t1") for _ in range(3)]
    second = linked(environment, "t2")
    path = f"{PATH}/bulk-delete"
    gone = environment.post(path, json={"ids": [first[0], "nobody"]}).json()
    assert gone == {"matched_count": 1, "deleted_count": 1}
    gone = environment.post(path, json={"tenant_id": "t1"}).json()
    assert gone == {"matched_count": 2, "deleted_count": 2}
    assert found(environment, "") == [second]
    wrongs: list[dict[str, Any]] = [{}, {"ids": [], "tenant_id": "t"}, {"ids": ["x"] * 100}]
    for wrong in [*wrongs, {"ids": []}]:
        assert environment.post(path, json=wrong).status_code == 400


def test_a_sandbox_account_cannot_be_written_to(acme: AcmeWorld) -> None:
    environment, path = acme.environment, "/sandbox-integrated-account"
    made = environment.post(path, json={"id": acme.account})
    assert made.status_code == 201
    assert made.json()["integrated_account"]["is_sandbox"] is True
    assert environment.get(path).json()["result"] == [made.json()]
    assert environment.get(f"{path}/{acme.account}").json() == made.json()
    assert acme.post("/proxy/people", json={"name": "x"}).status_code == 405
    assert acme.get("/proxy/people").status_code == 200
    assert environment.request("DELETE", f"{path}/{acme.account}").json() == {"id": acme.account}
    assert environment.get(path).json()["result"] == []
    assert environment.get(f"{path}/{acme.account}").status_code == 404
    assert environment.request("DELETE", f"{path}/{acme.account}").status_code == 404


def test_tenants(environment: Environment) -> None:
    linked(environment, "acme:1")
    assert environment.get("/tenant/acme%3A1").json()["name"] == "acme:1"
    body = {"id": "t@x.example", "name": "T", "metadata": {"plan": "gold"}}
    made = environment.post("/tenant", json=body)
    assert (made.status_code, made.json()["metadata"]) == (201, {"plan": "gold"})
    assert environment.post("/tenant", json=body).status_code == 409
    assert environment.post("/tenant", json={"id": "no spaces"}).status_code == 400
    bulk = {"tenants": [{"id": "t@x.example"}, {"id": "new", "metadata": [1]}]}
    answer = environment.post("/tenant/bulk", json=bulk).json()
    assert [each["id"] for each in answer["created"]] == ["new"]
    assert answer["skipped"] == [{"id": "t@x.example", "reason": "already_exists"}]
    change = {"metadata": {"a": 1}, "id": "t@x.example"}
    changed = environment.request("PATCH", "/tenant/t@x.example", json=change)
    assert (changed.json()["name"], changed.json()["metadata"]) == ("T", {"a": 1})
    nothing = environment.request("PATCH", "/tenant/new", json={"name": None})
    assert nothing.status_code == 400
    assert environment.request("DELETE", "/tenant/new").json()["id"] == "new"
    busy = environment.request("DELETE", "/tenant/acme:1")
    assert busy.status_code == 409
    assert busy.json()["message"] == "Can't delete tenant with connected accounts."
    names = [each["id"] for each in environment.get("/tenant?name=T").json()["result"]]
    assert names == ["t@x.example"]


@pytest.mark.parametrize("place", ["", "/credentials"])
def test_another_environments_account(
    environment: Environment, platform: Served, http: httpx.Client, place: str
) -> None:
    theirs = linked(make_environment(platform, http, "Other"))
    body: dict[str, Any] = {"context": {}}
    assert environment.request("PATCH", f"{PATH}/{theirs}{place}", json=body).status_code == 404
    assert environment.get(f"{PATH}/{theirs}").status_code == 404
    assert environment.request("DELETE", f"{PATH}/{theirs}").status_code == 404
    for act in ("refresh-credentials", "run-post-install-actions"):
        assert environment.post(f"{PATH}/{act}", json={"id": theirs}).status_code == 404
    token = environment.post(f"{PATH}/token", json={"integrated_account_id": theirs})
    assert token.status_code == 404
    bulk = environment.post(f"{PATH}/bulk-delete", json={"ids": [theirs]}).json()
    assert bulk["deleted_count"] == 0
    sandbox = environment.post("/sandbox-integrated-account", json={"id": theirs})
    assert sandbox.status_code == 404
