"""Random histories of a provider, with steps cut off, doubled and refused at random: nothing is lost,
nothing is told twice, and what is kept is what the provider has.
"""

import asyncio
import random
from typing import Any

import pytest
from tests.features.syncs.runs.test_runner import behave, paged, turn
from tests.support.raw_provider import Behaviour, Exchange
from tests.support.syncs import Syncs, keep, request, tell

ROUNDS = 4
PEOPLE = request("people", "people", delete_tracking="soft")


def changed(people: list[dict[str, Any]], dice: random.Random, count: list[int]) -> None:
    """Let some come, go, change their names and their places."""
    for _ in range(dice.randrange(1, 5)):
        count[0] += 1
        people.append({"id": count[0], "name": f"N{count[0]}"})
    for _ in range(dice.randrange(3)):
        if people:
            people.pop(dice.randrange(len(people)))
    for person in dice.sample(people, min(len(people), 2)):
        person["name"] = dice.choice("abc")
    dice.shuffle(people)


def troubled(people: list[dict[str, Any]], dice: random.Random) -> Behaviour:
    """Answer pages of people, and now and then none."""
    sound = paged(people, size=3)

    def behaviour(exchange: Exchange) -> None:
        trouble = dice.random()
        if trouble < 0.1:
            exchange.answer(503, {"message": "later"})
        elif trouble < 0.2:
            exchange.answer(429, {"message": "slower"}, {"Retry-After": "300"})
        else:
            sound(exchange)

    return behaviour


async def cut_off(work: Any, turns: int) -> None:
    """Run work for so many turns of the loop, then take it away, as a kill does."""
    task = asyncio.ensure_future(work)
    for _ in range(turns):
        if task.done():
            break
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def work_off(bare: Syncs, dice: random.Random, minute: int) -> int:
    """Do everything that is due or will be, badly; return the minute it is then."""
    for _ in range(400):
        due = bare.waiting()
        if not due:
            if not bare.later():
                return minute
            minute += 1
            turn(bare, f"2026-11-22T{10 + minute // 60:02}:{minute % 60:02}:00+00:00")
            continue
        job = dice.choice(due)
        if dice.random() < 0.4:
            work = bare.handlers[job.kind].work(job.payload)
            bare.served.run(cut_off(work, dice.randrange(600)))
            continue  # it is taken over: the job is there still
        bare.do(job)
        if dice.random() < 0.3:
            bare.do(job)
    raise AssertionError("it does not end")


@pytest.mark.parametrize(("seed", "stretch"), [(0, 0.0), (1, 0.01), (2, 60.0)])
def test_a_random_history(bare: Syncs, seed: int, stretch: float) -> None:
    bare = Syncs(bare.world, stretch)
    dice = random.Random(seed)
    people: list[dict[str, Any]] = []
    count, minute = [0], 0
    turn(bare, "2026-11-22T10:00:00+00:00")
    job = bare.job(PEOPLE, keep("people"), tell("people", only_changes=True))
    kept: dict[str, str] = {}
    for _ in range(ROUNDS):
        changed(people, dice, count)
        behave(bare, troubled(people, dice))
        before = len(bare.changes())
        run = bare.order(job)
        minute = work_off(bare, dice, minute) + 1
        turn(bare, f"2026-11-22T{10 + minute // 60:02}:{minute % 60:02}:00+00:00")
        assert bare.seen(run["id"])["status"] == "completed", bare.seen(run["id"])
        truth = {str(each["id"]): each["name"] for each in people}
        wanted = [
            *(("record:created", "people", each) for each in truth.keys() - kept.keys()),
            *(("record:deleted", "people", each) for each in kept.keys() - truth.keys()),
            *(
                ("record:updated", "people", each)
                for each in truth.keys() & kept.keys()
                if truth[each] != kept[each]
            ),
        ]
        assert sorted(bare.changes(before)) == sorted(wanted)
        told = [each for _, each in bare.events("sync_job_run:record")]
        mine = [r for each in told if each["sync_job_run_id"] == run["id"] for r in each["records"]]
        assert sorted(str(each["id"]) for each in mine) == sorted(each for _, _, each in wanted)
        held = bare.records(is_deleted="false")
        kept = {each["record_id"]: each["record"]["name"] for each in held}
        assert kept == truth
