"""One exchange of a holder with the budget: what ended, what was learnt, what is needed now."""

from msgspec import Struct

from waypost.engine.limits.budget import BudgetRule, BudgetState
from waypost.engine.limits.marks import Mark
from waypost.engine.limits.observe import observe, settle
from waypost.engine.limits.pace import Need, Taken, give_back, take
from waypost.engine.transport import Headers


class News(Struct, frozen=True, gc=False):
    """An answer worth reading; of the places held then, `unsent` were not under way.

    `who` is whose call it was, where calls of several accounts are told of together.
    """

    status: int
    headers: Headers
    at: float
    unsent: int = 0
    who: str = ""


class Report(Struct, frozen=True):
    """What a holder has to say about one class since it last spoke, and what it needs.

    `settled` are the calls that ended, `returned` places that nobody wants any more.
    """

    rate_class: str | None
    settled: tuple[Mark, ...] = ()
    news: tuple[News, ...] = ()
    returned: int = 0
    need: Need | None = None


def exchange(
    state: BudgetState,
    report: Report,
    now: float,
    rule: BudgetRule,
    holder: str = "",
    *,
    share: float = 1.0,
) -> Taken:
    """Return the state after a report, with the places given for what it needs."""
    name = report.rate_class
    if report.settled:
        state = settle(state, name, report.settled, rule, holder)
    for news in report.news:
        told = (news.headers, news.status, news.at)
        state = observe(state, name, *told, rule, unsent=news.unsent, who=news.who)
    if report.returned:
        state = give_back(state, name, report.returned, rule, holder)
    if report.need is None:
        return Taken(state)
    return take(state, name, now, rule, report.need, holder, share=share)
