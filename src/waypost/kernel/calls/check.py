"""Check an account's credentials by its integration's probes, as calls like any other."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from waypost.base.errors import (
    ProviderError,
    ProviderRefused,
    ReauthorizationNeeded,
    WaypostError,
)
from waypost.base.ids import new_id
from waypost.engine.answer import is_error, provider_error, read_body
from waypost.engine.manifest.integration import Integration, Probe
from waypost.engine.request import CallInput
from waypost.engine.transport import Deadlines
from waypost.kernel.accounts import AccountForCall
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.probes import (
    SECONDS_PER_PROBE,
    ProbeResult,
    Report,
    Verdict,
    decide,
    judge,
    run_probes,
)
from waypost.kernel.calls.turn import Turn

SURFACE = "link"
_SOON = Turn(wait=10.0)
"""Somebody looks on: a budget that is used up is told rather than waited for."""
_SIGN_IN = Probe(label="Signing in", resource="token", method="create", required=True)
"""Stands for obtaining a token, where the credentials have to be exchanged for one first."""


async def check_account(
    calls: Calls,
    account: AccountForCall,
    integration: Integration,
    report: Report | None = None,
) -> Verdict:
    """Return whether an account's credentials work; each probe's result is reported as it arrives.

    Raises only what neither the account nor its provider is to blame for. Changes no status.
    """
    try:
        bound = await calls.bind_account(account)
    except (ReauthorizationNeeded, ProviderError) as error:
        return decide([await _told(_sign_in(error), report)], integration.label)
    bound.budget.reopen()
    results = await run_probes(
        integration.probes,
        lambda probe: _ask(calls, bound, probe),
        report,
        secrets=_secrets(account),
    )
    return decide(results, integration.label)


def _secrets(account: AccountForCall) -> Sequence[str]:
    return [secret.reveal() for secret in account.credentials.values()]


def _sign_in(error: WaypostError) -> ProbeResult:
    if isinstance(error, ReauthorizationNeeded):
        error = ProviderRefused(error.message, status=401)
    return judge(_SIGN_IN, error)


async def _told(result: ProbeResult, report: Report | None) -> ProbeResult:
    if report is not None:
        await report(result)
    return result


async def _ask(calls: Calls, bound: Bound, probe: Probe) -> Any:
    """Make one probe's call once; return the parsed body, raise ProviderRefused for an error."""
    method = calls.method(bound, probe.resource, probe.method)
    plan = replace(
        calls.plan(bound, method, CallInput(query=probe.query)),
        deadlines=_shorter(calls.settings.deadlines),
        max_attempts=1,
    )
    scope = {"waypost.request_id": new_id(), "method": method.verb}
    trace = calls.begin(bound, SURFACE, scope)
    trace.record.resource, trace.record.method = probe.resource, probe.method
    status, failure = 0, None
    try:
        response = await calls.send(bound, plan, turn=_SOON, trace=trace)
        status = response.status
        if is_error(status):
            secrets = bound.account.credentials.values()
            raise provider_error(bound.integration, method, response, secrets=secrets)
        return read_body(method, response)
    except WaypostError as error:
        failure = error
        raise
    finally:
        trace.finish(
            status,
            error_code=failure.code if failure else None,
            message=failure.message if failure else None,
        )


def _shorter(deadlines: Deadlines) -> Deadlines:
    """Somebody is watching: no stage may take longer than the whole probe."""
    return Deadlines(
        connect=min(deadlines.connect, SECONDS_PER_PROBE),
        first_byte=min(deadlines.first_byte, SECONDS_PER_PROBE),
        idle=min(deadlines.idle, SECONDS_PER_PROBE),
        total=min(deadlines.total, SECONDS_PER_PROBE),
    )


__all__ = ["check_account"]
