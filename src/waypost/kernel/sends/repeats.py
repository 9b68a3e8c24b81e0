"""Idempotency-Key: a repeated call gets the first one's answer, and never happens twice."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from waypost.base.asgi import Answer, HeaderPairs, PlainRequest, json_answer
from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import (
    AnswerNotKept,
    InvalidRequest,
    KeyInUse,
    KeyReused,
    OutcomeUnknown,
    SendAmbiguous,
    WaypostError,
)
from waypost.base.ids import new_id
from waypost.base.log import get_logger
from waypost.base.secret import Secret
from waypost.kernel.sends.guard import HeldKey
from waypost.kernel.sends.ledger import Ledger
from waypost.kernel.sends.outbox import Outbox
from waypost.kernel.sends.outcome import CUT_OFF, Outcome, outcome_of_answer
from waypost.kernel.sends.store import Claim, Keep, Key, Known, Line, find_key
from waypost.kernel.vault import Vault

MOST_KEY = 255
REPLAYED = (b"idempotent-replayed", b"true")
SAFE_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_KEPT = frozenset({b"set-cookie"})
_ENVIRONMENTS = "kept-answers"
"""Owns the data key of answers that belong to no account."""
_log = get_logger("waypost.sends")

Serve = Callable[[HeldKey], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A keyed request: where its key counts, what exactly was asked, and whether twice is as once."""

    key: Key
    digest: str
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """The first answer is given again."""

    known: Known


@dataclass(frozen=True, slots=True)
class Proceed:
    """The call is made; what was known of the key, if anything, is forgotten first."""

    forget: Known | None = None


