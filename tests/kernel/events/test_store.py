"""The table of events."""

from typing import Any

import pytest

from waypost.kernel.events.store import Event, event, message_of


def test_an_event_is_what_its_table_keeps() -> None:
    assert list(event.c.keys()) == ["position", *Event.__slots__, "about"]


@pytest.mark.parametrize("named", [None, 7, {"id": "m"}, ["m"], "m" * 201, "m\0"])
def test_what_is_no_id_is_about_no_message(named: Any) -> None:
    assert message_of({"message_id": named}) is None


def test_a_message_is_named_by_its_id() -> None:
    assert (message_of({"message_id": "m1"}), message_of({})) == ("m1", None)
