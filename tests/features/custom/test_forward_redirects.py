"""Redirects over real sockets: followed by the mapped surfaces, reported by the passthrough."""

from collections.abc import Iterator

import pytest
from tests.support.raw_provider import RawProvider, answering, raw_provider
from tests.support.world import ACME_KEY, AcmeWorld

SURFACES = (
    "/custom/people/1",
    "/proxy/people/1",
    "/unified/user-directory/users/1",
    "/unified/user-directory/users/1?truto_response_format=raw",
    "/unified/user-directory/users/1?truto_response_format=stream",
)
ADA = {"data": {"id": 1, "name": "Ada"}}


@pytest.fixture
def elsewhere() -> Iterator[RawProvider]:
    """Give another host: a redirect may lead there, credentials may not."""
    with raw_provider() as running:
        running.behave(answering(200, ADA))
        yield running


def redirecting(acme: AcmeWorld, location: str, status: int = 302) -> None:
    acme.provider.route("GET", "/v1/people/1", status, b"moved", Location=location)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_is_followed_on_its_host(acme: AcmeWorld, surface: str, status: int) -> None:
    redirecting(acme, "/v1/moved", status)
    acme.provider.route("GET", "/v1/moved", 200, ADA)
    answer = acme.get(surface)
    assert answer.status_code == 200, answer.text
    assert "Ada" in answer.text
    assert acme.provider.last.target == "/v1/moved"
    assert acme.provider.last.header("authorization") == f"Bearer {ACME_KEY}"
    assert acme.busy == 0


@pytest.mark.parametrize("surface", SURFACES)
def test_no_credential_follows_to_another_host(
    acme: AcmeWorld, elsewhere: RawProvider, surface: str
) -> None:
    redirecting(acme, f"{elsewhere.url}/x?signature=s")
    answer = acme.get(surface)
    assert answer.status_code == 200, answer.text
    assert "Ada" in answer.text
    assert elsewhere.last.target == "/v1/x?signature=s"
    assert ACME_KEY not in elsewhere.last.head.decode()
    assert elsewhere.last.header("x-declared") is None


@pytest.mark.parametrize("surface", SURFACES)
def test_another_hosts_refusal_is_not_the_accounts(
    acme: AcmeWorld, elsewhere: RawProvider, surface: str
) -> None:
    elsewhere.behave(answering(401, {"message": "who are you?"}))
    redirecting(acme, f"{elsewhere.url}/x")
    assert acme.get(surface).status_code == 401
    assert acme.environment.account(acme.account)["status"] == "active"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    "location", ["http://10.1.2.3/x", "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/"]
)
def test_a_private_address_is_refused(acme: AcmeWorld, surface: str, location: str) -> None:
    redirecting(acme, location)
    answer = acme.get(surface, headers={"prefer": "wait=0"})
    assert answer.status_code == 502, answer.text
    assert "private or reserved network" in answer.json()["message"]
    assert acme.busy == 0


@pytest.mark.parametrize("surface", SURFACES)
def test_a_circle_ends(acme: AcmeWorld, surface: str) -> None:
    redirecting(acme, "/v1/moved")
    acme.provider.route("GET", "/v1/moved", 302, b"", Location="/v1/people/1")
    answer = acme.get(surface)
    assert answer.status_code == 502, answer.text
    assert answer.json()["message"] == "The provider redirects in a circle."
    assert len(acme.provider.received) <= 3
    assert acme.busy == 0


@pytest.mark.parametrize("surface", SURFACES)
def test_an_endless_way_ends(acme: AcmeWorld, surface: str) -> None:
    acme.provider.behave(
        lambda exchange: exchange.answer(302, b"", {"Location": exchange.target + "x"})
    )
    answer = acme.get(surface)
    assert answer.status_code == 502, answer.text
    assert answer.json()["message"] == "The provider redirected more than 5 times."
    assert len(acme.provider.received) == 6
    assert acme.busy == 0


def test_a_redirect_that_is_not_followed_is_reported(acme: AcmeWorld) -> None:
    redirecting(acme, "ftp://files.test/x")
    answer = acme.get("/custom/people/1")
    assert answer.status_code == 502, "a 3xx of ours would send the caller there"
    assert answer.json()["truto_is_remote_error"] is True
    assert "302" in answer.json()["message"] or answer.json()["message"] == "moved"
    acme.provider.behave(answering(307, b"", Location="/v1/moved"))
    answer = acme.post("/custom/people", json={"a": 1})
    assert answer.status_code == 502
    assert acme.provider.last.target == "/v1/people", "a write is never sent on"


def test_the_passthrough_reports_every_redirect(acme: AcmeWorld, elsewhere: RawProvider) -> None:
    redirecting(acme, f"{elsewhere.url}/x")
    answer = acme.passthrough("GET", "/people/1")
    assert (answer.status, answer.body) == (302, b"moved")
    assert answer.header("location") == f"{elsewhere.url}/x"
    assert not elsewhere.received