def key_of(request: PlainRequest) -> str | None:
    """Return the Idempotency-Key of a request that changes something. Raises InvalidRequest."""
    if request.method in SAFE_VERBS:
        return None
    key = request.header(b"idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key.strip()) <= MOST_KEY:
        raise InvalidRequest(f"Idempotency-Key is a text of 1 to {MOST_KEY} characters.")
    return key.strip()


def body_hash(body: bytes) -> bytes:
    """Return what tells a request's body from another's."""
    return hashlib.sha256(body).digest()


def digest_of(request: PlainRequest, hashed_body: bytes) -> str:
    """Return what tells one request from another: verb, target with query, type and body."""
    kind = request.header(b"content-type") or ""
    asked = (request.method, request.raw_path, request.query_string, kind)
    head = "\0".join(asked).encode("utf-8", "replace") + b"\0"
    return hashlib.sha256(head + hashed_body).hexdigest()


def judge(known: Known | None, asked: Asked, now: float) -> Replay | Proceed:
    """Decide what a keyed request gets; raises what its caller must know."""
    if known is None:
        return Proceed()
    is_unsettled = known.status is None and known.state in ("pending", "ambiguous")
    if known.expires_at <= now and not is_unsettled:
        return Proceed(forget=known)
    if known.request_digest != asked.digest:
        raise KeyReused
    if known.status is not None:
        if known.answer is None and known.size:
            raise AnswerNotKept(details={"status": known.status, "bytes": known.size})
        return Replay(known)
    return _unanswered(known, asked, now)


def _unanswered(known: Known, asked: Asked, now: float) -> Replay | Proceed:
    """Decide where the first answer is not there: not yet, or never."""
    details = {"send_id": known.send_id} if known.send_id else {}
    if known.state in ("accepted", "suppressed"):
        return Replay(known)
    if known.state == "rejected":
        return Proceed(forget=known)
    wait = max(1.0, (known.look_at or now) - now)
    if known.state == "ambiguous" and known.look_at is None:
        raise OutcomeUnknown(known.note, details=details)
    if known.state == "ambiguous":
        raise SendAmbiguous(retry_after=wait, details=details)
    if known.held_until > now:
        raise KeyInUse(details=details)
    if known.state == "pending":
        raise SendAmbiguous(retry_after=wait, details=details)
    if asked.is_repeatable:
        return Proceed(forget=known)
    raise OutcomeUnknown


class Repeats:
    """Serve keyed requests once."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        outbox: Outbox,
        vault: Vault,
        *,
        clock: Clock,
        problem: Callable[[WaypostError], Answer],
        keep_seconds: float,
        most_kept: int,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._outbox = outbox
        self._vault = vault
        self._clock = clock
        self._problem = problem
        self._keep_seconds = keep_seconds
        self._most_kept = most_kept

    async def once(self, asked: Asked, serve: Serve) -> Answer:
        """Return the first call's answer, making the call if this is the first.

        Raises KeyReused, KeyInUse, SendAmbiguous, OutcomeUnknown, AnswerNotKept, and whatever the
        first call raises.
        """
        now = self._clock.now()
        async with self._database.read() as connection:
            known = await find_key(connection, asked.key)
        verdict = judge(known, asked, now)
        if isinstance(verdict, Replay):
            return await self._replayed(asked.key, verdict.known)
        if verdict.forget is not None:
            await self._ledger.write(Line(release=_claim(asked, verdict.forget)))
        held = HeldKey(Claim(new_id(), asked.key, asked.digest, now, now + self._keep_seconds))
        try:
            answer = await serve(held)
        except WaypostError as error:
            await self._end(held, asked, self._problem(error))
            raise
        except BaseException:
            self._ledger.write_later(self._cut_off(held, asked))
            raise
        finally:
            self._outbox.let_go(held)
        await self._end(held, asked, answer)
        return answer

    async def once_here(self, asked: Asked, serve: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the same for a request that this server answers by itself.

        Its key is written down before it is served: one that was cut off is not done again.
        """

        async def claimed(held: HeldKey) -> Answer:
            await self._vault.take_in_hand(asked.key.environment_id, _owner(asked.key))
            await self._outbox.claim(held)
            held.outcomes.append(Outcome("ambiguous", CUT_OFF))
            answer = await serve()
            held.outcomes[:] = [outcome_of_answer(None, answer.status, ())]
            return answer

        return await self.once(asked, claimed)

    async def _end(self, held: HeldKey, asked: Asked, answer: Answer) -> None:
        """Keep the answer, or set the key free; durable before the caller has the answer."""
        if not held.is_claimed:
            return
        line = Line(settlements=tuple(held.settlements))
        if held.had_no_effect or (held.is_unclear and asked.is_repeatable):
            line.release = held.claim
        elif not (held.is_unclear and held.send_id is not None):
            line.keep = self._keep(held.claim, answer)
        try:
            await self._ledger.write(line)
        except WaypostError as error:
            # The provider has acted: its answer is true, whatever becomes of our copy.
            _log.error("answer_not_kept", error=error.code)
            self._ledger.write_later(line)

    def _cut_off(self, held: HeldKey, asked: Asked) -> Line:
        """Set the key free where a second try does no harm; else it is known to be unknown."""
        is_free = held.is_claimed and (held.had_no_effect or asked.is_repeatable)
        return Line(settlements=tuple(held.settlements), release=held.claim if is_free else None)

    def _keep(self, claim: Claim, answer: Answer) -> Keep:
        key = claim.key
        if answer.stream is not None or len(answer.body) > self._most_kept:
            return Keep(claim, answer.status, None, len(answer.body) or self._most_kept + 1)
        sealed = self._vault.seal_at_hand(
            key.environment_id, _owner(key), _field(claim.id), Secret(_written(answer))
        )
        return Keep(claim, answer.status, sealed, len(answer.body))

    async def _replayed(self, key: Key, known: Known) -> Answer:
        if known.status is None or known.answer is None:
            return _told(known)
        opened = await self._vault.open(
            key.environment_id, _owner(key), _field(known.claim_id), known.answer
        )
        return _read(opened.reveal())


def _claim(asked: Asked, known: Known) -> Claim:
    return Claim(
        known.claim_id, asked.key, known.request_digest, known.created_at, known.expires_at
    )


def _owner(key: Key) -> str:
    """Return under whose data key an answer is sealed: its account's, or its environment's own."""
    return key.account_id or _ENVIRONMENTS


def _field(claim_id: str) -> str:
    return f"answer:{claim_id}"


def _written(answer: Answer) -> str:
    headers = [
        [name.decode("latin-1"), value.decode("latin-1")]
        for name, value in answer.headers
        if name not in _NOT_KEPT
    ]
    body = base64.b64encode(answer.body).decode()
    return json.dumps([answer.status, headers, body], separators=(",", ":"))


def _read(text: str) -> Answer:
    status, pairs, body = json.loads(text)
    headers: HeaderPairs = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs
    ]
    return Answer(status, [*headers, REPLAYED], base64.b64decode(body))


def _told(known: Known) -> Answer:
    """Tell the end of a send whose own answer was lost."""
    body = {
        "send": {
            "id": known.send_id,
            "state": known.state,
            "reason": known.reason,
            "message_id": known.message_id,
        },
        "message": "The provider has this message; its own answer was lost on the way.",
    }
    return json_answer(200, body, [(b"waypost-origin", b"platform"), REPLAYED])
