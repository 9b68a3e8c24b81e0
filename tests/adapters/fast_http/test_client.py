"""What the engine's door on the pool of our own has beside tests/engine/test_transport_door.py."""

import resource

import pytest

from waypost.adapters.fast_http.client import room_for_connections


@pytest.mark.parametrize(
    ("files", "room"), [(256, 128), (1024, 512), (65536, 1000), (resource.RLIM_INFINITY, 1000)]
)
def test_callers_keep_half_of_the_open_files(
    monkeypatch: pytest.MonkeyPatch, files: int, room: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files, files))
    assert room_for_connections() == room
