"""Who waits for a place of one account's budget, as all processes know it."""

from collections import Counter
from collections.abc import Mapping

import msgspec
import redis
from redis.exceptions import RedisError

from waypost.engine.limits import BudgetState, Lane

FRESH_SECONDS = 3.0
"""A process says anew who waits there before so much (turned) time has passed."""
_decode = msgspec.json.Decoder(BudgetState).decode

Queued = Mapping[tuple[str, Lane], int]
"""How many calls of a class and a lane."""


class BudgetQueues:
    """Read what the processes told the server that they share."""

    def __init__(self, url: str, account_id: str) -> None:
        self._server = redis.Redis.from_url(url)
        self._account_id = account_id

    def close(self) -> None:
        """Leave the server."""
        self._server.close()

    def are(self, expected: Queued, now: float) -> bool:
        """Say whether exactly these wait, and every process said so lately.

        A server that is away knows of nobody, and nobody is to wait for it.
        """
        try:
            state = self._state()
        except (RedisError, OSError):
            return True
        queued: Counter[tuple[str, Lane]] = Counter()
        for rate_class, window in state.windows.items():
            for queue in window.queues.values():
                if now - queue.at > FRESH_SECONDS:
                    return False
                for lane, count in zip(Lane, queue.waiting, strict=True):
                    queued[rate_class, lane] += count
        return +queued == +Counter(expected)

    def _state(self) -> BudgetState:
        for key in self._server.scan_iter(f"*:budget:*:{self._account_id}"):
            kept = self._server.hget(key, "s")
            if isinstance(kept, bytes):
                return _decode(kept)
        return BudgetState()
