"""What is known about one account's budget, and the rule it is held against.

Everything is frozen: a decision returns the next state, so a state may be kept anywhere and shared.
`msgspec.json` encodes and decodes `BudgetState` as it stands.
"""

from math import floor

from msgspec import Struct, structs

from waypost.engine.limits.lanes import Lane, Waiting, lane_named
from waypost.engine.limits.marks import MARKS, Mark, kept
from waypost.engine.limits.others import Curve
from waypost.engine.manifest.limits import Allowance, LimitHeaders, RateLimit

DAY = 86_400.0
SEVERAL = 3
"""A host is taken to be down when so many accounts' calls failed with none served between: one
account's may fail for what it sends, and two that belong to one customer for what both send."""


class Queue(Struct, frozen=True, gc=False):
    """What waits at one holder, by lane, as it said at `at`."""

    at: float
    waiting: Waiting


class Window(Struct, frozen=True, gc=False):
    """The calls of one class that may still count at the provider; marks are sorted by their end.

    A call counts from the moment its place is given (`held`, by holder) until a whole window after
    its end was reported: the provider counted it somewhere between. `others` are calls that did
    not come through us, `theirs` is how many, `curve` how they come. `limit` is what the
    provider's headers said, None until they do. `refusals` counts refusals in a row that came
    without a time to wait. `even` is when the next call is due if all are spread evenly.

    The provider's headers last told of this class at `told_at`. Until `blamed_until` calls of
    others whose class is not told are taken to be of this one.
    """

    marks: tuple[Mark, ...] = ()
    used: int = 0
    limit: int | None = None
    closed_until: float = 0.0
    refusals: int = 0
    held: dict[str, int] = {}
    even: float = 0.0
    others: tuple[Mark, ...] = ()
    theirs: int = 0
    queues: dict[str, Queue] = {}
    curve: Curve = Curve()
    told_at: float = 0.0
    blamed_until: float = 0.0


class QuotaLeft(Struct, frozen=True, gc=False):
    """The long allowance: `remaining` None when unknown or `unlimited`.

    `base` less what we gave is what would be left were we alone; what is below it was used by
    others. `lowest` is the lowest figure seen, `seen_at` when the last one was.
    """

    remaining: int | None = None
    unlimited: bool = False
    resets_at: float = 0.0
    base: int | None = None
    lowest: int | None = None
    seen_at: float = 0.0


class Closure(Struct, frozen=True, gc=False):
    """A door that the provider shut: until when, how often in a row, and who tries it next.

    After `until` one call goes first (`probe_until` is when it is given up); the others follow
    when it was served. `why` is maintenance or down. While it is open (`until` 0), `failures`
    counts the calls in a row that the provider failed, and `failing` names accounts they were of,
    where it matters.
    """

    until: float = 0.0
    refusals: int = 0
    probe_until: float = 0.0
    failures: int = 0
    why: str = "maintenance"
    failing: tuple[str, ...] = ()


class BudgetState(Struct, frozen=True):
    """One account's budget; the empty state is a fresh account.

    `given` counts the places ever given and not returned.
    """

    windows: dict[str, Window] = {}
    quota: QuotaLeft = QuotaLeft()
    closure: Closure = Closure()
    given: int = 0


class Allowed(Struct, frozen=True, gc=False):
    """A class's rule: `limit` calls per `span` seconds, counted in steps of `grain` seconds."""

    name: str
    limit: int | None
    span: float
    grain: float
    lane: Lane = Lane.TRANSACTIONAL


