"""One try at linking: keep the credentials, check them, make the account active or say why not."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from waypost.base.connection import AsyncConnection
from waypost.base.errors import (
    AddressUnusable,
    Conflict,
    NotFound,
    OperatorError,
    WaypostError,
)
from waypost.base.log import get_logger
from waypost.base.secret import Secret
from waypost.features.link.choices import Offer
from waypost.features.link.model import LinkToken, Who
from waypost.features.link.outcome import Outcome, shown
from waypost.features.link.tokens import Attempt, LinkTokens
from waypost.kernel.accounts import AccountForCall
from waypost.kernel.calls.check import check_account
from waypost.kernel.calls.probes import ProbeResult, Verdict
from waypost.kernel.kernel import Kernel

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Hears each step of an attempt, as one line of the progress stream."""

_log = get_logger("waypost.link")
_WHO: dict[str | None, Who] = {
    "owner": "you",
    "provider": "provider",
    "author": "operator",
    "operator": "operator",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be linked: an offer, a way to authenticate, and the context it will have."""

    offer: Offer
    auth_format: str
    context: Mapping[str, Any]

    def __repr__(self) -> str:  # the context holds the credentials
        return f"Candidate({self.offer.name!r}, {self.auth_format!r})"

    def credentials(self) -> dict[str, Secret]:
        """Return the context's values as a call needs them."""
        oauth = self.context.get("oauth")
        token = oauth.get("token", {}) if isinstance(oauth, Mapping) else {}
        return {
            name: Secret(str(value))
            for name, value in {**self.context, **token}.items()
            if isinstance(value, str | int | float)
        }


class Linking:
    """Try candidates: a new account is kept whatever comes of it, an old one only changes for the better."""

    def __init__(self, kernel: Kernel, tokens: LinkTokens) -> None:
        self._kernel = kernel
        self._tokens = tokens

    async def link(self, token: LinkToken, candidate: Candidate, tell: Tell) -> Outcome:
        """Try to link; the link token is used up by success only.

        Raises Conflict while another window tries, Gone when it was used, NotFound when the
        account to link again is gone.
        """
        async with self._tokens.attempt(token) as attempt:
            if attempt.token.reconnects:
                return await self._link_again(attempt, candidate, tell)
            return await self._link_new(attempt, candidate, tell)

    async def _link_new(self, attempt: Attempt, candidate: Candidate, tell: Tell) -> Outcome:
        environment_id = attempt.token.environment_id
        account_id = await self._opened(attempt, candidate)
        await tell({"type": "created", "integrated_account_id": account_id, "status": "connecting"})
        account = await self._kernel.accounts.for_call(environment_id, account_id)
        verdict = await self._verdict(account, candidate, tell)
        async with self._kernel.database.write() as connection:
            if verdict.passed:
                await self._tokens.use(connection, attempt)
            await self._conclude(connection, environment_id, account_id, verdict)
        return _outcome(candidate, account_id, verdict)

    async def _link_again(self, attempt: Attempt, candidate: Candidate, tell: Tell) -> Outcome:
        """Check first and change after: a wrong key must not end an account that works."""
        token = attempt.token
        environment_id, account_id = token.environment_id, token.account_id or ""
        await tell({"type": "checking", "integrated_account_id": account_id})
        account = await self._kernel.accounts.for_call(environment_id, account_id)
        verdict = await self._verdict(_as_candidate(account, candidate), candidate, tell)
        if verdict.passed:
            async with self._kernel.database.write() as connection:
                await self._tokens.use(connection, attempt)
                await self._kernel.accounts.reconnect(
                    environment_id,
                    account_id,
                    context=candidate.context,
                    authentication_method=candidate.auth_format,
                    keep_context=token.order.persist_previous_context,
                    within=connection,
                )
                await self._conclude(connection, environment_id, account_id, verdict)
        return _outcome(candidate, account_id, verdict)

    async def _opened(self, attempt: Attempt, candidate: Candidate) -> str:
        """Return the id of the connecting account: the row of an earlier failure, or a new one."""
        token = attempt.token
        earlier = await self._earlier(token, candidate)
        async with self._kernel.database.write() as connection:
            if earlier is not None:
                await self._kernel.accounts.reconnect(
                    token.environment_id,
                    earlier,
                    context=candidate.context,
                    authentication_method=candidate.auth_format,
                    within=connection,
                )
                return earlier
            account = await self._kernel.accounts.create(
                token.environment_id,
                tenant_id=token.order.tenant_id or "",
                install_id=candidate.offer.install_id,
                authentication_method=candidate.auth_format,
                context=candidate.context,
                region=token.order.region,
                within=connection,
            )
            await self._tokens.remember_account(connection, attempt, account.id)
            return account.id

    async def _earlier(self, token: LinkToken, candidate: Candidate) -> str | None:
        if token.account_id is None:
            return None
        try:
            account = await self._kernel.accounts.get(token.environment_id, token.account_id)
        except NotFound:
            return None
        return account.id if account.install_id == candidate.offer.install_id else None

    async def _verdict(self, account: AccountForCall, candidate: Candidate, tell: Tell) -> Verdict:
        async def report(result: ProbeResult) -> None:
            await tell({"type": "probe", **shown(result.wire())})

        try:
            return await check_account(
                self._kernel.calls, account, candidate.offer.integration, report
            )
        except WaypostError as error:
            _log.error("link_check_failed", account=account.id, error=error.code)
            return fault(candidate.offer, error)

    async def _conclude(
        self, connection: AsyncConnection, environment_id: str, account_id: str, verdict: Verdict
    ) -> None:
        await self._kernel.accounts.conclude(
            environment_id,
            account_id,
            "validated" if verdict.passed else "validation_failed",
            error=None if verdict.passed else last_error(verdict),
            result=verdict.wire(),
            within=connection,
        )


def fault(offer: Offer, error: WaypostError) -> Verdict:
    """Say what stood in the way of checking; a host that was typed wrong is no fault of ours."""
    if isinstance(error, AddressUnusable) and "{{" in urlsplit(offer.integration.base_url).netloc:
        told = f"{offer.label} cannot be found at the address you entered."
        return Verdict((), told, "owner", "Look for a slip in it, then try again.")
    ours = isinstance(error, OperatorError)
    reason = f": {error.message}" if ours else "."
    return Verdict(
        (),
        f"{offer.label} could not be checked, because of a fault on this server.",
        "operator" if ours else "author",
        f"Nothing is wrong with what you entered. Whoever runs this server must act{reason}",
    )


def last_error(verdict: Verdict) -> dict[str, Any]:
    """Return a failed check as an account's `last_error`."""
    return {
        "message": verdict.error,
        "type": "validation_error",
        "who_must_act": verdict.blame,
        "advice": verdict.advice,
    }


def _outcome(candidate: Candidate, account_id: str, verdict: Verdict) -> Outcome:
    probes = tuple(shown(result.wire()) for result in verdict.results)
    if verdict.passed:
        return Outcome(candidate.offer.name, account_id, probes=probes)
    return Outcome(
        candidate.offer.name,
        account_id,
        error=verdict.error,
        error_type="validation_error",
        who=_WHO.get(verdict.blame, "you"),
        advice=verdict.advice,
        retry=True,
        probes=probes,
    )


def _as_candidate(account: AccountForCall, candidate: Candidate) -> AccountForCall:
    """Return the account as it would be; nothing its calls meet may be noted on the real one."""
    if account.account.install_id != candidate.offer.install_id:
        raise Conflict("The account to link again belongs to another integration.")
    pretended = replace(
        account.account,
        status="connecting",
        credential_version=-1,
        authentication_method=candidate.auth_format,
        credentials_expire_at=None,
        context={},
    )
    return replace(
        account,
        account=pretended,
        context=dict(candidate.context),
        credentials=candidate.credentials(),
    )
