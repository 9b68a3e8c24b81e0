import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http import HttpProcessingError
from yarl import URL

from waypost.adapters.connections import AddressRefused
from waypost.adapters.http_client.failures import silent, timed_out, translate
from waypost.base.errors import AddressUnusable
from waypost.engine.transport import Deadlines

KEY = ConnectionKey("h.test", 443, True, True, None, None, None)
DEADLINES = Deadlines(connect=1, first_byte=2, idle=3, total=4)


@pytest.mark.parametrize(
    ("error", "said", "sent"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError()), "refused the connection", False),
        (aiohttp.ClientConnectorCertificateError(KEY, Exception()), "certificate", False),
        (aiohttp.ClientConnectorSSLError(KEY, OSError()), "secure connection", False),
        (aiohttp.ServerDisconnectedError(), "without answering", True),
        (aiohttp.ClientPayloadError(), "broke off", True),
        (HttpProcessingError(message="x"), "not valid HTTP", True),
        (aiohttp.InvalidURL(URL("http://secret@h.test")), "address is not valid", False),
        (aiohttp.ClientConnectionError("Bearer secret"), "connection to the provider failed", True),
        (ConnectionResetError("secret"), "connection to the provider failed", True),
        (Exception("secret"), "", True),
    ],
)
def test_every_error_of_the_driver_has_words_of_ours(error, said: str, sent: bool) -> None:
    found = translate(error)
    assert said in found.message
    assert found.details["sent"] is sent
    assert "secret" not in found.message


@pytest.mark.parametrize(
    ("cause", "said", "setting"),
    [
        (OSError("secret"), "h.test cannot be resolved", "WAYPOST_BASE_URLS"),
        (AddressRefused("h.test"), "h.test is on a private", "WAYPOST_ALLOW_ADDRESSES"),
    ],
)
def test_an_address_that_cannot_be_called_is_the_operators(cause, said: str, setting: str) -> None:
    found = translate(aiohttp.ClientConnectorDNSError(KEY, cause))
    assert isinstance(found, AddressUnusable)
    assert said in found.message
    assert setting in found.message
    assert found.details["sent"] is False
    assert "secret" not in found.message


@pytest.mark.parametrize(
    ("found", "deadline", "seconds"),
    [
        (timed_out(aiohttp.ConnectionTimeoutError(), DEADLINES, first_byte=True), "connect", 1),
        (timed_out(TimeoutError(), DEADLINES, first_byte=True), "first_byte", 2),
        (timed_out(TimeoutError(), DEADLINES, first_byte=False), "total", 4),
        (silent(DEADLINES, idle=True), "idle", 3),
        (silent(DEADLINES, idle=False), "total", 4),
    ],
)
def test_the_deadline_that_passed_is_named(found, deadline: str, seconds: float) -> None:
    assert (found.deadline, found.seconds) == (deadline, seconds)
    assert (
        found.message
        == f"The provider did not answer within its {deadline} deadline of {seconds} s."
    )
    assert (found.details.get("sent") is False) is (deadline == "connect")
