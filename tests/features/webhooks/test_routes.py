"""Webhooks over HTTP; deliveries/test_deliver.py sees them arrive."""

from typing import Any

import httpx
import pytest
from tests.support.served import Served
from tests.support.world import Environment, make_environment

PATH = "/webhook"


def made(environment: Environment, **body: Any) -> httpx.Response:
    return environment.post(PATH, json={"target_url": "https://app.example/hook", **body})


def test_a_webhooks_life(environment: Environment) -> None:
    created = made(environment, event_types=["integrated_account:active"])
    assert created.status_code == 201
    secret = created.json()["secret"]
    path = f"{PATH}/{created.json()['id']}"
    shown = environment.get(path)
    assert secret not in shown.text
    assert environment.get(f"{PATH}?is_active=true").json()["result"] == [shown.json()]
    change = {"is_active": False, "event_types": None, "target_url": None}
    changed = environment.request("PATCH", path, json=change).json()
    assert changed["is_active"] is False
    assert "event_types" not in changed
    tested = environment.post(f"{PATH}/test", json={"id": created.json()["id"]})
    assert tested.status_code == 200
    assert tested.json()["success"] is False, "nobody listens there"
    assert tested.json()["attempt"]["error"]
    assert environment.request("DELETE", path).json() == {"id": created.json()["id"]}
    assert environment.get(path).status_code == 404


def test_loopback_is_for_those_who_allow_it(environment: Environment) -> None:
    assert made(environment, target_url="http://127.0.0.1:9/x").status_code == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"target_url": "http://app.example"}, "https"),
        ({"event_types": ["!"]}, "event type"),
        ({"event_types": ["message.bounce"]}, "did you mean 'message.bounced'?"),
        (
            {"event_types": ["integrated_account:activ"]},
            "did you mean 'integrated_account:active'?",
        ),
        ({"event_types": "test"}, "'event_types'"),
        ({"ordered_by": "size"}, "it can be 'message'"),
        ({"target": "x"}, "did you mean 'target_url'"),
    ],
)
def test_a_wrong_webhook(environment: Environment, body: dict[str, Any], message: str) -> None:
    answer = made(environment, **body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_a_replay_or_a_list_of_what_cannot_be(environment: Environment) -> None:
    path = f"{PATH}/{made(environment).json()['id']}"
    replay = environment.post(f"{path}/replay", json={"event_type": "message.bounce"})
    assert replay.status_code == 400
    assert "did you mean 'message.bounced'?" in replay.json()["message"]
    known = environment.post(f"{path}/replay", json={"event_type": "message.bounced"})
    assert known.json() == {"replayed": 0}
    for wrong in ("state=fail", "state[in]=failed,fail", "state[]=fail", "state[ne]=fail"):
        refused = environment.get(f"{path}/delivery?{wrong}")
        assert refused.status_code == 400, wrong
        assert "waiting, delivered, failed, held" in refused.json()["message"]
    for fine in ("state=failed", "state[in]=failed,held", "state[like]=fail"):
        assert environment.get(f"{path}/delivery?{fine}").status_code == 200, fine


def test_another_environments_webhook(
    environment: Environment, platform: Served, http: httpx.Client
) -> None:
    theirs = made(make_environment(platform, http, "Other")).json()["id"]
    for verb in ("GET", "PATCH", "DELETE"):
        assert environment.request(verb, f"{PATH}/{theirs}", json={}).status_code == 404
    assert environment.post(f"{PATH}/test", json={"id": theirs}).status_code == 404
    assert environment.get(PATH).json()["result"] == []
