"""Every example request of the platform's MailerSend manifest, sent to the sandbox itself.

The manifest is read as data, if it is there: the sandbox and the platform share no code. Each
example plays in a world of its own, seeded with the things that its ids name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.tests.world import World

Json = dict[str, Any]

NOW = "2026-11-19T12:00:00Z"
FOLDER = (
    Path(__file__).resolve().parents[2] / "src/waypost/catalog/integrations/mailersend/resources"
)
DOMAIN = {"id": "pq3enl6xk0mg2vwr", "name": "mail.orchard.test"}
NUMBER = {"id": "v2gmoz7kq41xwlr9", "telephone_number": "+12025550143"}
# Resource of the manifest -> the seed's kind of what its answers show.
KINDS = {
    "activities": "activities",
    "activity": "activities",
    "async-verifications": "async_verifications",
    "blocklist": "blocklist",
    "blocklist-monitoring": "blocklist_monitors",
    "bulk-email": "bulk_emails",
    "dmarc-monitoring": "dmarc_monitors",
    "domains": "domains",
    "email-verification": "email_verifications",
    "emails": "emails",
    "hard-bounces": "hard_bounces",
    "identities": "identities",
    "inbound": "inbounds",
    "invites": "invites",
    "message-schedules": "message_schedules",
    "messages": "messages",
    "on-hold-list": "on_hold",
    "recipients": "recipients",
    "sms-inbounds": "sms_inbounds",
    "sms-messages": "sms_messages",
    "sms-numbers": "sms_numbers",
    "sms-recipients": "sms_recipients",
    "sms-webhooks": "sms_webhooks",
    "smtp-users": "smtp_users",
    "spam-complaints": "spam_complaints",
    "templates": "templates",
    "tokens": "tokens",
    "unsubscribes": "unsubscribes",
    "users": "users",
    "webhooks": "webhooks",
    "whatsapp-inbound-messages": "whatsapp_inbound_messages",
    "whatsapp-items": "whatsapp_items",
    "whatsapp-messages": "whatsapp_messages",
    "whatsapp-recipients": "whatsapp_recipients",
    "whatsapp-templates": "whatsapp_templates",
}
_PLACE = re.compile(r"\{\{(query\.)?(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One example: what is sent, and what its answer shows."""

    resource: str
    method: str
    verb: str
    path: str
    example: Json

    @property
    def name(self) -> str:
        """Return a name for the test's report."""
        return ".".join([self.resource, self.method, self.example.get("name", "")]).rstrip(".")


def load_examples(folder: Path) -> list[Example]:
    """Read every example; an absent folder has none."""
    return [
        Example(resource, name, method["verb"], method["path"], example)
        for file in sorted(folder.glob("*.yaml"))
        for resource, held in yaml.safe_load(file.read_text("utf-8")).items()
        for name, method in held["methods"].items()
        for example in method.get("examples", [])
    ]


EXAMPLES = load_examples(FOLDER)


def show_rows(example: Example) -> list[Json]:
    """Return the things that the example's own answer shows."""
    answer = example.example.get("response")
    data = answer.get("data") if isinstance(answer, dict) else None
    rows = data if isinstance(data, list) else [data]
    return [row for row in rows if isinstance(row, dict)]


def gather_seeds(examples: list[Example]) -> dict[str, list[Json]]:
    """Return everything that the reading examples show, by kind and id."""
    seeds: dict[str, dict[str, Json]] = {}
    for example in examples:
        kind = KINDS.get(example.resource)
        if kind is None or example.method not in ("list", "get"):
            continue
        for row in show_rows(example):
            key = str(row.get("id") or row.get("message_id"))
            held = seeds.setdefault(kind, {}).get(key, {})
            seeds[kind][key] = {**held, **row}
    return {kind: list(rows.values()) for kind, rows in seeds.items()}


