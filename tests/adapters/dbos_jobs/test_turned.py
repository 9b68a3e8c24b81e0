"""Which jobs a turned clock wakes."""

from dataclasses import dataclass, field
from typing import Any

from waypost.adapters.dbos_jobs.turned import wake_due


@dataclass
class Waiting:
    workflow_id: str
    attributes: dict[str, Any] | None


@dataclass
class Client:
    """As much of DBOS's client as waking asks for."""

    waiting: list[Waiting]
    woken: list[str] = field(default_factory=list)

    def list_workflows(self, **_asked: Any) -> list[Waiting]:
        return self.waiting

    def set_workflow_delay(self, workflow_id: str, *, delay_until_epoch_ms: int) -> None:
        assert delay_until_epoch_ms == 0
        self.woken.append(workflow_id)


def test_what_is_due_is_woken_and_the_rest_waits() -> None:
    client = Client(
        [Waiting("due", {"at": 10.0}), Waiting("later", {"at": 10.1}), Waiting("other", None)]
    )
    assert wake_due(client, 10.0) == 1
    assert client.woken == ["due"]
