"""One account's budget at the server: read, decided here by the engine, and written if unchanged."""

from collections.abc import Callable, Sequence
from weakref import WeakValueDictionary

import msgspec
from msgspec import structs

from waypost.adapters.valkey.fleet import Fleet
from waypost.adapters.valkey.line import LineBroken
from waypost.adapters.valkey.scripts import CHANGE
from waypost.base.clock import Clock
from waypost.base.tasks import BackgroundTasks
from waypost.engine.limits import (
    BudgetRule,
    BudgetState,
    Mark,
    Report,
    Taken,
    Wait,
    apart,
    brought,
    bury,
    exchange,
    reopened,
)

KEPT_MS = 26 * 3600 * 1000
TRIES = 50
PAUSED_SECONDS = 5.0
"""When to ask again while nobody gives places, should nobody say that it is over."""
Asked = tuple[Report, Callable[[Taken], None]]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(BudgetState).decode


class SharedLedger:
    """The budget of one account as this process sees it, wherever it is kept at the moment."""

    def __init__(
        self,
        account_id: str,
        rule: BudgetRule,
        *,
        fleet: Fleet,
        clock: Clock,
        tasks: BackgroundTasks,
    ) -> None:
        self.state = BudgetState()
        self.on_move: Callable[[], dict[str, int]] = dict
        self.on_idle: Callable[[], bool] = bool
        self.holds = False
        self._account_id = account_id
        self._rule = rule
        self._rule_apart = structs.replace(rule, sees_others=False)
        self._fleet = fleet
        self._clock = clock
        self._tasks = tasks
        self._version = 0
        self._epoch = ""
        self._asked: list[Asked] = []
        self._is_asking = False
        self._marks: dict[str, list[Mark]] = {}
        self._out: dict[str, int] = {}
        if fleet.mode == "alone":
            self.state = apart(self.state, {}, fleet.alone_at, rule, fleet.own_share)

    @property
    def is_here(self) -> bool:
        """Say whether an exchange replies before it returns: not while the budget is shared."""
        return self._fleet.mode != "shared"

    @property
    def share(self) -> float:
        """Return the part of the allowance that may be given."""
        return self._fleet.share if self._fleet.mode == "shared" else self._fleet.own_share

    def reopen(self) -> None:
        """Let calls through a door that the provider shut, unless others share it."""
        if self.is_here:
            self.state = reopened(self.state)

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        """Tell and ask; a reply always comes."""
        self._remember(report)
        if self._fleet.mode != "shared":
            self._exchange_here(report, reply)
            return
        self._asked.append((report, reply))
        if not self._is_asking:
            self._is_asking = True
            self._tasks.start(self._ask_on(), name="valkey_budget")

    def move(self) -> None:
        """Follow the fleet into another mode: what was taken in store is not used any more."""
        for name, count in self.on_move().items():
            self._out[name] = max(0, self._out.get(name, 0) - count)
        if self._fleet.mode == "alone":
            now = self._clock.now()
            history = self.history(now)
            self.state = apart(self.state, history, now, self._rule, self._fleet.own_share)

    def history(self, now: float) -> dict[str, tuple[tuple[Mark, ...], int]]:
        """Return what this process's calls left behind, as far as it still counts."""
        for name, marks in self._marks.items():
            self._marks[name] = [mark for mark in marks if mark[1] > now]
        names = {*self._marks, *self._out}
        return {name: (tuple(self._marks.get(name, ())), self._out.get(name, 0)) for name in names}

    async def bring(self) -> None:
        """Write this process's own history into the server's state; raises LineBroken."""
        history = self.history(self._clock.now())
        if not any(marks or held for marks, held in history.values()):
            return
        known = self.state

        def change(state: BudgetState) -> BudgetState:
            return brought(state, history, known, self._fleet.who, self._rule)

        await self._change(change)

    def _remember(self, report: Report) -> None:
        name = self._rule.allowed(report.rate_class).name
        ended = report.returned
        for mark in report.settled:
            self._marks.setdefault(name, []).append(mark)
            ended += mark[2]
        if len(self._marks.get(name, ())) > 1000:
            self.history(self._clock.now())
        if ended:
            self._out[name] = max(0, self._out.get(name, 0) - ended)

    def _took(self, report: Report, taken: Taken) -> None:
        self.holds = self.holds or taken.stored > 0
        count = sum(taken.given) + taken.stored
        if count:
            name = self._rule.allowed(report.rate_class).name
            self._out[name] = self._out.get(name, 0) + count

    def _exchange_here(self, report: Report, reply: Callable[[Taken], None]) -> None:
        now = self._clock.now()
        if self._fleet.mode == "alone":
            taken = exchange(self.state, report, now, self._rule_apart, share=self._fleet.own_share)
        else:
            wait = Wait(PAUSED_SECONDS, "rate") if report.need is not None else None
            told = structs.replace(report, need=None)
            taken = exchange(self.state, told, now, self._rule_apart)
            taken = structs.replace(taken, wait=wait)
        self.state = taken.state
        self._took(report, taken)
        reply(taken)

    async def _ask_on(self) -> None:
        """Carry to the server what was asked, all that came meanwhile at a time."""
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                try:
                    answers = await self._exchange_there([report for report, _ in asked])
                except LineBroken:
                    self._fleet.lost()
                    for report, reply in asked:
                        self._exchange_here(report, reply)
                    continue
                for (report, reply), taken in zip(asked, answers, strict=True):
                    self._took(report, taken)
                    reply(taken)
        finally:
            self._is_asking = False

    async def _exchange_there(self, reports: Sequence[Report]) -> list[Taken]:
        answers: list[Taken] = []
        fleet = self._fleet

        def change(state: BudgetState) -> BudgetState:
            answers.clear()
            now = self._clock.now()
            state = bury(state, fleet.living, now, self._rule)
            for report in reports:
                taken = exchange(state, report, now, self._rule, fleet.who, share=fleet.share)
                answers.append(taken)
                state = taken.state
            return state

        await self._change(change)
        return answers

    async def _change(self, change: Callable[[BudgetState], BudgetState]) -> None:
        """Change the server's state; decided again whenever another was quicker."""
        fleet = self._fleet
        epoch = fleet.epoch
        known, version = (self.state, self._version) if self._epoch == epoch else (BudgetState(), 0)
        for _ in range(TRIES):
            line = fleet.line
            if line is None or fleet.epoch != epoch:
                raise LineBroken
            changed = change(known)
            told = await line.ask(
                *("EVAL", CHANGE, 2, fleet.keys[0], fleet.key_of(self._account_id)),
                *(epoch, version, _encode(changed), KEPT_MS),
            )
            if told[0] < 0:
                raise LineBroken
            if len(told) == 1:
                self.state, self._version, self._epoch = changed, told[0], epoch
                return
            version = told[0]
            known = _decode(told[1]) if version else BudgetState()
        raise LineBroken


