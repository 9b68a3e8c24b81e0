"""Handing sent letters to a real SMTP server as well, where the account says so."""

from __future__ import annotations

import asyncio
import logging

from waypost_sandbox.mime import write_mime
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Letter

_LOG = logging.getLogger("waypost_sandbox")
_SECONDS = 30
DEFAULT_PORT = 25


def read_server(text: str) -> tuple[str, int]:
    """Read `host:port`; without a port it is 25."""
    host, _, port = text.rpartition(":")
    if not host:
        return text, DEFAULT_PORT
    if not port.isdigit():
        raise ValueError(f"{text!r} is not host:port")
    return host.strip("[]"), int(port)


class Forwarder:
    """Keep a line of letters per account and hand them on in order."""

    def __init__(self) -> None:
        self._walks: dict[str, asyncio.Task[None]] = {}

    def is_busy(self, account: Account) -> bool:
        """Say whether letters of the account are under way."""
        return account.id in self._walks

    def collect(self, account: Account) -> None:
        """Start walking when there is something to hand on; return at once."""
        if account.letters_to_forward and account.id not in self._walks:
            walk = asyncio.get_running_loop().create_task(self._walk(account))
            self._walks[account.id] = walk

    async def _walk(self, account: Account) -> None:
        try:
            while account.letters_to_forward:
                letter = account.letters.get(account.letters_to_forward.popleft())
                if letter is not None and account.settings.forward_smtp:
                    await self._hand_on(account.settings.forward_smtp, letter)
        finally:
            del self._walks[account.id]

    async def _hand_on(self, server: str, letter: Letter) -> None:
        import aiosmtplib  # noqa: PLC0415 - only who forwards needs it

        try:
            host, port = read_server(server)
            await aiosmtplib.send(
                write_mime(letter),
                sender=letter.envelope_from,
                recipients=[letter.recipient],
                hostname=host,
                port=port,
                timeout=_SECONDS,
                start_tls=False,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            _LOG.warning("%s did not take a letter to %s: %s", server, letter.recipient, error)

    async def rest(self, account: Account, longest: float) -> None:
        """Wait until the account's letters were handed on, or the time is over."""
        walk = self._walks.get(account.id)
        if walk is not None:
            await asyncio.wait([walk], timeout=longest)

    async def close(self) -> None:
        """Let go of what is under way."""
        for walk in list(self._walks.values()):
            walk.cancel()
