import copy
import json
import pickle
from collections.abc import Callable

import pytest

from waypost.base.secret import Secret

PLANTED = "planted-value-73"


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{:>20}".format, lambda s: f"{s!r:>40}", lambda s: "%s" % s],  # noqa: UP031
)
def test_no_text_form_shows_it(show: Callable[[Secret], str]) -> None:
    assert PLANTED not in show(Secret(PLANTED))


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_it_cannot_leave_unnoticed(leave: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError):
        leave(Secret(PLANTED))


def test_it_is_no_key_and_has_no_dictionary() -> None:
    with pytest.raises(TypeError):
        hash(Secret(PLANTED))
    assert not hasattr(Secret(PLANTED), "__dict__")


def test_two_of_the_same_text_are_not_equal() -> None:
    """Comparing secrets is `ids.same`, in constant time."""
    assert Secret(PLANTED) != Secret(PLANTED)


def test_reveal_is_the_way_to_read_it() -> None:
    assert Secret(PLANTED).reveal() == PLANTED
