"""Our words for what a driver says, and nothing of the driver's."""

import socket
import ssl

import pytest

from waypost.adapters.connections import AddressRefused
from waypost.adapters.fast_http import failures
from waypost.engine.transport import Deadlines

SECRET = "planted-5e17c0de"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AddressRefused(SECRET), "private or reserved network"),
        (ssl.SSLCertVerificationError(SECRET), "certificate is not valid"),
        (ssl.SSLError(SECRET), "No secure connection"),
        (socket.gaierror(SECRET), "cannot be resolved here"),
        (UnicodeError(SECRET), "cannot be resolved here"),
        (ConnectionRefusedError(SECRET), "refused the connection"),
        (ValueError(SECRET), "refused the connection"),
    ],
)
def test_a_connection_that_was_not_made_sent_nothing(error: Exception, said: str) -> None:
    failure = failures.not_connected(error, "a.test")
    assert said in failure.message
    is_nameless = isinstance(error, socket.gaierror | UnicodeError)
    assert failure.details == {"sent": False, **({"resolved": False} if is_nameless else {})}
    assert SECRET not in failure.message


def test_what_may_have_been_sent_says_so() -> None:
    for failure in (failures.dropped(), failures.broken_off(), failures.no_http()):
        assert failure.details["sent"] is True


@pytest.mark.parametrize("which", ["connect", "first_byte", "idle", "total"])
def test_a_deadline_is_named(which: str) -> None:
    failure = failures.late(Deadlines(1, 2, 3, 4), which)
    assert failure.deadline == which
    assert (
        failure.details["seconds"] == {"connect": 1, "first_byte": 2, "idle": 3, "total": 4}[which]
    )
    assert (failure.details.get("sent") is False) == (which == "connect")
