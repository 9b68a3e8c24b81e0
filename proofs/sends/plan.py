"""The whole proof in units that stand alone, and the record of those that have run."""

import hashlib
import json
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs.sends.faults import FAULTS
from proofs.sends.kills import Trial, trials
from proofs.sends.verdict import Verdict

PARTS = ("kills", "forks", "faults")
KILLS_TOGETHER = 12
FORKS_TOGETHER = 400
"""How many over one database."""
AFRESH_EVERY = 4
"""Of so many units of kills one begins with a server started by its command."""
_SECONDS = {"kills": 3.0, "forks": 0.12, "faults": 2.0}
"""About how long one takes; the estimate of what is left begins with these."""
_LETTERS_OF_A_FAULT = 24
_SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True)
class Unit:
    """What runs over one database of its own; the same every time but for the machine's timing."""

    name: str
    part: str
    seed: int = 0
    forks: int = 0
    trials: Sequence[Trial] = ()
    afresh: bool = False
    faults: Sequence[str] = ()

    @property
    def size(self) -> int:
        """How many kills it makes, or letters it sends."""
        return self.forks or len(self.trials) or _LETTERS_OF_A_FAULT * len(self.faults)

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return self.size * _SECONDS[self.part]


@dataclass
class Result:
    """How a unit went; `killed` and `missed` by point and surface."""

    name: str
    part: str
    seconds: float
    verdict: Verdict | None = None
    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    survived: int = 0
    twins: int = 0
    trouble: str | None = None

    @property
    def holds(self) -> bool:
        """Say whether it ran to its end, killed wherever it meant to, and nothing was wrong."""
        ended = self.verdict is not None and self.verdict.holds
        return ended and not self.missed and self.trouble is None

    def to_line(self) -> str:
        """Write it as one line."""
        said: dict[str, Any] = {**vars(self), "verdict": self.verdict and self.verdict.to_json()}
        for name in ("killed", "missed"):
            said[name] = [[*place, count] for place, count in sorted(said[name].items())]
        return json.dumps(said)

    @classmethod
    def from_line(cls, line: str) -> "Result":
        """Read what `to_line` wrote."""
        said = json.loads(line)
        for name in ("killed", "missed"):
            said[name] = Counter({(point, where): n for point, where, n in said[name]})
        verdict = said.pop("verdict")
        return cls(**said, verdict=Verdict(**verdict) if verdict else None)


def plan(given: Namespace) -> list[Unit]:
    """Return the units of the chosen parts."""
    found: list[Unit] = []
    for part in given.parts or PARTS:
        found += _PLANS[part](given)
    return found


def _kills(given: Namespace) -> Iterator[Unit]:
    chosen = trials(given.rounds, given.seed)
    for number in range(0, len(chosen), KILLS_TOGETHER):
        some = chosen[number : number + KILLS_TOGETHER]
        is_afresh = number % (AFRESH_EVERY * KILLS_TOGETHER) == 0
        yield Unit(f"kills {number}", "kills", trials=some, afresh=is_afresh)


def _forks(given: Namespace) -> Iterator[Unit]:
    for number in range(0, given.forks, FORKS_TOGETHER):
        count = min(FORKS_TOGETHER, given.forks - number)
        yield Unit(f"forks {number}", "forks", seed=given.seed + number, forks=count)


def _faults(_: Namespace) -> Iterator[Unit]:
    for fault in FAULTS:
        yield Unit(f"faults {fault}", "faults", faults=(fault,))


_PLANS = {"kills": _kills, "forks": _forks, "faults": _faults}


class Record:
    """A file of results, one a line, of one plan and one state of the source."""

    def __init__(self, path: Path, given: Namespace) -> None:
        self.results: dict[str, Result] = {}
        self._path = path
        self._head = json.dumps([given.seed, given.rounds, given.forks, _source_digest()])
        lines = path.read_text().splitlines() if path.exists() else []
        if lines and lines[0] == self._head:
            found = [Result.from_line(line) for line in lines[1:]]
            self.results = {each.name: each for each in found}
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{self._head}\n")

    def add(self, result: Result) -> None:
        """Keep a result. One that failed stands until the record is removed."""
        self.results[result.name] = result
        with self._path.open("a") as file:
            file.write(f"{result.to_line()}\n")


def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.rglob("*")):
        if path.suffix in (".py", ".yaml", ".json"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
