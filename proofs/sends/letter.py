"""What a caller wants sent: its words, by which kind of message and which surface, under which key."""

import json
from dataclasses import dataclass, field
from typing import Any

DOMAIN = "mail.orchard.test"
NUMBER = "+12025550143"
KINDS = ("email", "bulk", "sms")
PATHS = {"email": "email", "bulk": "bulk-email", "sms": "sms"}
SURFACES = ("passthrough", "proxy", "custom", "unified")
UNIFIED = {"email": "roles", "bulk": "groups", "sms": "licenses"}
"""No unified model of the catalog sends. An account's own mapping may, and this one's do."""


@dataclass
class Letter:
    """One thing that a caller wants sent once: its words, and what the caller was told."""

    words: str
    kind: str
    surface: str
    key: str | None
    told: list[int] = field(default_factory=list)

    @property
    def body(self) -> Any:
        if self.kind == "sms":
            return {"from": NUMBER, "to": ["+12025550188"], "text": self.words}
        letter = {
            "from": {"email": f"orders@{DOMAIN}"},
            "to": [{"email": "nia.okafor@example.com"}],
            "subject": self.words,
            "text": "It should reach you on Friday.",
        }
        return [letter] if self.kind == "bulk" else letter

    @property
    def content(self) -> bytes:
        """The body's bytes: whoever repeats a key repeats every one of them."""
        return json.dumps(self.body).encode()

    @property
    def is_acknowledged(self) -> bool:
        """Say whether its caller was told that it is on its way."""
        return any(200 <= status < 300 for status in self.told)

    def target(self, account: str) -> str:
        path = PATHS[self.kind]
        if self.surface == "passthrough":
            return f"/passthrough/{account}/{path}"
        if self.surface == "unified":
            path = f"user-directory/{UNIFIED[self.kind]}"
        return f"/{self.surface}/{path}?integrated_account_id={account}"

    def headers(self, token: str) -> dict[str, str]:
        given = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return given if self.key is None else {**given, "idempotency-key": self.key}
