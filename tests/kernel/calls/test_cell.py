"""Where a mapping comes from, and what is said when there is none."""

import pytest
from tests.support.world import AcmeWorld

USERS = "/unified/user-directory/users"


@pytest.mark.parametrize(
    ("verb", "path", "said"),
    [
        ("POST", "/unified/user-directory/groups", "Acme cannot create groups; it can list."),
        (
            "GET",
            "/unified/user-directory/activities",
            "Acme does not offer user-directory/activities.",
        ),
    ],
)
def test_no_such_cell(acme: AcmeWorld, verb: str, path: str, said: str) -> None:
    answer = acme.request(verb, path, **({"json": {}} if verb == "POST" else {}))
    assert (answer.status_code, answer.json()["message"]) == (405, said)
    assert answer.json()["details"]
    assert acme.environment.records()[0]["status"] == 405


def test_an_override_alone_makes_a_cell(acme: AcmeWorld) -> None:
    cell = {
        "resource": "guests",
        "method": "list",
        "response_mapping": '{"id": $string(response.id), "name": "own"}',
    }
    acme.environment.change(
        acme.account, unified_model_override={"user-directory": {"licenses": {"list": cell}}}
    )
    acme.provider.route("GET", "/v1/guests", 200, {"data": [{"id": 1}]})
    answer = acme.get("/unified/user-directory/licenses")
    assert [record["id"] for record in answer.json()["result"]] == ["1"]
    meta = acme.get("/unified/user-directory/licenses/meta/list").json()
    assert meta["layers"] == ["account"]


def test_null_takes_a_key_of_the_base_away(acme: AcmeWorld) -> None:
    acme.environment.change(
        acme.account,
        unified_model_override={"user-directory": {"users": {"list": {"merge": None}}}},
    )
    acme.provider.route("GET", "/v1/people", 200, {"data": [], "more": False})
    acme.provider.route("GET", "/v1/guests", 200, {"data": [{"id": 1}]})
    assert acme.get(USERS).json()["result"] == []


def test_expression_that_fails_names_its_place(acme: AcmeWorld) -> None:
    acme.environment.change(
        acme.account,
        unified_model_override={
            "user-directory": {"users": {"list": {"response_mapping": "$number(response.name)"}}}
        },
    )
    acme.provider.route("GET", "/v1/people", 200, {"data": [{"id": 1, "name": "Ada"}]})
    answer = acme.get(USERS)
    assert answer.status_code == 500
    assert "users.list.response_mapping" in answer.json()["message"]
    assert answer.json()["code"] == "manifest"
    assert acme.environment.records()[0]["status"] == 500
