"""Cells of state over HTTP: a namespace each, written whether they are there or not."""

from typing import Any

import pytest
from tests.support.world import Environment

PATH = "/sync-job-run-state"


@pytest.mark.parametrize("value", ["2026-01-15", None, False, {"a": [1]}, 0])
def test_a_cell_is_written_read_and_deleted(environment: Environment, value: Any) -> None:
    made = environment.post(f"{PATH}?state_key=s", json={"key": "k", "value": value}).json()
    assert (made["value"], made["state_key"], made["sync_job_run_id"]) == (value, "s", None)
    for name in ("k", made["id"]):
        assert environment.get(f"{PATH}/{name}?state_key=s").json() == made
        assert environment.get(f"{PATH}/{name}?state_key=t").status_code == 404
    again = environment.post(f"{PATH}?state_key=s", json={"key": "k", "value": 2}).json()
    assert (again["id"], again["value"]) == (made["id"], 2)
    changed = environment.request("PATCH", f"{PATH}/k?state_key=s", json={"value": [3]}).json()
    assert changed["value"] == [3]
    assert environment.request("PATCH", f"{PATH}/k?state_key=s", json={}).status_code == 400
    listed = environment.get(f"{PATH}?state_key=s").json()["result"]
    assert [each["key"] for each in listed] == ["k"]
    assert environment.request("DELETE", f"{PATH}/k?state_key=s").json() == {"id": made["id"]}
    assert environment.get(f"{PATH}?state_key=s").json()["result"] == []


def test_a_namespace_must_be_named(environment: Environment) -> None:
    for verb, path in (
        ("GET", PATH),
        ("POST", PATH),
        ("GET", f"{PATH}/k"),
        ("DELETE", f"{PATH}/k"),
    ):
        answer = environment.request(verb, path, json={"key": "k"} if verb == "POST" else None)
        assert (answer.status_code, "state_key" in answer.text) == (400, True)
    assert environment.post(f"{PATH}?state_key=s", json={"key": ""}).status_code == 400