class SharedBudgets:
    """Open the ledgers of this process and keep them in step with its fleet."""

    def __init__(self, fleet: Fleet, clock: Clock, tasks: BackgroundTasks) -> None:
        self.fleet = fleet
        self._clock = clock
        self._tasks = tasks
        self._ledgers: WeakValueDictionary[str, SharedLedger] = WeakValueDictionary()
        fleet.on_change = self._move
        fleet.bring = self._bring
        fleet.on_beat = self._tidy

    def start(self) -> None:
        """Begin to give life signs."""
        self.fleet.start()

    async def stop(self) -> None:
        """Leave the fleet."""
        await self.fleet.stop()

    def open(self, account_id: str, rule: BudgetRule) -> SharedLedger:
        """Open the budget of an account."""
        ledger = SharedLedger(
            account_id, rule, fleet=self.fleet, clock=self._clock, tasks=self._tasks
        )
        self._ledgers[account_id] = ledger
        return ledger

    def _move(self) -> None:
        for ledger in list(self._ledgers.values()):
            ledger.move()

    def _tidy(self) -> None:
        for ledger in [each for each in self._ledgers.values() if each.holds]:
            ledger.holds = ledger.on_idle()

    async def _bring(self) -> None:
        for ledger in list(self._ledgers.values()):
            await ledger.bring()