class BudgetRule(Struct, frozen=True):
    """A manifest's limits for one plan, laid out for speed."""

    classes: dict[str, Allowed]
    default: Allowed
    headers: LimitHeaders
    limited: frozenset[int]
    maintenance: frozenset[int]
    has_quota: bool = False
    quota_limit: int | None = None
    quota_remaining_header: str | None = None
    quota_reset_header: str | None = None
    quota_unlimited: int | None = None
    suspects: frozenset[str] = frozenset()
    """The classes in which calls of others are expected when the quota falls: empty for every one."""
    sees_others: bool = True
    """Whether a quota that falls more than by our calls tells of others: not for a part of us."""
    several: int = 1
    """Calls of how many accounts must have failed before the door is shut."""

    def allowed(self, rate_class: str | None) -> Allowed:
        """Return the class's rule; an unknown or absent class is the default one."""
        return self.classes.get(rate_class or "", self.default)


EMPTY_WINDOW = Window()


def prepare(rate_limit: RateLimit | None, plan: str | None = None) -> BudgetRule:
    """Lay out a manifest's limits, with the numbers of `plan` where it is known.

    Without limits everything may go, and only the provider's own refusals close the way.
    """
    if rate_limit is None:
        default = Allowed("general", None, 60.0, 60.0 / MARKS)
        return BudgetRule(
            {"general": default}, default, LimitHeaders(), frozenset({429}), frozenset()
        )
    classes = {
        name: _allowed(name, one, one.by_plan.get(plan or "", one.limit))
        for name, one in rate_limit.classes.items()
    }
    quota = rate_limit.quota
    return BudgetRule(
        classes=classes,
        default=classes.get(rate_limit.default_class) or next(iter(classes.values())),
        headers=rate_limit.headers,
        limited=frozenset(rate_limit.limited_statuses),
        maintenance=frozenset(rate_limit.maintenance_statuses),
        has_quota=quota is not None,
        quota_limit=quota.by_plan.get(plan or "", quota.limit) if quota else None,
        quota_remaining_header=quota.remaining_header if quota else None,
        quota_reset_header=quota.reset_header if quota else None,
        quota_unlimited=quota.unlimited_value if quota else None,
        suspects=frozenset(quota.used_elsewhere) if quota else frozenset(),
    )


def prepare_host() -> BudgetRule:
    """Lay out the rule for a host that several accounts call: no limit, and a door of its own.

    What a provider says of one account (429, 421) is no matter of its host.
    """
    return structs.replace(
        prepare(None), limited=frozenset(), maintenance=frozenset(), several=SEVERAL
    )


def _allowed(name: str, one: Allowance, limit: int) -> Allowed:
    # Their clock and ours differ a little: a hundredth more covers it.
    span = one.window_seconds + min(0.5, one.window_seconds / 100)
    lane = lane_named(one.lane)
    return Allowed(name, limit, span, span / MARKS, lane or Lane.TRANSACTIONAL)


def pruned(window: Window, now: float) -> Window:
    """Drop what has left the window."""
    marks, others = window.marks, window.others
    if (not marks or marks[0][1] > now) and (not others or others[0][1] > now):
        return window
    marks, used = kept(marks, window.used, now)
    others, theirs = kept(others, window.theirs, now)
    return structs.replace(window, marks=marks, used=used, others=others, theirs=theirs)


def held_in(window: Window) -> int:
    """Return how many places are given and not yet settled."""
    return sum(window.held.values())


def held_in_all(state: BudgetState) -> int:
    """Return the same over all classes."""
    return sum(held_in(window) for window in state.windows.values())


def quota_at(quota: QuotaLeft, now: float, rule: BudgetRule) -> QuotaLeft:
    """Return the quota as of `now`: whole again after its reset, known by plan until headers tell."""
    if now < quota.resets_at:
        return quota
    return QuotaLeft(
        remaining=None if quota.unlimited else rule.quota_limit,
        unlimited=quota.unlimited,
        resets_at=next_midnight(now),
        seen_at=quota.seen_at,
    )


def next_midnight(now: float) -> float:
    """Return the next midnight in UTC; Unix time counts every day as 86,400 seconds."""
    return (floor(now / DAY) + 1) * DAY


def reopened(state: BudgetState) -> BudgetState:
    """Return a budget whose door is open again, whatever the provider last said of maintenance."""
    return structs.replace(state, closure=Closure())
