"""Who may do what only the operator may."""

import pytest

from waypost.base.errors import Forbidden
from waypost.kernel.environments.caller import Caller, require_operator


@pytest.mark.parametrize("kind", ["api_token", "account_token"])
def test_others_are_refused(kind: str) -> None:
    with pytest.raises(Forbidden):
        require_operator(Caller(kind, "environment"))  # type: ignore[arg-type]


def test_the_operator_is_not() -> None:
    require_operator(Caller("operator"))
