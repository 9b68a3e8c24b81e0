"""The kinds of work."""

import pytest

from waypost.kernel.jobs import Handler, Handlers


async def nothing(_payload: object) -> None:
    """Do nothing."""


def test_a_kind_of_work_has_one_handler() -> None:
    handlers = Handlers()
    handlers.add([Handler("note", nothing)])
    with pytest.raises(ValueError, match="two handlers for note"):
        handlers.add([Handler("note", nothing)])
    assert list(handlers) == ["note"]
    assert len(handlers) == 1
