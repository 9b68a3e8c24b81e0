import pytest

from waypost.kernel.calls.forwarded import forwarded


@pytest.mark.parametrize(
    "name", ["x-message-id", "retry-after", "x-ratelimit-remaining", "location", "link"]
)
def test_what_stays_true_is_carried_on(name: str) -> None:
    assert forwarded(((name, "1"),)) == [(name.encode(), b"1")]


@pytest.mark.parametrize(
    "name",
    [
        "content-type",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "set-cookie",
        "date",
        "server",
        "etag",
        "keep-alive",
        "upgrade",
        "www-authenticate",
    ],
)
def test_what_spoke_of_another_body_or_connection_is_not(name: str) -> None:
    assert forwarded(((name, "1"),)) == []


def test_nominated_headers_go_and_order_stays() -> None:
    headers = (("x-b", "1"), ("connection", "close, X-Gone"), ("x-gone", "1"), ("x-a", "é"))
    assert forwarded((*headers, ("x-b", "2"))) == [
        (b"x-b", b"1"),
        (b"x-a", "é".encode("latin-1")),
        (b"x-b", b"2"),
    ]


@pytest.mark.parametrize("name", ["waypost-origin", "waypost-request-id"])
def test_our_own_names_are_ours_alone(name: str) -> None:
    assert forwarded(((name, "forged"),)) == []
