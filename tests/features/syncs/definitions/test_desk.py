"""Sync jobs and templates over HTTP: checked whole, changed, copied, deleted."""

from typing import Any

import pytest
from tests.support.syncs import keep, request, tell
from tests.support.world import Environment

USERS = request("users", "user-directory/users")


def refused(environment: Environment, **body: Any) -> str:
    answer = environment.post("/sync-job", json=body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["message"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"default_runtime_version": 3}, "default_runtime_version: 3 is not supported, 4 is"),
        ({"integration_name": "mailersendd"}, "did you mean 'mailersend'?"),
        ({"resources": [request("a", "nothing/here")]}, "resources[0].resource: there is no"),
        (
            {"resources": [request("a", "people")], "integration_name": "mailersend"},
            "MailerSend has no people list",
        ),
        ({"resources": [{"name": "a" * 300_000}]}, "at most 256000 bytes"),
        ({"args_validation": "$x("}, "args_validation"),
        (
            {"args_schema": {}, "resources": [{**USERS, "query": {"a": "{{args.b}}"}}]},
            "{{args.b}}; declare it",
        ),
        ({"lable": "x"}, "did you mean 'label'?"),
    ],
)
def test_what_is_wrong_is_told(environment: Environment, body: dict[str, Any], said: str) -> None:
    assert said in refused(environment, **body)


def test_a_job_is_made_changed_and_deleted(environment: Environment) -> None:
    made = environment.post("/sync-job", json={"resources": [USERS, keep("users")]}).json()
    assert (made["label"], made["default_runtime_version"]) == ("Untitled", 4)
    assert made["resources"][0] == USERS
    path = f"/sync-job/{made['id']}"
    changed = environment.request("PATCH", path, json={"label": "People", "mutex_key": "m"}).json()
    assert (changed["label"], changed["mutex_key"]) == ("People", "m")
    assert environment.get(path).json() == changed
    wrong = environment.request("PATCH", path, json={"resources": [{**USERS, "run_if": "("}]})
    assert wrong.status_code == 400
    assert environment.get(path).json() == changed
    cleared = environment.request("PATCH", path, json={"mutex_key": None, "label": None}).json()
    assert (cleared["label"], cleared["mutex_key"]) == ("People", None)
    assert environment.request("DELETE", path).json() == {"id": made["id"]}
    assert environment.get(path).status_code == 404


def test_templates_are_copied_and_ours_stay(environment: Environment) -> None:
    listed = environment.get("/sync-job-template").json()["result"]
    [directory] = [each for each in listed if each["label"] == "Directory sync"]
    path = f"/sync-job-template/{directory['id']}"
    assert environment.get(path).json() == directory
    assert environment.request("DELETE", path).status_code == 400
    assert environment.request("PATCH", path, json={"label": "x"}).status_code == 400
    job = environment.post(
        "/sync-job", json={"sync_job_template_id": directory["id"], "label": "Ours"}
    ).json()
    assert (job["label"], job["resources"]) == ("Ours", directory["resources"])
    nobody = environment.post("/sync-job", json={"sync_job_template_id": "x"})
    assert nobody.status_code == 404
    own = environment.made("/sync-job-template", label="Mine", resources=[USERS], sharing="deny")
    assert environment.get(f"/sync-job-template/{own}").json()["description"] is None
    changed = environment.request(
        "PATCH", f"/sync-job-template/{own}", json={"description": "people"}
    )
    assert changed.json()["description"] == "people"
    labels = [each["label"] for each in environment.get("/sync-job-template").json()["result"]]
    assert labels[-1] == "Mine"
    assert environment.request("DELETE", f"/sync-job-template/{own}").status_code == 200


def test_a_destination_names_a_webhook_that_there_is(environment: Environment) -> None:
    def order(webhook_id: str) -> dict[str, Any]:
        return {"resources": [USERS, tell("users", config={"id": webhook_id})]}

    assert refused(environment, **order("nobody")) == (
        "resources[1].config.id: there is no webhook 'nobody'; "
        "without an id every one that listens is told"
    )
    endpoint = environment.post("/webhook", json={"target_url": "https://a.example/"}).json()["id"]
    job = environment.post("/sync-job", json=order(endpoint)).json()
    path = f"/sync-job/{job['id']}"
    assert environment.request("PATCH", path, json=order("nobody")).status_code == 400
    assert environment.request("DELETE", f"/webhook/{endpoint}").status_code == 200
    renamed = environment.request("PATCH", path, json={"label": "People"})
    assert renamed.status_code == 200, "what is gone since forbids nothing else"
    assert environment.request("PATCH", path, json=order("{{args.to}}")).status_code == 200
