"""What is known about one account's budget, and the rule it is held against.

Everything is frozen: a decision returns the next state, so a state may be kept anywhere and shared.
`msgspec.json` encodes and decodes `BudgetState` as it stands.
"""

from math import floor

from msgspec import Struct, structs

from waypost.engine.manifest.limits import LimitHeaders, RateLimit

DAY = 86_400.0
MARKS = 128
"""How many marks a window keeps; a limit above it is counted in grains of this part of a window."""

Mark = tuple[float, float, int]
"""Calls counted together: when the first was made, when the last leaves the window, how many."""


class Window(Struct, frozen=True, gc=False):
    """The calls of one class that may still count at the provider; marks are sorted by their end.

    `limit` is what the provider's headers said, None until they do. `refusals` counts refusals in
    a row that came without a time to wait.
    """

    marks: tuple[Mark, ...] = ()
    used: int = 0
    limit: int | None = None
    closed_until: float = 0.0
    refusals: int = 0


class QuotaLeft(Struct, frozen=True, gc=False):
    """The long allowance: `remaining` None when unknown or `unlimited`; `pending` calls in flight."""

    remaining: int | None = None
    unlimited: bool = False
    resets_at: float = 0.0
    pending: int = 0
    asked_at: float = 0.0


class BudgetState(Struct, frozen=True):
    """One account's budget; the empty state is a fresh account."""

    windows: dict[str, Window] = {}
    quota: QuotaLeft = QuotaLeft()
    closed_until: float = 0.0
    refusals: int = 0


class Allowed(Struct, frozen=True, gc=False):
    """A class's rule: `limit` calls per `span` seconds, counted in steps of `grain` seconds."""

    name: str
    limit: int | None
    span: float
    grain: float


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

    def allowed(self, rate_class: str | None) -> Allowed:
        """Return the class's rule; an unknown or absent class is the default one."""
        return self.classes.get(rate_class or "", self.default)


EMPTY_WINDOW = Window()


def prepare(rate_limit: RateLimit | None, plan: str | None = None) -> BudgetRule:
    """Lay out a manifest's limits, with the numbers of `plan` where it is known.

    Without limits everything may go, and only the provider's own refusals close the way.
    """
    if rate_limit is None:
        default = Allowed("general", None, 60.0, 0.0)
        return BudgetRule(
            {"general": default}, default, LimitHeaders(), frozenset({429}), frozenset()
        )
    classes = {
        name: _allowed(name, one.by_plan.get(plan or "", one.limit), one.window_seconds)
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
    )


def _allowed(name: str, limit: int, seconds: int) -> Allowed:
    # The provider counts arrivals, we count departures: a hundredth more covers the difference.
    span = seconds + min(0.5, seconds / 100)
    return Allowed(name, limit, span, span / MARKS if limit > MARKS else 0.0)


def pruned(window: Window, now: float) -> Window:
    """Drop what has left the window."""
    marks = window.marks
    if not marks or marks[0][1] > now:
        return window
    gone = 0
    used = window.used
    for mark in marks:
        if mark[1] > now:
            break
        gone += 1
        used -= mark[2]
    return structs.replace(window, marks=marks[gone:], used=used)


def quota_at(quota: QuotaLeft, now: float, rule: BudgetRule) -> QuotaLeft:
    """Return the quota as of `now`: whole again after its reset, known by plan until headers tell."""
    if now < quota.resets_at:
        return quota
    return QuotaLeft(
        remaining=None if quota.unlimited else rule.quota_limit,
        unlimited=quota.unlimited,
        resets_at=next_midnight(now),
        pending=quota.pending,
        asked_at=quota.asked_at,
    )


def next_midnight(now: float) -> float:
    """Return the next midnight in UTC; Unix time counts every day as 86,400 seconds."""
    return (floor(now / DAY) + 1) * DAY
