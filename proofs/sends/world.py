"""A platform's data folder, a sandbox account and what callers were told: all that a proof compares."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.support.sandbox import Sandbox, SandboxAccount

from proofs.sends.letter import DOMAIN, KINDS, NUMBER, PATHS, UNIFIED, Letter
from proofs.sends.verdict import Verdict, judge

_RESPONSE = """{"id": headers.`x-message-id` ? headers.`x-message-id` : headers.`x-sms-message-id`
    ? headers.`x-sms-message-id` : response.bulk_email_id}"""


def unified_sends() -> dict[str, Any]:
    """Return mappings by which unified methods send what they are given, as it is."""
    return {
        UNIFIED[kind]: {
            "create": {
                "resource": PATHS[kind],
                "method": "create",
                "request_body_mapping": "body",
                "response_mapping": _RESPONSE,
            }
        }
        for kind in KINDS
    }


@dataclass
class Desk:
    """One linked account: who calls, at the platform and at the sandbox."""

    token: str
    account: str
    sandbox: SandboxAccount


@dataclass
class World:
    """A data folder with its clock, which turns together with the sandbox's."""

    folder: Path
    sandbox: Sandbox
    desks: list[Desk] = field(default_factory=list)
    at: float = field(default_factory=lambda: float(int(time.time())))

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    def settings(self, **more: str) -> dict[str, str]:
        """Return the WAYPOST_ settings of every process on this folder, without the prefix."""
        return {
            "base_urls": json.dumps({"mailersend": f"{self.sandbox.root}/v1"}),
            "allow_addresses": "127.0.0.0/8",
            "test_clock": str(self.clock),
            # A busy machine is no fault of a send's: only `faults` is in a hurry.
            "connect_timeout": "30",
            "first_byte_timeout": "30",
            "total_timeout": "60",
            "not_received_minutes": "5",
            "log_level": "error",
            **more,
        }

    def turn(self, seconds: float) -> None:
        """Move every clock; they stand still between."""
        self.at += seconds
        draft = self.clock.with_suffix(".new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(str(self.at))
        draft.replace(self.clock)
        moment = datetime.fromtimestamp(self.at, UTC).isoformat()
        for desk in self.desks:
            desk.sandbox.freeze(moment)

    def link(self, url: str, operator_token: str, http: httpx.Client) -> Desk:
        """Bring in an account at the sandbox that may send by every kind."""
        there = self.sandbox.account()
        there.seed(
            domains=[{"name": DOMAIN, "is_verified": True}],
            sms_numbers=[{"telephone_number": NUMBER, "paused": False}],
        )

        def made(path: str, token: str, **body: Any) -> Any:
            answer = http.post(
                f"{url}{path}", json=body, headers={"authorization": f"Bearer {token}"}
            )
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        environment = made("/environment", operator_token, name="Shop")["id"]
        token = made("/api-token", operator_token, environment_id=environment, name="p")["token"]
        install = made("/environment-integration", token, integration_id="mailersend")["id"]
        account = made(
            "/integrated-account",
            token,
            tenant_id="t",
            environment_integration_id=install,
            context={"api_token": there.api_token},
            unified_model_override={"user-directory": unified_sends()},
        )["id"]
        desk = Desk(token, account, there)
        self.desks.append(desk)
        return desk

    def books(self) -> list[dict[str, Any]]:
        """Return the sends that the platform has on its books."""
        with sqlite3.connect(self.folder / "data" / "waypost.sqlite3") as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM send")]

    def outbox(self, desk: Desk) -> Counter[str]:
        """Count what would have reached somebody, by its words."""
        letters = desk.sandbox.control("GET", "/outbox")["data"]
        found = Counter(each["subject"] for each in letters)
        page, more = 1, True
        while more:
            answer = desk.sandbox.http.get(
                f"{desk.sandbox.root}/v1/sms-messages",
                params={"page": page, "limit": 100},
                headers={"authorization": f"Bearer {desk.sandbox.api_token}"},
            ).json()
            found.update(each["text"] for each in answer["data"])
            page, more = page + 1, answer["links"]["next"] is not None
        return found

    def message_ids(self, desk: Desk) -> frozenset[str]:
        """Return the ids of the emails' messages in the sandbox's outbox."""
        letters = desk.sandbox.control("GET", "/outbox")["data"]
        return frozenset(each["message_id"] for each in letters)

    def judge(self, letters: Sequence[Letter]) -> Verdict:
        """Compare, once nothing is open any more, what is here with what is there."""
        books = self.books()
        self.turn(60)
        there = self.desks[0]
        return judge(letters, books, self.outbox(there), self.message_ids(there))
