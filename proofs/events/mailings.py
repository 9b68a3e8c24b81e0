"""A real sandbox account whose messages tell of themselves, while its API has faults."""

import random
import time
from datetime import datetime
from typing import Any

import httpx
from tests.support.sandbox import Sandbox, SandboxAccount

from proofs.events.server import Admin
from proofs.events.verdict import Happening

DOMAIN = "d0m41n00000000r3"
TENANT = "of-the-sandbox"
FAULTS: list[dict[str, Any]] = [
    {"method": "GET", "path": "/activity/*", "times": 2, "status": 503},
    {"method": "GET", "path": "/emails/*", "times": 2, "drop": "after"},
    {"method": "GET", "path": "/webhooks*", "times": 2, "delay_ms": 1500},
    {"method": "PUT", "path": "/webhooks*", "times": 1, "drop": "before"},
]
KINDS = {
    "sent": "message.sent",
    "delivered": "message.delivered",
    "soft_bounced": "message.bounced",
    "hard_bounced": "message.bounced",
}


class Mailings:
    """Messages sent at the sandbox, past the platform, on a clock that runs ahead."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.there: SandboxAccount = sandbox.account()
        self.there.seed(domains=[{"id": DOMAIN, "name": "shop.test", "is_verified": True}])
        self._chance = random.Random(seed + 2)
        self._began = time.time()
        self.sent = 0

    def link(self, admin: Admin, install: str) -> str:
        """Bring the account in; return its id once its webhook is there."""
        account = admin.ask(
            "POST",
            "/integrated-account",
            tenant_id=TENANT,
            environment_integration_id=install,
            context={"api_token": self.there.api_token},
        )["id"]
        for _ in range(600):
            shown = admin.ask("GET", f"/integrated-account/{account}/provider-webhooks")
            if [each["state"] for each in shown["result"]] == ["active"]:
                return str(account)
            time.sleep(0.1)
        raise AssertionError(f"no webhook was made at the sandbox: {shown}")

    def send(self) -> None:
        """Send a message, with a fault in the way of whoever looks."""
        self._post({"to": [{"email": f"reader{self.sent}@example.com"}]})
        self.sent += 1
        self.there.fault(**self._chance.choice(FAULTS))
        self.advance(30)

    def advance(self, seconds: float) -> None:
        """Turn the sandbox's clock; what is due is told, as far as somebody listens."""
        self.there.http.post(
            f"{self.there.root}/_sandbox/clock",
            params={"account": self.there.id},
            json={"advance": seconds},
            timeout=30,
        )

    def happenings(self) -> list[Happening]:
        """Return what happened to these messages, as the sandbox's own list has it."""
        self.there.control("DELETE", "/faults")
        rows: list[dict[str, Any]] = []
        while True:
            answer = self._get(
                f"/v1/activity/{DOMAIN}",
                {
                    "date_from": int(self._began) - 60,
                    "date_to": int(self._now()),
                    "limit": 100,
                    "page": len(rows) // 100 + 1,
                },
            )
            rows += answer["data"]
            if len(answer["data"]) < 100:
                break
        return [
            Happening(f"activity.{row['type']}:{row['id']}", KINDS[row["type"]], TENANT, row["id"])
            for row in rows
            if row["type"] in KINDS
        ]

    def _now(self) -> float:
        shown = self.there.control("GET", "/clock")["now"]
        return datetime.fromisoformat(shown).timestamp()

    def _post(self, more: dict[str, Any]) -> None:
        letter = {"from": {"email": "a@shop.test"}, "subject": "Hello", "text": "Hello", **more}
        answer = self.there.http.post(
            f"{self.there.root}/v1/email",
            json=letter,
            headers={"authorization": f"Bearer {self.there.api_token}"},
        )
        assert answer.status_code == 202, answer.text

    def _get(self, path: str, query: dict[str, Any]) -> Any:
        answer: httpx.Response = self.there.http.get(
            f"{self.there.root}{path}",
            params=query,
            headers={"authorization": f"Bearer {self.there.api_token}"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()
