"""Where a run goes on: its stack of tasks, and what it knows of the lists it reads. Plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from waypost.base.errors import Unprocessable
from waypost.engine.json_text import encode_json
from waypost.features.syncs.runs.tasks import Task

MOST_BYTES = 16 * 1024 * 1024
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a whole list: since when, in how many pages, and whether some is missing."""

    began_at: float
    pages: int = 0
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`todo` ends with what is done next; `tries` counts failures of that. `failure` ends the run."""

    todo: tuple[Task, ...] = ()
    passes: Mapping[str, Pass] = field(default_factory=dict)
    errors: tuple[Mapping[str, Any], ...] = ()
    failure: Mapping[str, Any] | None = None
    tries: int = 0

    def done(self, tasks: Sequence[Task]) -> "Checkpoint":
        """Return it with the next task replaced by others, of which the first is done first."""
        return replace(self, todo=(*self.todo[:-1], *reversed(tasks)), tries=0)

    def read_page(self, node: str, began_at: float) -> "Checkpoint":
        """Return it after a page of a tracked list."""
        found = self.passes.get(node) or Pass(began_at)
        found = replace(found, pages=found.pages + 1)
        return replace(self, passes={**self.passes, node: found})

    def broken(self, node: str, began_at: float) -> "Checkpoint":
        """Return it with a list of which something is missing: no deletes are seen by it."""
        found = self.passes.get(node) or Pass(began_at)
        return replace(self, passes={**self.passes, node: replace(found, is_broken=True)})

    def with_error(self, error: Mapping[str, Any]) -> "Checkpoint":
        """Return it with one more error that is told at the end."""
        return replace(self, errors=(*self.errors, error)[:MOST_ERRORS])

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; raises Unprocessable when it would be too large to keep."""
        written = {
            "todo": [each.to_json() for each in self.todo],
            "passes": {
                name: [each.began_at, each.pages, each.is_broken]
                for name, each in self.passes.items()
            },
            "errors": [dict(each) for each in self.errors],
            "failure": None if self.failure is None else dict(self.failure),
            "tries": self.tries,
        }
        if len(encode_json(written)) > MOST_BYTES:
            raise Unprocessable(
                f"The run carries more than {MOST_BYTES} bytes from node to node: loop on fewer "
                "records, or leave fields out by a transform."
            )
        return written

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Checkpoint":
        """Read what `to_json` wrote; nothing of a run that has not begun."""
        if not given:
            return cls()
        return cls(
            tuple(Task.from_json(each) for each in given["todo"]),
            {name: Pass(*each) for name, each in given["passes"].items()},
            tuple(given["errors"]),
            given["failure"],
            given["tries"],
        )


__all__ = ["Checkpoint", "Pass"]
