"""When a failed job is tried again, decided from the attempt's number alone."""

from dataclasses import dataclass


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


__all__ = ["Backoff"]