def seed_for(example: Example) -> Json:
    """Return the seed of one example: everything read, less what the example itself makes."""
    seeds: Json = gather_seeds(EXAMPLES)
    seeds.setdefault("domains", []).insert(0, DOMAIN)
    seeds["domains"] = list({row["id"]: row for row in [DOMAIN, *seeds["domains"]]}.values())
    seeds["domains"].append({"id": "z7kxo2y4dr81wlvj", "name": "old.orchard.test"})
    seeds["sms_recipients"] = [
        {"sms_number": NUMBER, **row} for row in seeds.get("sms_recipients", [])
    ]
    seeds["dmarc_reports"] = [
        row for each in EXAMPLES if each.resource == "dmarc-ip-reports" for row in show_rows(each)
    ]
    for kind, url in (("sms_inbounds", "forward_url"), ("sms_webhooks", "url")):
        assert all(row[url] for row in seeds.get(kind, []))
    own = KINDS.get(example.resource)
    if example.method == "create" and own is not None and own not in ("emails", "sms_numbers"):
        seeds.pop(own, None)
    if example.name == "users.create":
        seeds.pop("invites")
    if example.method == "create" and example.resource == "domains":
        seeds["domains"] = [DOMAIN]
    if example.name == "email.create.some_suppressed":
        seeds["blocklist"] = [{"pattern": "tomas.veld@example.com"}]
    elif example.resource == "email":
        for held in ("blocklist", "hard_bounces", "spam_complaints", "unsubscribes", "on_hold"):
            seeds.pop(held, None)
    _set_verification(example, seeds)
    return seeds


def _set_verification(example: Example, seeds: Json) -> None:
    """Let a list be where the example meets it."""
    states = {"started": "created", "still_uploading": "uploading"}
    state = states.get(example.example.get("name", ""))
    if example.resource == "email-verification" and state:
        for row in seeds["email_verifications"]:
            row["status"] = {"name": state, "count": 0}


def fill_path(example: Example) -> tuple[str, Json]:
    """Return the path with its places filled, and what of the query is left."""
    query = dict(example.example.get("query", {}))

    def fill(match: re.Match[str]) -> str:
        return str(query.pop(match[2]) if match[1] else example.example["id"])

    return _PLACE.sub(fill, example.path), query


def encode(query: Json) -> list[tuple[str, str]]:
    """Write a query as clients do: lists with brackets, truths as words."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        for item in value if isinstance(value, list) else [value]:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            pairs.append((f"{name}[]" if isinstance(value, list) else name, text))
    return pairs


def test_the_manifest_is_there() -> None:
    if EXAMPLES:
        assert len(EXAMPLES) >= 143
        return
    reason = f"no manifest in {FOLDER.name}: the platform's folder is not beside the sandbox"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_accepted(make_world: Callable[..., World], example: Example) -> None:
    world = make_world()
    world.seed(now=NOW, account={"rate_limits": "off"}, **seed_for(example))
    path, query = fill_path(example)
    body = example.example.get("body")
    answer = world.api(example.verb, path, params=encode(query), json=body)
    assert answer.status_code == example.example["status"], answer.text
    documented = example.example.get("response")
    if documented is None:
        assert answer.content == b""
        return
    assert shape_of(documented, answer.json()) == [], json.dumps(answer.json())[:2000]


# The example shows more than the record proves of this answer.
SHORTER = {"sms_number"}


def shape_of(documented: Any, ours: Any, where: str = "body") -> list[str]:
    """Name the keys that the documented answer has and ours lacks, or the other way round."""
    if isinstance(documented, dict) and isinstance(ours, dict):
        # Which variables a template has is its own affair.
        if not documented or not ours or where.endswith(".personalization"):
            return []
        different = set(documented) ^ set(ours)
        if different - SHORTER:
            return [f"{where}: {sorted(different)}"]
        return [
            each
            for key in documented.keys() & ours.keys()
            for each in shape_of(documented[key], ours[key], f"{where}.{key}")
        ]
    if isinstance(documented, list) and isinstance(ours, list) and documented and ours:
        return shape_of(documented[0], ours[0], f"{where}.0")
    return []
