"""Which calls must not be doubled, and what the outbox and the kept answers are told of them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from waypost.base.asgi import Answer, PlainRequest
from waypost.base.ids import token_hash
from waypost.engine.manifest.integration import Method
from waypost.engine.match import Match
from waypost.kernel.accounts import AccountForCall
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.sends.guard import Guard, GuardedCall, HeldKey
from waypost.kernel.sends.repeats import SAFE_VERBS, Asked, Repeats, digest_of, key_of
from waypost.kernel.sends.store import Key

T = TypeVar("T")


def is_guarded(verb: str, method: Method | None, trace: CallTrace) -> bool:
    """Say whether a call is written down before it leaves: it sends, or its caller gave a key."""
    if method is not None and method.sends is not None:
        return True
    return trace.held is not None and verb not in SAFE_VERBS


def guarded_call(
    account: AccountForCall, method: Method | None, match: Match | None, trace: CallTrace
) -> GuardedCall:
    """Return what the outbox is told of a call."""
    return GuardedCall(
        environment_id=account.environment_id,
        account_id=account.id,
        integration=account.integration,
        surface=trace.record.surface,
        resource=match.resource if match else None,
        name=match.name if match else None,
        method=method,
        held=trace.held,
    )


async def ended(guard: Guard, trace: CallTrace, work: Awaitable[T]) -> T:
    """Wait for a guarded call; however it ends, that is written down and noted in the trace."""
    try:
        return await work
    finally:
        trace.guarded(guard)


def asked_of(
    request: PlainRequest,
    account: AccountForCall,
    trace: CallTrace,
    hashed_body: bytes,
    *,
    is_repeatable: bool,
) -> Asked:
    """Return what a request with an Idempotency-Key asks."""
    key = key_of(request) or ""
    place = Key(account.environment_id, account.id, trace.record.surface, token_hash(key))
    return Asked(place, digest_of(request, hashed_body), is_repeatable)


async def once(
    repeats: Repeats, asked: Asked, trace: CallTrace, serve: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Serve the first request with a key, or give its answer again; the trace says which."""

    async def serve_held(held: HeldKey) -> Answer:
        trace.held = held
        return await serve()

    answer = await repeats.once(asked, serve_held)
    if trace.held is None:
        trace.note("replayed")
        trace.finish(answer.status, bytes_out=len(answer.body))
    return answer
