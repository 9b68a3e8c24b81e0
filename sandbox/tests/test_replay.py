"""Every recorded real answer against ours: status, named headers, body.

The recordings are read in place and never copied. Each file is replayed in a world of its own,
seeded from what its own answers show, with the clock where the answers are dated. Literal where
a value could be known; by its form, and in agreement across the file, where the server makes it
up (ids, secrets, times). The comparison is tried on itself: every mutation of every answer that
it applies to must be found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from sandbox.tests.replaying import (
    MUTATIONS,
    NAMED_HEADERS,
    RECORDED_ROOT,
    Answer,
    Comparison,
    Json,
)
from sandbox.tests.world import World

DOMAIN_ID = "65qngkdovk8lwr12"
SEED_KINDS = {
    "/v1/domains": "domains",
    "/v1/messages": "messages",
    "/v1/recipients": "recipients",
    f"/v1/domains/{DOMAIN_ID}/recipients": "recipients",
    "/v1/templates": "templates",
    "/v1/webhooks": "webhooks",
    "/v1/message-schedules": "message_schedules",
    "/v1/email-verification": "email_verifications",
    "/v1/sms-messages": "sms_messages",
}
OWNED_BY_DOMAIN = ("recipients", "messages")


def load_files(facts: Path) -> dict[str, list[Json]]:
    """Return the recorded files: name -> steps."""
    source = facts / "mailersend" / "recordings.json"
    files: dict[str, list[Json]] = json.loads(source.read_text("utf-8"))
    return files


def make_seeds(name: str, steps: list[Json]) -> Json:
    """Say what world a file was recorded in, from its own answers."""
    rows: dict[str, dict[str, Json]] = {}
    domains: dict[str, Json] = {}
    made: set[str] = set()
    for step in steps:
        request, response = step["request"], step["response"]
        data = response["body"].get("data") if isinstance(response["body"], dict) else None
        if request["method"] == "POST" and isinstance(data, dict):
            made.add(data["id"])
        if response["status"] not in (200, 201) or data is None:
            continue
        _gather_domains(request["path"], data, domains)
        kind = SEED_KINDS.get(request["path"])
        if kind and request["method"] == "GET":
            for row in data:
                rows.setdefault(kind, {}).setdefault(row.get("id") or row["message_id"], row)
    return _finish_seeds(name, steps, rows, domains, made)


def _gather_domains(path: str, data: Any, domains: dict[str, Json]) -> None:
    """Note every domain that an answer shows, alone or inside of something."""
    found = data if isinstance(data, list) else [data]
    for row in found:
        domain = row if "domain_settings" in row and "can" not in row else row.get("domain")
        if isinstance(domain, dict):
            domains.setdefault(domain["id"], domain)
    if path.endswith("/dns-records"):
        settings = {
            "custom_tracking_subdomain": data["custom_tracking"]["hostname"].split(".")[0],
            "inbound_routing_subdomain": data["inbound_routing"]["hostname"].split(".")[0],
        }
        domains[data["id"]] = {
            "id": data["id"],
            "name": data["spf"]["hostname"],
            "dns_records": data,
            "domain_settings": settings,
        }


def _finish_seeds(
    name: str,
    steps: list[Json],
    rows: dict[str, dict[str, Json]],
    domains: dict[str, Json],
    made: set[str],
) -> Json:
    domains.setdefault(
        DOMAIN_ID,
        {
            "id": DOMAIN_ID,
            "name": "domain2.test",
            "domain_settings": {"send_paused": name.startswith("email_")},
        },
    )
    seeds: Json = {
        kind: [row for key, row in held.items() if key not in made] for kind, held in rows.items()
    }
    if "domains" not in rows:
        seeds["domains"] = list(domains.values())
    for kind in OWNED_BY_DOMAIN:
        seeds[kind] = [{**row, "domain_id": DOMAIN_ID} for row in seeds.get(kind, [])]
    for step in steps:
        _add_what_was_taken(step, seeds, made)
        _add_readers(step, seeds)
    return seeds


def _add_what_was_taken(step: Json, seeds: Json, made: set[str]) -> None:
    """A value that is refused as taken is somebody's already."""
    body, sent = step["response"]["body"], step["request"]["body"]
    errors = body.get("errors", {}) if isinstance(body, dict) else {}
    if "The email has already been taken." in errors.get("email", []):
        seeds.setdefault("identities", []).append({"email": sent["email"]})
    if "The url has already been taken." in errors.get("url", []):
        held = seeds.setdefault("webhooks", [])
        if all(row["url"] != sent["url"] for row in held):
            held.append({"url": sent["url"], "created_at": "2025-01-01T00:00:00Z"})


def _add_readers(step: Json, seeds: Json) -> None:
    """What was counted was activity: by its bucket of time, or by its reader."""
    path, body = step["request"]["path"], step["response"]["body"]
    if "/analytics/" not in path or step["response"]["status"] != 200:
        return
    data = body["data"]
    found: list[Json] = seeds.setdefault("activities", [])
    by_reader = {"country": "country", "ua-name": "browser", "ua-type": "device_type"}
    key = by_reader.get(path.rpartition("/")[2])
    for row in data["stats"]:
        if key is not None:
            made = {"type": "opened", "meta": {key: row["name"]}, "created_at": data["date_from"]}
            found += [{**made, "domain_id": DOMAIN_ID}] * row["count"]
            continue
        for event in set(row) - {"date"}:
            made = {"type": event, "created_at": int(row["date"]) + 3600}
            found += [{**made, "domain_id": DOMAIN_ID}] * row[event]


