"""Real recorded answers against ours: status, headers, body structure, error text.

Not replayed: `NOT_YET` names the operations without rules here; what else could not be set
up is said beside it. The recordings are read in place and never copied.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.tests.world import World

# Path patterns of operations that this server does not have yet.
NOT_YET = (
    r"POST /v1/email-verification",
    r"/v1/email-verification/[^/]+/.*",
    # Made by the POST above it, in the same recording.
    r"/v1/email-verification/neqvygmw1840p7w2",
    r"POST /v1/identities",
    r"(PUT|DELETE) /v1/identities/.*",
    r"(POST|PUT|DELETE) /v1/domains/[^/]+/smtp-users.*",
)
DOMAIN_ID = "65qngkdovk8lwr12"
OTHER_DOMAIN_ID = "xkjn41mjxp94z781"
COMPARED_HEADERS = (
    "content-type",
    "x-apiquota-remaining",
    "x-apiquota-reset",
    "x-send-paused",
    "retry-after",
    "x-ratelimit-limit",
)


def load_steps(facts: Path) -> list[tuple[str, list[Any]]]:
    found = json.loads((facts / "mailersend" / "recordings.json").read_text("utf-8"))
    return list(found.items())


def shape(value: Any) -> Any:
    """Reduce a body to its keys and kinds; ids and texts differ, structure must not."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(real: Any, ours: Any, where: str = "body") -> list[str]:
    """Name every place where two shapes differ; null stands beside any kind."""
    if "NoneType" in (real, ours) or (isinstance(real, list) and not (real and ours)):
        return [] if isinstance(real, list) <= isinstance(ours, list) else [where]
    if isinstance(real, dict) and isinstance(ours, dict):
        if list(real) != list(ours):
            return [f"{where}: keys {list(real)} but ours {list(ours)}"]
        return [d for key in real for d in differences(real[key], ours[key], f"{where}.{key}")]
    if isinstance(real, list) and isinstance(ours, list):
        return differences(real[0], ours[0], f"{where}[0]")
    return [] if real == ours else [f"{where}: {real} but ours {ours}"]


def is_skipped(method: str, path: str) -> bool:
    line = f"{method} {path}"
    return any(re.fullmatch(p, line) or re.fullmatch(p, path) for p in NOT_YET)


def prepare(world: World, steps: list[Any], name: str) -> None:
    """Seed the world that the recorded account must have been."""
    first = parsedate_to_datetime(steps[0]["response"]["headers"]["date"])
    world.control("POST", "/clock", {"now": first.isoformat()})
    world.seed(
        account={"rate_limits": "off"},
        domains=[
            {
                "id": DOMAIN_ID,
                "name": "domain2.test",
                "domain_settings": {"send_paused": name.startswith("email_")},
            },
            {"id": OTHER_DOMAIN_ID, "name": "domain3.test"},
        ],
    )
    rows: dict[str, Any] = {}
    for step in steps:
        body, path = step["response"]["body"], step["request"]["path"]
        if step["request"]["method"] == "GET" and isinstance(body, dict) and "data" in body:
            kind = KIND_BY_PATH.get(path)
            if kind and isinstance(body["data"], list):
                rows.setdefault(kind, [dict(row, **EXTRA.get(kind, {})) for row in body["data"]])
    if name == "webhooks_create_invalid_domain" or "comprehensive_workflow" in name:
        rows.setdefault("webhooks", [{"url": "https://example.com/webhook", "name": "Taken"}])
    world.seed(**rows)


KIND_BY_PATH = {
    "/v1/messages": "messages",
    "/v1/recipients": "recipients",
    f"/v1/domains/{DOMAIN_ID}/recipients": "recipients",
    "/v1/templates": "templates",
    "/v1/webhooks": "webhooks",
    "/v1/message-schedules": "message_schedules",
    "/v1/email-verification": "email_verifications",
}
EXTRA: dict[str, Any] = {
    "recipients": {"domain_id": DOMAIN_ID},
    "messages": {"domain": {"id": DOMAIN_ID}},
}


def replay(world: World, step: Any, made: dict[str, str]) -> list[str]:
    """Repeat one request and return how the answers differ."""
    request, real = step["request"], step["response"]
    moment = parsedate_to_datetime(real["headers"]["date"])
    # Recorded times are whole seconds; a retry that got through came after the lock's end.
    if "was_throttled" in made and real["status"] != 429:
        moment += timedelta(seconds=2)
    world.control("POST", "/clock", {"now": moment.isoformat()})
    if real["status"] == 429 and "was_throttled" not in made:
        # The creation that set the lock stands at the end of another recording.
        world.api(request["method"], request["path"].removeprefix("/v1"), json={})
        made["was_throttled"] = ""
    path = request["path"].removeprefix("/v1")
    for theirs, ours in made.items():
        path = path.replace(theirs, ours) if ours else path
    answer = world.api(
        request["method"],
        path,
        params=[tuple(pair) for pair in request["query"]],
        json=request["body"],
    )
    remember_ids(real["body"], answer, made)
    return compare(real, answer)


def remember_ids(real: Any, answer: httpx.Response, made: dict[str, str]) -> None:
    data = real.get("data") if isinstance(real, dict) else None
    if isinstance(data, dict) and "id" in data and answer.status_code == 201:
        made[data["id"]] = answer.json()["data"]["id"]


def compare(real: Any, answer: httpx.Response) -> list[str]:
    if answer.status_code != real["status"]:
        return [f"status {real['status']} but ours {answer.status_code}: {answer.text}"]
    found = [
        f"header {name}: {real['headers'].get(name)} but ours {answer.headers.get(name)}"
        for name in COMPARED_HEADERS
        if real["headers"].get(name) != answer.headers.get(name)
    ]
    if real["body"] is None:
        return found + ([f"a body: {answer.text}"] if answer.content else [])
    ours = answer.json()
    if real["status"] >= 400 and ours != real["body"]:
        found.append(f"refusal {real['body']} but ours {ours}")
    return found + differences(shape(real["body"]), shape(ours))


def test_recorded_answers_are_repeated(facts: Path, make_world: Any) -> None:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name, steps in load_steps(facts):
        world = make_world()
        prepare(world, steps, name)
        made: dict[str, str] = {}
        for step in steps:
            request = step["request"]
            if is_skipped(request["method"], request["path"]):
                counts["skipped"] += 1
                continue
            counts["replayed"] += 1
            found = replay(world, step, made)
            wrong += [f"{name} {request['method']} {request['path']}: {d}" for d in found]
    assert not wrong, "\n".join(wrong)
    assert counts["replayed"] >= 128, counts
    assert counts["skipped"] <= 17, counts


@pytest.mark.parametrize(
    ("real", "ours", "is_same"),
    [
        ({"a": 1}, {"a": 2}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": None}, {"a": {"b": 1}}, True),
        ([{"a": 1}], [], True),
        ([{"a": 1}], [{"a": "x"}], False),
        ([], {}, False),
    ],
)
def test_the_comparison_itself_can_fail(real: Any, ours: Any, is_same: bool) -> None:
    assert (not differences(shape(real), shape(ours))) is is_same
