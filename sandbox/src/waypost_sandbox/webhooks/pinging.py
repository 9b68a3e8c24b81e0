"""The ping that a webhook's address must answer before the webhook is kept."""

from __future__ import annotations

from collections.abc import Callable

from waypost_sandbox.webhooks import errors
from waypost_sandbox.webhooks.payloads import sign
from waypost_sandbox.webhooks.posting import is_local, make_session, post_once
from waypost_sandbox.wire.answer import Answer, RefusalError, write_compact
from waypost_sandbox.wire.check import Problems
from waypost_sandbox.world.account import Account

# Public and the same for everyone, so that a receiver can check pings without an account.
PING_SECRET = "test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G"  # noqa: S105 - no secret at all


def needs_ping(account: Account, url: str) -> bool:
    """Say whether the address is asked; ones that are out of reach are taken on trust."""
    settings = account.settings
    return settings.webhook_ping and (settings.webhook_reach == "anywhere" or is_local(url))


async def ping(account: Account, url: str) -> None:
    """Call the address, and refuse it unless it answers with a 2xx in time."""
    payload = {
        "type": "webhook.test",
        "message": "This is a ping test message",
        "created_at": account.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    body = write_compact(payload)
    async with make_session() as session:
        outcome = await post_once(
            session, url, body, sign(body, PING_SECRET), account.settings.webhook_timeout
        )
    if not outcome.is_taken:
        problems = Problems()
        problems.add("url", errors.PING_FAILED)
        raise RefusalError(problems.answer())


def answer_after_ping(
    account: Account, url: str | None, check: Callable[[], None], save: Callable[[], Answer]
) -> Answer:
    """Answer with what `save` makes, once a new address has answered its ping.

    `check` runs again after the wait: much may have happened meanwhile.
    """

    async def ping_and_save() -> Answer:
        await ping(account, url or "")
        check()
        return save()

    if not url or not needs_ping(account, url):
        return save()
    return Answer(200, pending=ping_and_save)
