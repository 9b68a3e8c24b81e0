"""What is sent in which order, and what is noted alike."""

from waypost.features.webhooks.deliveries.round import Ending, alike, chains_of
from waypost.features.webhooks.deliveries.store import Attempt, WebhookDelivery


def waiting(name: str, order: str | None = None) -> WebhookDelivery:
    return WebhookDelivery(name, "env", "w", f"e{name}", "t", order, "waiting", 0, 1.0, 1.0, 1.0)


def test_what_has_an_order_is_one_chain() -> None:
    a, b, c, late, free = (
        waiting("a", "m"),
        waiting("b", "m"),
        waiting("c", "n"),
        waiting("late", "m"),
        waiting("free"),
    )
    places = {"ea": 0, "elate": 1, "ec": 2, "eb": 3, "efree": 4}
    found = chains_of([b, free, c, a], [a, b, c, late], places)
    assert found == [[free], [a, late, b], [c]]


def test_what_has_lost_its_event_comes_first_and_ends() -> None:
    old, new = waiting("old", "m"), waiting("new", "m")
    assert chains_of([old, new], [new, old], {"enew": 0}) == [[old, new]]


def test_what_ended_alike_is_noted_together() -> None:
    a, b, c, late = (waiting(each) for each in ("a", "b", "c", "late"))
    endings = [
        Ending(a, "delivered", Attempt("env", "a", 1, 5.0, 20, 200, None, "ok")),
        Ending(b, "waiting", Attempt("env", "b", 1, 5.0, 20, 500, None, ""), 60.0),
        Ending(c, "delivered", Attempt("env", "c", 1, 5.0, 20, 204, None, "")),
        Ending(late, "waiting", next_at=60.0),
    ]
    assert alike(endings) == [
        ({"state": "delivered", "attempts": 1, "next_at": None}, ["a", "c"]),
        ({"state": "waiting", "attempts": 1, "next_at": 60.0}, ["b"]),
        ({"state": "waiting", "attempts": 0, "next_at": 60.0}, ["late"]),
    ]
