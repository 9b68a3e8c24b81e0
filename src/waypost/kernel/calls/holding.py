"""What this process holds of one class of endpoints: places, waiting calls, untold news."""

from math import inf

from waypost.engine.limits import Allowed, BudgetState, Mark, Need, News, Report, Standing, Taken
from waypost.kernel.calls.queue import LaneQueue, Waiter


class Holding:
    """One class of one account's budget, as far as it is here.

    `store` places may be used without asking, `returned` ones are to be told of, and of `returning`
    ones the budget is being told. Places were asked for those who are `asked`, and not yet for those
    who are `unasked`. At `retry_at` places are asked for again, at `soonest` the first whom a reply
    left waiting has waited long enough.
    """

    __slots__ = (
        "again",
        "asked",
        "busy",
        "grain",
        "lane",
        "latest",
        "name",
        "news",
        "queue",
        "retry_at",
        "returned",
        "returning",
        "settled",
        "soonest",
        "span",
        "spoke_at",
        "standing",
        "standing_at",
        "standing_back",
        "standing_of",
        "store",
        "stored_before",
        "unasked",
        "why",
    )

    def __init__(self, allowed: Allowed) -> None:
        self.name = allowed.name
        self.span = allowed.span
        self.grain = allowed.grain
        self.lane = allowed.lane
        self.queue = LaneQueue()
        self.store = 0
        self.stored_before = 0
        self.returned = 0
        self.returning = 0
        self.unasked: list[Waiter] = []
        self.asked: list[Waiter] = []
        self.settled: list[Mark] = []
        self.latest: News | None = None
        self.news: list[News] = []
        self.spoke_at = 0.0
        self.retry_at = inf
        self.soonest = inf
        self.why = "rate"
        self.busy = False
        self.again = False
        self.standing: Standing | None = None
        self.standing_of: BudgetState | None = None
        self.standing_back = 0
        self.standing_at = 0.0

    def report(self, need: Need | None, *, returning: bool) -> Report:
        """Return what is to be told, and forget it; `returning` what is in store, too."""
        if returning:
            self.returned, self.store = self.returned + self.store, 0
        news = (*self.news, self.latest) if self.latest is not None else tuple(self.news)
        said = Report(self.name, tuple(self.settled), news, self.returned, need)
        self.settled, self.latest, self.news, self.returned = [], None, [], 0
        self.returning = said.returned
        return said

    def heard(self, taken: Taken) -> None:
        """Take note of the reply to a report."""
        self.returning = 0
        self.store += taken.stored
