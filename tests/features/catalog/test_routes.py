"""The catalog over HTTP."""

import pytest
from tests.support.world import Environment, World


def test_integrations_by_id_and_by_name(environment: Environment) -> None:
    listed = environment.get("/integration?name=acme").json()["result"]
    assert [each["name"] for each in listed] == ["acme"]
    for key in ("acme", listed[0]["id"]):
        assert environment.get(f"/integration/{key}").json() == listed[0]
    missing = environment.get("/integration/nobody")
    assert missing.status_code == 404
    assert missing.json()["error"] == "Not Found"


def test_pages_of_integrations(environment: Environment) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        page = environment.get(f"/integration?limit=1&next_cursor={cursor}").json()
        names += [each["name"] for each in page["result"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert {"acme", "mailersend"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "path", ["/integration", "/unified-model", "/unified-model-resource-method"]
)
def test_folders_are_not_written_over_http(environment: Environment, path: str) -> None:
    for verb, place in (("POST", path), ("PATCH", f"{path}/acme"), ("DELETE", f"{path}/acme")):
        answer = environment.request(verb, place, json={})
        assert answer.status_code == 405
        assert "catalog" in answer.json()["message"]


def test_tools_and_capabilities(world: World) -> None:
    by_integration = world.environment.get("/integration/mailersend/tools?methods=read").json()
    path = f"/integrated-account/{world.account}"
    by_account = world.environment.get(f"{path}/tools?methods=list,get").json()
    assert by_integration == by_account
    assert {each["method"] for each in by_account["result"]} == {"list", "get"}
    names = [each["name"] for each in by_account["result"]]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 64
    menu = world.environment.get(f"{path}/capabilities?type=unified").json()
    assert menu["account"]["status"] == "active"
    assert menu["environment_id"] == world.environment.id
    assert menu["unified"][0]["model"] == "user-directory"
    plain = world.environment.get("/integration/mailersend/capabilities").json()
    assert sum(len(each["methods"]) for each in plain["proxy"]) == 141
    assert "account" not in plain
    wrong = world.environment.get("/integration/mailersend/capabilities?type=x")
    assert wrong.status_code == 400


def test_unified_models_and_their_mappings(environment: Environment) -> None:
    model = environment.get("/unified-model/user-directory").json()
    assert environment.get(f"/unified-model/{model['id']}").json() == model
    query = f"unified_model_id={model['id']}&integration_name=acme&resource_name=users"
    rows = environment.get(f"/unified-model-resource-method?{query}").json()["result"]
    assert {row["method_name"] for row in rows} == {"list", "get", "create", "update", "delete"}
    one = rows[0]
    assert environment.get(f"/unified-model-resource-method/{one['id']}").json() == one
    assert environment.get("/unified-model-resource-method/x").status_code == 404
    served = environment.get("/integration/acme/unified-apis").json()["result"]
    assert served[0]["name"] == "user-directory"


def test_categories(environment: Environment) -> None:
    rows = environment.get("/category").json()["result"]
    assert "email" in [row["name"] for row in rows]
