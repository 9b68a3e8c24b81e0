"""A submitted form, from a script, a program or plain HTML."""

import pytest

from waypost.base.errors import Forbidden, InvalidRequest
from waypost.features.link.ask import read_ask, refuse_other_sites
from waypost.features.link.model import PageOptions

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "accept", "wish"),
    [
        ("application/json", "application/x-ndjson", "stream"),
        ("application/json", "application/json", "json"),
        ("text/plain", "", "json"),
        ("", "*/*", "json"),
        (FORM, "text/html,application/xhtml+xml", "page"),
        (FORM, "application/json", "json"),
        (FORM, "application/x-ndjson", "stream"),
    ],
)
def test_how_the_answer_is_wanted(kind: str, accept: str, wish: str) -> None:
    body = b"link_token=x" if kind == FORM else b'{"link_token": "x"}'
    ask = read_ask({"content-type": kind, "accept": accept}, body)
    assert (ask.wish, ask.link_token) == (wish, "x")


def test_a_form_and_an_object_mean_the_same() -> None:
    plain = read_ask(
        {"content-type": FORM},
        b"link_token=t&integration=acme&iframe=true&integrations=a%2Cb&api_token=k%2B1&region=",
    )
    told = read_ask(
        {"content-type": "application/json"},
        b'{"link_token": "t", "integration": "acme", "iframe": true, "integrations": ["a", "b"],'
        b' "fields": {"api_token": "k+1", "region": ""}}',
    )
    assert plain.options == told.options == PageOptions("acme", ("a", "b"), iframe=True)
    assert plain.fields == told.fields == {"api_token": "k+1", "region": ""}
    assert "k+1" not in repr(plain)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x--"),
        (FORM, b"\xff=1"),
        (FORM, b"&".join(b"f%d=1" % number for number in range(300))),
        (FORM, b"no equals sign"),
        ("application/json", b"[1]"),
        ("application/json", b'{"link_token": "t", "Fields": {}}'),
        ("application/json", b'{"fields": "x"}'),
        ("application/json", b"[" * 100_000),
    ],
)
def test_what_cannot_be_read(kind: str, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_ask({"content-type": kind}, body)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://us.example"}, False),
        ({"origin": "https://us.example"}, True),
        ({"origin": "http://us.example"}, False),
        ({"origin": "https://us.example:444"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_other_sites(headers: dict[str, str], allowed: bool) -> None:
    if allowed:
        refuse_other_sites(headers, "https://us.example/base")
    else:
        with pytest.raises(Forbidden):
            refuse_other_sites(headers, "https://us.example/base")
