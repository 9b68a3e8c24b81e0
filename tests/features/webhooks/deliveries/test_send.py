"""One attempt at endpoints that redirect, talk for ever, or stand where nobody may call."""

import base64
import hashlib
import hmac
import threading
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import Webhook as StandardWebhook
from tests.support.endpoint import endpoint

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http.client import FastClient
from waypost.base.clock import Clock
from waypost.base.secret import Secret
from waypost.engine.transport import Deadlines, Headers
from waypost.features.webhooks.deliveries.send import MOST_KEPT, Sender, _beginning
from waypost.features.webhooks.deliveries.sign import Encoding
from waypost.features.webhooks.deliveries.store import Attempt
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event

pytestmark = pytest.mark.anyio
SHORT = Deadlines(connect=1.0, first_byte=0.3, idle=0.3, total=1.0)
SECRET = Secret("whsec_" + "bm4=" * 8)


async def attempt(url: str, *allowed: str, encoding: Encoding = "base64") -> Attempt:
    client = FastClient(AddressGuard(allowed))
    webhook = Webhook("w", "env", url, None, True, 0, 0)
    event = Event("e", "env", "message.sent", {}, 0.0)
    try:
        sender = Sender(client, Clock(), encoding, deadlines=SHORT)
        return await sender.send(webhook, [SECRET], event, "d", 3)
    finally:
        await client.close()


@pytest.mark.parametrize("encoding", ["base64", "hex"])
async def test_published_verifiers_accept_what_arrived(encoding: Encoding) -> None:
    with endpoint() as customer:
        await attempt(customer.url, "127.0.0.0/8", encoding=encoding)
        [got] = customer.received
    told = StandardWebhook(SECRET.reveal()).verify(got.body, dict(got.headers))
    assert told["event"] == "message.sent"
    digest = hmac.new(SECRET.reveal().encode(), got.body, hashlib.sha256)
    shown = {"hex": digest.hexdigest(), "base64": base64.b64encode(digest.digest()).decode()}
    assert got.headers["x-truto-signature"] == f"format=sha256,v={shown[encoding]}"


async def test_an_answer_is_kept_with_the_attempt() -> None:
    with endpoint() as customer:
        customer.answers = [201]
        made = await attempt(customer.url, "127.0.0.0/8")
    assert (made.number, made.status, made.error, made.answer) == (3, 201, None, "ok")


async def test_an_endpoint_that_hangs_is_an_attempt_without_an_answer() -> None:
    with endpoint() as customer:
        customer.hangs = threading.Event()
        made = await attempt(customer.url, "127.0.0.0/8")
    assert (made.status, made.answer) == (None, None)
    assert made.error is not None
    assert "first_byte deadline" in made.error


async def test_a_redirect_is_not_followed() -> None:
    with endpoint() as customer:
        customer.answers = [302]
        assert (await attempt(customer.url, "127.0.0.0/8")).status == 302
        assert len(customer.received) == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.7", "169.254.169.254", "[::1]", "[::ffff:192.168.0.1]"],
)
async def test_a_private_address_is_never_called(host: str) -> None:
    made = await attempt(f"https://{host}/hooks")
    assert made.status is None
    assert made.error is not None
    assert "address" in made.error.lower()


async def test_a_host_that_does_not_resolve_is_its_owners_to_correct() -> None:
    made = await attempt(f"https://{'a' * 64}.example/hooks")  # no name server is asked for it
    assert made.status is None
    assert made.error is not None
    assert "target_url does not resolve" in made.error
    assert "WAYPOST_" not in made.error


class Endless:
    """An answer that never ends."""

    status = 200
    headers: Headers = ()
    closed = False

    def arrived(self) -> bytes | None:
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            yield b"\0" * 300

    async def close(self) -> None:
        self.closed = True


async def test_only_the_beginning_of_an_answer_is_read() -> None:
    answer = Endless()
    assert await _beginning(answer) == "\ufffd" * MOST_KEPT
    assert answer.closed
