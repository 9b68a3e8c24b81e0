"""Which requests the passthrough decides at once; how they travel is in adapters/fast_http."""

import pytest
from tests.support.raw_provider import answering
from tests.support.world import ACME_KEY, AcmeWorld

from waypost.base.asgi import HeaderPairs
from waypost.base.clock import monotonic
from waypost.base.errors import ProviderGarbled
from waypost.features.passthrough.straight import Forwarded, StraightPassthrough
from waypost.kernel.accounts.snapshots import FRESH_SECONDS
from waypost.kernel.calls.straight import CallerHead, StraightCalls


@pytest.fixture
def decide(acme: AcmeWorld) -> StraightPassthrough:
    kernel = acme.environment.served.kernel
    straight = StraightCalls(
        kernel.calls,
        accounts=kernel.accounts,
        environments=kernel.environments,
        recorder=kernel.recorder,
        clock=kernel.clock,
    )
    return StraightPassthrough(straight)


def asked(
    acme: AcmeWorld,
    decide: StraightPassthrough,
    *,
    verb: bytes = b"GET",
    path: str = "/x",
    more: HeaderPairs | None = None,
) -> Forwarded | None:
    """Ask after a call of the usual kind; several times, since memory is short."""
    target = f"/passthrough/{acme.account}{path}".encode()
    token = (b"authorization", f"Bearer {acme.environment.token}".encode())
    for _ in range(3):
        acme.provider.behave(answering(200, b"ok"))
        assert acme.passthrough("GET", "/warm").status == 200
        call = decide(verb, target, CallerHead([(b"host", b"w"), token, *(more or [])]))
        if call is not None:
            return call
    return None


@pytest.mark.parametrize("verb", [b"GET", b"HEAD"])
@pytest.mark.parametrize("path", ["/", "/x", "/x//y", "/x/%40y?", "/x?a=..&b=%zz", "/.x/..y/z."])
def test_what_passes(acme: AcmeWorld, decide: StraightPassthrough, verb: bytes, path: str) -> None:
    call = asked(acme, decide, verb=verb, path=path, more=[(b"x-a", b"\xe9"), (b"cookie", b"c")])
    assert call is not None
    assert (call.verb, call.target) == (verb, b"/v1" + path.encode())
    common = call.common
    assert common.fields == b"x-a: \xe9\r\nauthorization: Bearer %b\r\n" % ACME_KEY.encode()
    assert common.deadlines == acme.environment.served.kernel.calls.settings.deadlines
    assert acme.provider.url.startswith(common.origin)


@pytest.mark.parametrize("verb", [b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"])
def test_other_verbs_do_not_pass(acme: AcmeWorld, decide: StraightPassthrough, verb: bytes) -> None:
    assert asked(acme, decide, verb=verb) is None


@pytest.mark.parametrize(
    "path", ["", "/..", "/a/../b", "/%2e%2e/b", "/a%2f..", "/a\\..\\b", "/a#b"]
)
def test_other_paths_do_not_pass(acme: AcmeWorld, decide: StraightPassthrough, path: str) -> None:
    assert asked(acme, decide, path=path) is None


@pytest.mark.parametrize(
    "header",
    [
        (b"content-length", b"0"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"expect", b"100-continue"),
        (b"idempotency-key", b"k"),
        (b"waypost-lane", b"bulk"),
        (b"connection", b"x-a"),
        (b"authorization", b"Bearer other"),
        (b"host", b"other"),
    ],
)
def test_other_headers_do_not_pass(
    acme: AcmeWorld, decide: StraightPassthrough, header: tuple[bytes, bytes]
) -> None:
    assert asked(acme, decide, more=[header]) is None


def wire(call: Forwarded, status: int, headers: HeaderPairs) -> bytes:
    """Return the lines that the caller gets."""
    return b"".join(call.answered(status, headers))


def test_the_answers_headers_are_those_of_the_usual_way(
    acme: AcmeWorld, decide: StraightPassthrough
) -> None:
    call = asked(acme, decide)
    assert call is not None
    lines = wire(
        call,
        200,
        [
            (b"x-a", b"1"),
            (b"connection", b"x-hop"),
            (b"x-hop", b"1"),
            (b"keep-alive", b"5"),
            (b"transfer-encoding", b"chunked"),
            (b"waypost-origin", b"forged"),
            (b"x-a", b"\xe9"),
        ],
    ).split(b"\r\n")
    assert lines[:3] == [b"x-a: 1", b"x-a: \xe9", b"waypost-origin: provider"]
    assert [line.partition(b":")[0] for line in lines[3:]] == [
        b"ratelimit-limit",
        b"ratelimit-remaining",
        b"ratelimit-reset",
        b"waypost-request-id",
        b"",
    ]
    call = asked(acme, decide)
    assert call is not None
    own = wire(call, 204, [(b"ratelimit-limit", b"7"), (b"content-length", b"5")])
    assert own.count(b"ratelimit-") == 1
    assert b"content-length" not in own


def test_a_status_that_http_does_not_know(acme: AcmeWorld, decide: StraightPassthrough) -> None:
    call = asked(acme, decide)
    assert call is not None
    with pytest.raises(ProviderGarbled):
        call.answered(999, [])


def test_a_pass_is_given_once_and_ends_with_what_it_was_given_for(
    acme: AcmeWorld, decide: StraightPassthrough
) -> None:
    head = CallerHead(
        [(b"host", b"w"), (b"authorization", f"Bearer {acme.environment.token}".encode())]
    )
    target = f"/passthrough/{acme.account}/x".encode()

    def again() -> Forwarded | None:
        return decide(b"GET", target, head)

    for _ in range(3):
        acme.provider.behave(answering(200, b"ok"))
        assert acme.passthrough("GET", "/warm").status == 200
        first = again()
        if first is not None:
            break
    assert first is not None
    second = again()
    assert second is not None
    assert second.common is first.common
    assert second.request_id != first.request_id
    calls = decide._calls
    account = (acme.environment.id, acme.account)
    calls._accounts.forget(*account)
    assert again() is None, "what is known of the account is gone, and so is the leave to call it"
    assert acme.passthrough("GET", "/warm").status == 200
    third = again()
    assert third is None or third.common is not first.common


def test_passes_do_not_outlive_what_they_hold(acme: AcmeWorld, decide: StraightPassthrough) -> None:
    call = asked(acme, decide)
    assert call is not None
    assert 0 < call.common.until - monotonic() <= FRESH_SECONDS
    decide._emptied_at = 0.0
    assert asked(acme, decide) is not None
    assert len(decide._passes) == 1


def test_a_token_that_ends_is_looked_at_each_time(
    acme: AcmeWorld, decide: StraightPassthrough
) -> None:
    token = acme.environment.account_token(acme.account)
    acme.environment.request("GET", "/integrated-account/me", token=token)
    head = CallerHead([(b"host", b"w"), (b"authorization", f"Bearer {token}".encode())])
    assert asked(acme, decide) is not None
    call = decide(b"GET", f"/passthrough/{acme.account}/x".encode(), head)
    assert call is not None
    assert call.common.until == 0.0
    assert (head, acme.account.encode()) not in decide._passes
