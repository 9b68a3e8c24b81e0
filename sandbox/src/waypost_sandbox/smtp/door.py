"""The SMTP conversation: who may send, to whom, and the answer to a mail."""

from __future__ import annotations

import hmac
import logging
import ssl
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from waypost_sandbox import __version__
from waypost_sandbox.mail_reading import UnreadableMail
from waypost_sandbox.smtp.relay import (
    UNREADABLE,
    find_inbound_accounts,
    queued,
    relay,
    take_in,
)
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json
from waypost_sandbox.world.universe import Universe

_LOG = logging.getLogger("waypost_sandbox")

# 25 MB of attachments in base64, two bodies of 2 MB, and headers.
MOST_BYTES = 40 * 1024 * 1024
IDLE_SECONDS = 60
NEEDS_AUTH = "530 5.7.0 Authentication required"
# GUESS: only that there is such a limit is public.
TOO_MANY = "421 4.7.0 Too many messages in this connection, open another"
# The library tells of its own deprecations there.
logging.getLogger("mail.log").setLevel(logging.ERROR)
BROKEN = "451 4.3.0 The sandbox broke on this message; please report it"


@dataclass(slots=True)
class SignedIn:
    """Whose SMTP user signed in, and how many mails the connection has brought since."""

    account: Account
    user: Json
    taken: int = 0


class Door:
    """Answer SMTP commands for one universe, as aiosmtpd calls its handler."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Let an SMTP user in by name and password."""
        del server, session, envelope, mechanism
        if isinstance(data, LoginPassword):
            found = self._find_user(data.login, data.password)
            if found is not None:
                return AuthResult(success=True, auth_data=found)
        # Not handled: the library answers 535; a handled refusal would leave clients waiting.
        return AuthResult(success=False, handled=False)

    def _find_user(self, login: bytes, password: bytes) -> SignedIn | None:
        name = login.decode("utf-8", "replace").lower()
        found = None
        for account in self.universe.accounts.values():
            for user in account.rows("smtp_users").values():
                is_named = str(user.get("username") or "").lower() == name
                secret = str(user.get("password") or "").encode()
                is_right = hmac.compare_digest(secret, password)
                if is_named and is_right and secret and user.get("enabled") is not False:
                    found = SignedIn(account, user)
        return found

    async def handle_MAIL(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Begin a mail, unless the connection has brought as many as it may."""
        del server
        signed_in: object = session.auth_data
        if isinstance(signed_in, SignedIn):
            most = signed_in.account.settings.smtp_connection_limit
            if most is not None and signed_in.taken >= most:
                return TOO_MANY
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take a recipient: anyone from who signed in, else inbound addresses only."""
        del server
        signed_in = isinstance(session.auth_data, SignedIn)
        if not signed_in and not find_inbound_accounts(self.universe, address):
            return NEEDS_AUTH
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the whole mail."""
        del server
        try:
            return self._take(session, envelope)
        except UnreadableMail:
            return UNREADABLE
        except Exception:  # ours to repair: say so, and stay up
            _LOG.exception("a mail over SMTP broke the sandbox; please report it")
            return BROKEN

    def _take(self, session: Session, envelope: Envelope) -> str:
        self.universe.changes += 1
        content = envelope.original_content
        raw = content if isinstance(content, bytes) else b""
        sender = envelope.mail_from or ""
        inbound = [each for each in envelope.rcpt_tos if find_inbound_accounts(self.universe, each)]
        outbound = [each for each in envelope.rcpt_tos if each not in inbound]
        signed_in: object = session.auth_data
        if outbound and isinstance(signed_in, SignedIn):
            host = str(session.peer[0]) if session.peer else "127.0.0.1"
            signed_in.taken += 1
            answer = relay(signed_in.account, host, outbound, raw)
            if not answer.startswith("250"):
                return answer
            signed_in.user["accessed_at"] = write_time(signed_in.account.now())
            take_in(self.universe, sender, inbound, raw)
            return answer
        taken = take_in(self.universe, sender, inbound, raw)
        return queued(taken) if taken else NEEDS_AUTH

    async def handle_exception(self, error: Exception) -> str:
        """Answer for what the library stumbled over."""
        _LOG.debug("SMTP: %r", error)
        return "500 5.5.2 Error: command not understood"


class _Conversation(SMTP):
    """The library's protocol, patient with the long lines that real mail has."""

    line_length_limit = 100_000


def make_conversation(door: Door, tls: ssl.SSLContext, host: str) -> SMTP:
    """Make the protocol of one connection."""
    options: dict[str, Any] = {
        "data_size_limit": MOST_BYTES,
        "enable_SMTPUTF8": True,
        "hostname": host,
        "ident": f"waypost-sandbox {__version__} (not MailerSend)",
        "tls_context": tls,
        "authenticator": door.authenticate,
        # Local clients are often set up without TLS; the real one insists on it.
        "auth_require_tls": False,
        "auth_exclude_mechanism": ("CRAM-MD5",),
        "timeout": IDLE_SECONDS,
    }
    return _Conversation(door, **options)
