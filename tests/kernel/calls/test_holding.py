"""What is told of a class is told once."""

from waypost.engine.limits import BudgetState, Need, News, Taken, prepare
from waypost.kernel.calls.holding import Holding


def test_a_report_says_what_is_new_once_and_gives_back_what_is_in_store_when_asked_to() -> None:
    mine = Holding(prepare(None).default)
    mine.store, mine.returned = 4, 1
    mine.settled.append((1.0, 61.0, 2))
    mine.news.append(News(503, (), 1.0))
    mine.latest = News(200, (), 2.0)
    need = Need((1, 0, 0, 0))
    said = mine.report(need, returning=False)
    assert (said.rate_class, said.settled, said.returned) == ("general", ((1.0, 61.0, 2),), 1)
    assert [each.status for each in said.news] == [503, 200], "in their order"
    assert said.need is need
    assert mine.returning == 1, "until the reply"
    mine.heard(Taken(BudgetState(), stored=4))
    assert (mine.returning, mine.store) == (0, 8)
    again = mine.report(None, returning=True)
    assert (again.settled, again.news, again.returned, again.need) == ((), (), 8, None)
    assert mine.store == 0
