"""How many connections there may be, and what is said where there is none."""

import resource

import pytest

from waypost.adapters.connections import (
    bad_address,
    no_place,
    refused,
    room_for_connections,
    unresolved,
)
from waypost.engine.transport import Deadlines


@pytest.mark.parametrize(
    ("files", "room"), [(256, 128), (1024, 512), (65536, 1000), (resource.RLIM_INFINITY, 1000)]
)
def test_callers_keep_half_of_the_open_files(
    monkeypatch: pytest.MonkeyPatch, files: int, room: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files, files))
    assert room_for_connections() == room


def test_a_place_that_cannot_be_called_sent_nothing() -> None:
    assert bad_address().details == {"sent": False}
    assert refused("h.test").details == {"sent": False}
    assert unresolved("h.test").details == {"sent": False, "resolved": False}
    for failure in (refused("h.test"), unresolved("h.test")):
        assert "h.test" in failure.message
    assert no_place(7, Deadlines()).details["sent"] is False
    assert "all its 7 connections" in no_place(7, Deadlines()).message
