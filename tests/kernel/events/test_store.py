"""The table of events."""

from waypost.kernel.events.store import Event, event


def test_an_event_is_what_its_table_keeps() -> None:
    assert list(event.c.keys()) == ["position", *Event.__slots__, "about"]
