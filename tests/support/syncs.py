"""Sync jobs as their owner sees them, worked off here step by step instead of by a worker."""

from typing import Any

from tests.support.world import AcmeWorld, Environment, World

from waypost.base.listing import Listing
from waypost.features.syncs.definitions.templates import DIRECTORY
from waypost.features.syncs.working import handlers

Json = dict[str, Any]


class Syncs:
    """Make jobs, order runs, do their steps."""

    def __init__(self, world: World | AcmeWorld, stretch: float = 0.0) -> None:
        self.world = world
        self.environment: Environment = world.environment
        self.served = world.environment.served
        self.handlers = {each.kind: each for each in handlers(self.served.kernel, stretch=stretch)}
        self.done: set[str] = set()
        self.waiting()  # what other tests left behind is theirs
        self.done = {each.id for each in self._listed()}

    def job(self, *nodes: Json, **more: Any) -> str:
        """Make a job of nodes; without any, of a template: that of directories unless named."""
        if nodes:
            return self.environment.made("/sync-job", resources=list(nodes), **more)
        template = {"sync_job_template_id": DIRECTORY.id}
        return self.environment.made("/sync-job", **{**template, **more})

    def order(self, job: str, **more: Any) -> Json:
        """Order a run, and do nothing of it."""
        body = {"sync_job_id": job, "integrated_account_id": self.world.account, **more}
        answer = self.environment.post("/sync-job-run", json=body)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    def run(self, job: str, **more: Any) -> Json:
        """Order a run and see it to where nothing is left to do now."""
        run = self.order(job, **more)
        self.work()
        return self.seen(run["id"])

    def seen(self, run_id: str) -> Json:
        """Return a run as it is."""
        found: Json = self.environment.get(f"/sync-job-run/{run_id}").json()
        return found

    def work(self, most: int = 500) -> int:
        """Do what is due now, and what that leads to; return how many jobs that were."""
        for count in range(most):
            due = self.waiting()
            if not due:
                return count
            self.do(due[0])
        return most

    def do(self, job: Any) -> None:
        """Do one job."""
        self.done.add(job.id)
        self.served.run(self._done(job))

    async def _done(self, job: Any) -> None:
        await self.handlers[job.kind].work(job.payload)

    def waiting(self) -> list[Any]:
        """Return the jobs of syncs that are due."""
        now = self.served.kernel.clock.now()
        return [
            each
            for each in self._listed()
            if each.id not in self.done and (each.at is None or each.at <= now)
        ]

    def later(self) -> list[Any]:
        """Return the jobs of syncs that wait for their time."""
        return [each for each in self._listed() if each.id not in self.done and each.at is not None]

    def _listed(self) -> list[Any]:
        jobs = self.served.run(self.served.kernel.jobs.list())
        return [each for each in jobs if each.kind in self.handlers]

    def events(self, *types: str) -> list[tuple[str, Json]]:
        """Return what was told, oldest first, of these types (all of syncs unless named)."""
        listing = Listing(limit=5000)
        page = self.served.run(self.served.kernel.events.list(self.environment.id, listing))
        chosen = [e for e in page.items if e.type.startswith(("sync_job_run:", "record:"))]
        return [(e.type, dict(e.payload)) for e in chosen if not types or e.type in types]

    def changes(self, since: int = 0) -> list[tuple[str, str, str]]:
        """Return (kind, resource, id) of the records' events, from one on."""
        told = [each for each in self.events() if each[0].startswith("record:")]
        return [(name, each["resource"], each["id"]) for name, each in told[since:]]

    def records(self, **query: str) -> list[Json]:
        """Return the kept records."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        found: list[Json] = self.environment.get(f"/sync-record?{text}").json()["result"]
        return found


def request(name: str, resource: str, **more: Any) -> Json:
    """Return a node that lists a resource."""
    return {"name": name, "type": "request", "resource": resource, "method": "list", **more}


def keep(*names: str, **more: Any) -> Json:
    """Return a destination that keeps the records of nodes."""
    return {
        "name": "kept",
        "type": "destination",
        "destination_type": "datastore",
        "config": {"id": "records"},
        "resources_to_persist": list(names),
        **more,
    }


def tell(*names: str, **more: Any) -> Json:
    """Return a destination that tells webhooks of the records of nodes."""
    return {
        "name": "told",
        "type": "destination",
        "destination_type": "webhook",
        "resources_to_persist": list(names),
        **more,
    }