@dataclass(slots=True)
class Replay:
    """One file in one world."""

    world: World
    name: str
    steps: list[Json]

    def run(self) -> list[tuple[Json, Answer, Comparison]]:
        """Repeat the file and return each answer with the comparison as it stood before."""
        seeds = make_seeds(self.name, self.steps)
        comparison = Comparison(self.world.root)
        done: list[tuple[Json, Answer, Comparison]] = []
        self._turn_to(self.steps[0])
        self.world.seed(account={"rate_limits": "off"}, **seeds)
        for place, step in enumerate(self.steps):
            self._turn_to(step, place)
            comparison.note_fresh(step, json.dumps(seeds))
            answer = self._repeat(step, comparison)
            before = Comparison(
                self.world.root,
                dict(comparison.ours_of),
                dict(comparison.theirs_of),
                set(comparison.fresh),
            )
            done.append((step, answer, before))
            # Only here does the file's own comparison learn this answer's ids.
            comparison.differences(step, answer)
        return done

    def _turn_to(self, step: Json, place: int = 0) -> None:
        moment = parsedate_to_datetime(step["response"]["headers"]["date"])
        before = self.steps[place - 1]["response"] if place else None
        # Recorded times are whole seconds; a retry that got through came after the lock's end.
        if before and before["status"] == 429 and step["response"]["status"] != 429:
            moment += timedelta(seconds=1)
        self.world.control("POST", "/clock", {"now": moment.isoformat()})
        if (step["response"]["status"] == 429 and place == 0) or self._is_locked_out(step, place):
            # The creation that set the lock stands at the end of another file.
            self._request(step["request"], step["request"]["path"], {})

    def _is_locked_out(self, step: Json, place: int) -> bool:
        before = self.steps[place - 1]["response"]["status"] if place else None
        return step["response"]["status"] == 429 and before != 429

    def _repeat(self, step: Json, comparison: Comparison) -> Answer:
        request = step["request"]
        path = comparison.translate(request["path"])
        answer = self._request(request, path, request["body"])
        headers = {name: answer.headers[name] for name in NAMED_HEADERS if name in answer.headers}
        return Answer(answer.status_code, headers, answer.content)

    def _request(self, request: Json, path: str, body: Any) -> Any:
        return self.world.api(
            request["method"],
            path.removeprefix("/v1"),
            params=[tuple(pair) for pair in request["query"]],
            json=body,
        )


@pytest.fixture(scope="module")
def replayed(facts: Path, sandbox: str, client: Any) -> list[tuple[str, Json, Answer, Comparison]]:
    """Every file, repeated once; the tests below look at the same answers."""
    done: list[tuple[str, Json, Answer, Comparison]] = []
    for name, steps in load_files(facts).items():
        made = client.post(f"{sandbox}/_sandbox/accounts", json={}).json()
        world = World(sandbox, made["account_id"], made["api_token"], client)
        done += [(name, *each) for each in Replay(world, name, steps).run()]
    return done


def copy_of(comparison: Comparison) -> Comparison:
    """Return a comparison that may learn without the others knowing."""
    return Comparison(
        comparison.root,
        dict(comparison.ours_of),
        dict(comparison.theirs_of),
        comparison.fresh,
    )


def test_every_recorded_answer_is_repeated(
    facts: Path, replayed: list[tuple[str, Json, Answer, Comparison]]
) -> None:
    total = sum(len(steps) for steps in load_files(facts).values())
    wrong: list[str] = []
    for name, step, answer, comparison in replayed:
        request = step["request"]
        wrong += [
            f"{name} {request['method']} {request['path']}: {difference}"
            for difference in copy_of(comparison).differences(step, answer)
        ]
    assert not wrong, "\n".join(wrong)
    assert len(replayed) == total


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_comparison_finds_every_mutation(
    replayed: list[tuple[str, Json, Answer, Comparison]], mutation: str
) -> None:
    tried: Counter[bool] = Counter()
    for name, step, answer, comparison in replayed:
        mutated = MUTATIONS[mutation](answer)
        if mutated is None:
            continue
        found = bool(copy_of(comparison).differences(step, mutated))
        tried[found] += 1
        assert found, f"{name}: {mutation} went unseen in {mutated}"
    assert tried[True] > 0, f"{mutation} applied nowhere"


def test_ids_must_agree_across_the_answers_of_a_file() -> None:
    made = {"id": "6888dfbaf3cba3da787e6017"}
    other = {"id": "6888dfbbfdf2d4b386c9ef6e"}
    step: Callable[[Json, str], Json] = lambda body, method: {  # noqa: E731 - a table of one
        "request": {"method": method},
        "response": {
            "status": 200,
            "headers": {"date": "Tue, 29 Jul 2025 14:50:34 GMT"},
            "body": body,
        },
    }
    comparison = Comparison(RECORDED_ROOT)
    comparison.note_fresh(step(made, "POST"), "")
    ours = {"id": "6888dfbaaaaaaaaaaaaaaaaa"}
    assert not comparison.differences(step(made, "POST"), Answer(200, {}, b"").with_body(ours))
    assert not comparison.differences(step(made, "GET"), Answer(200, {}, b"").with_body(ours))
    assert comparison.differences(step(made, "GET"), Answer(200, {}, b"").with_body(made))
    comparison.note_fresh(step(other, "POST"), "")
    # Two recorded ids must not become one of ours.
    assert comparison.differences(step(other, "POST"), Answer(200, {}, b"").with_body(ours))
