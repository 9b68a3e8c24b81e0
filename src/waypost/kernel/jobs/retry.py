"""When a failed job is tried again, decided from the attempt's number alone."""

from dataclasses import dataclass

PUT_OFF_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wait `first` seconds after the first failure and `factor` times longer after each other.

    `most` bounds one wait; after `attempts` failures the job is given up.
    """

    attempts: int = 10
    first: float = 2.0
    factor: float = 3.0
    most: float = 6 * 3600.0

    def wait(self, attempt: int, jitter: float) -> float | None:
        """Return the seconds to wait after failure number `attempt`, or None to give up.

        `jitter` is a number from 0 to 1; the wait lies between 75 and 125 percent of the plan.
        """
        if attempt >= self.attempts:
            return None
        planned: float = min(self.first * self.factor ** (attempt - 1), self.most)
        return planned * (0.75 + jitter / 2)


def put_off(told: float, times: int, jitter: float) -> float:
    """Return the seconds until a job is begun anew that may not call now, `told` to wait so long.

    That is no failure, so there is no end to it. After some `times` it comes up to ten minutes apart:
    the jobs of thousands of accounts may wait for one provider. `jitter` is a number from 0 to 1.
    """
    return max(told, min(2.0 ** min(times, 30), PUT_OFF_SECONDS)) * (1.0 + jitter / 4)


__all__ = ["Backoff", "put_off"]
