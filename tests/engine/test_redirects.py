"""Where a redirect leads, and what of the request goes along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import ProviderGarbled
from waypost.engine.redirects import MOST_HOPS, Trail, leads_on
from waypost.engine.transport import OutgoingRequest

BASE = "https://api.acme.example/v1/things"
SECRET = "Bearer planted-77aa"
HEADERS = (
    ("accept", "application/json"),
    ("authorization", SECRET),
    ("x-api-key", SECRET),
    ("cookie", SECRET),
    ("user-agent", "waypost"),
)


def begun(verb: str = "GET", url: str = BASE) -> Trail:
    return Trail(OutgoingRequest(verb, url, HEADERS))


def to(location: str) -> tuple[tuple[str, str], ...]:
    return (("location", location),)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/v2/things?a=b", "https://api.acme.example/v2/things?a=b"),
        ("other", "https://api.acme.example/v1/other"),
        ("?page=2", BASE + "?page=2"),
        ("https://API.acme.example:443/v1/x", "https://API.acme.example:443/v1/x"),
        ("/a%2Fb%20c", "https://api.acme.example/a%2Fb%20c"),
        ("/a b", "https://api.acme.example/a%20b"),
        ("/caf\xc3\xa9", "https://api.acme.example/caf%C3%A9"),
        ("/x#part", "https://api.acme.example/x"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_on_the_same_host_the_request_goes_as_it_is(location: str, url: str, status: int) -> None:
    trail = begun()
    assert trail.goes_on(status, to(location))
    assert (trail.request.method, trail.request.url) == ("GET", url)
    assert trail.request.headers == HEADERS
    assert not trail.is_elsewhere


@pytest.mark.parametrize(
    "location",
    [
        "https://files.acme.example/x",
        "//files.acme.example/x",
        "https://api.acme.example:8443/v1/x",
        "https://api.acme.example.evil.test/v1/x",
        "https://127.0.0.1/x",
    ],
)
def test_to_another_host_no_credential_goes_along(location: str) -> None:
    trail = begun("HEAD")
    assert trail.goes_on(302, to(location))
    assert trail.is_elsewhere
    assert trail.request.method == "HEAD"
    assert trail.request.headers == (("accept", "application/json"), ("user-agent", "waypost"))


def test_what_was_left_behind_does_not_come_back() -> None:
    trail = begun()
    assert trail.goes_on(302, to("https://files.acme.example/x"))
    assert trail.goes_on(302, to("https://api.acme.example/v1/back"))
    assert trail.is_elsewhere
    assert SECRET not in str(trail.request.headers)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://api.acme.example/v1/x",
        "http://files.acme.example/x",
        "ftp://files.acme.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:pass@api.acme.example/x",
        "https://user@files.acme.example/x",
        "https://api.acme.example:99999/x",
        "https://[::1/x",
        "/a\r\nx: y",
        "\\\\files.acme.example\\x",
        "https:\\files.acme.example/x",
    ],
)
def test_what_is_not_followed_is_the_answer(location: str) -> None:
    trail = begun()
    assert not trail.goes_on(302, to(location))
    assert trail.request.url == BASE


@pytest.mark.parametrize("status", [200, 204, 300, 304, 305, 306, 400, 404, 500])
def test_other_statuses_are_answers(status: int) -> None:
    assert not begun().goes_on(status, to("/elsewhere"))


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_may_change_something_is_not_sent_on(verb: str, status: int) -> None:
    assert not begun(verb).goes_on(status, to("/elsewhere"))


@given(status=st.integers(200, 599))
def test_what_does_not_lead_on_needs_no_trail(status: int) -> None:
    trail = Trail(OutgoingRequest("GET", "https://api.acme.test/v1/things"))
    assert trail.goes_on(status, (("location", "/v1/others"),)) is leads_on(status)


def test_no_location_no_hop() -> None:
    assert not begun().goes_on(302, (("x-other", "1"),))


@pytest.mark.parametrize("there", [BASE, "things", BASE + "#again", ""])
def test_a_circle_is_garbled(there: str) -> None:
    trail = begun()
    assert trail.goes_on(302, to("/other"))
    if there:
        with pytest.raises(ProviderGarbled, match="circle"):
            trail.goes_on(302, to("https://api.acme.example/v1/things" if there != BASE else there))
    with pytest.raises(ProviderGarbled, match="circle"):
        trail.goes_on(302, to("/other"))


def test_hops_are_counted() -> None:
    trail = begun()
    for hop in range(MOST_HOPS):
        assert trail.hops == hop
        assert trail.goes_on(302, to(f"/{hop}"))
    with pytest.raises(ProviderGarbled, match="more than 5 times"):
        trail.goes_on(302, to("/one-more"))


@given(st.lists(st.text(max_size=40), max_size=12))
def test_whatever_is_said_no_credential_leaves_the_host(locations: list[str]) -> None:
    trail = begun()
    for location in locations:
        try:
            goes_on = trail.goes_on(302, to(location.encode().decode("latin-1")))
        except ProviderGarbled:
            return
        url = trail.request.url
        assert url.isascii()
        assert url.startswith("https://")
        at_home = url.partition("://")[2].partition("/")[0].partition("?")[0]
        if SECRET in str(trail.request.headers):
            assert at_home.lower() in ("api.acme.example", "api.acme.example:443")
        assert goes_on or trail.request.url == url
