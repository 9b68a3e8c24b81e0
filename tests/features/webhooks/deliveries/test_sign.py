"""What an endpoint receives verifies with the published verifiers."""

import base64
import hashlib
import hmac

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from waypost.base.secret import Secret
from waypost.features.webhooks.deliveries.sign import envelope, signed_headers
from waypost.kernel.events import Event

EVENT = Event("e1", "env", "message.delivered", {"n": 2**70, "tenant_id": "t"}, 1_790_000_000.0)
NEW = Secret("whsec_" + base64.b64encode(b"n" * 32).decode())
OLD = Secret("whsec_" + base64.b64encode(b"o" * 32).decode())
BODY = envelope(EVENT, "w1")


def headers(now: float, *secrets: Secret, encoding="base64") -> dict[str, str]:
    return dict(signed_headers("e1", BODY, secrets, now=now, encoding=encoding))


def test_the_body_says_what_happened_under_both_names() -> None:
    assert BODY == (
        b'{"id":"e1","event":"message.delivered","event_type":"message.delivered","payload":'
        b'{"n":1180591620717411303424,"tenant_id":"t"},"tenant_id":"t","environment_id":"env",'
        b'"webhook_id":"w1","created_at":"2026-09-21T14:13:20.000Z"}'
    )


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_standard_webhooks_own_verifier_accepts_either_secret_of_a_rotation(secret, monkeypatch):
    import standardwebhooks.webhooks as theirs

    given = headers(EVENT.created_at, NEW, OLD)

    class Now(theirs.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(EVENT.created_at, tz)

    monkeypatch.setattr(theirs, "datetime", Now)
    assert Webhook(secret.reveal()).verify(BODY, given)["id"] == "e1"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.reveal()).verify(BODY + b" ", given)


@pytest.mark.parametrize("encoding", ["base64", "hex"])
def test_trutos_documented_verification_passes(encoding) -> None:
    given = headers(0, NEW, OLD, encoding=encoding)["x-truto-signature"]
    kind, _, signature = given.partition(",v=")
    assert kind == "format=sha256"
    wanted = hmac.digest(NEW.reveal().encode(), BODY, hashlib.sha256)
    found = base64.b64decode(signature) if encoding == "base64" else bytes.fromhex(signature)
    assert hmac.compare_digest(found, wanted)
