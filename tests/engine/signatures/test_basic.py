from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import BasicSignature
from waypost.engine.signatures.verify import sign, verify

BASIC = BasicSignature(format="basic")
SECRET = Secret("hook:pä:ss w0rd")
URL = "https://waypost.example/inbound/1"


def check(headers=None, url=URL, secrets=(SECRET,)):
    return verify(BASIC, secrets=secrets, headers=headers or {}, body=b"", url=url, now=0.0)


def test_the_authorization_header_is_compared():
    headers = sign(BASIC, secret=SECRET, headers={}, body=b"", url=URL, now=0.0)
    assert check(headers)
    assert check({"Authorization": headers["authorization"].replace("Basic", "basic")})
    assert check(headers, secrets=[Secret("other:one"), SECRET])
    assert not check(headers, secrets=[Secret("other:one")])
    assert not check({"authorization": "Basic " + b64encode(b"hook:wrong").decode()})


def test_user_and_password_in_the_address_are_compared():
    assert check(url="https://hook:p%C3%A4%3Ass%20w0rd@waypost.example/inbound/1")
    assert not check(url="https://hook:wrong@waypost.example/inbound/1")
    assert not check(url="https://waypost.example/hook:p%C3%A4%3Ass%20w0rd@x")


@pytest.mark.parametrize("value", ["", "Basic", "Basic ", "Basic ???", "Bearer x", "é", "Basic é"])
def test_malformed_headers_fail(value):
    assert not check({"authorization": value})


@given(st.text(st.characters()), st.text(st.characters()))
def test_nothing_raises(value, url):
    assert check({"authorization": value}, url=url) is False
