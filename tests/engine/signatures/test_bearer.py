import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import BearerSignature
from waypost.engine.signatures.verify import sign, verify

BEARER = BearerSignature(format="bearer")
CUSTOM = BearerSignature(format="bearer", header="X-Hook-Token")
SECRET = Secret("tok-€n")


def check(signature, headers, secrets=(SECRET,)):
    return verify(signature, secrets=secrets, headers=headers, body=b"", url="", now=0.0)


@pytest.mark.parametrize("signature", [BEARER, CUSTOM])
def test_what_is_signed_verifies_and_another_secret_does_not(signature):
    headers = sign(signature, secret=SECRET, headers={}, body=b"", url="", now=0.0)
    assert check(signature, headers)
    assert check(signature, headers, secrets=[Secret("old"), SECRET])
    assert not check(signature, headers, secrets=[Secret("old")])
    assert not check(signature, headers, secrets=[])


def test_a_bare_token_counts_only_outside_authorization():
    assert not check(BEARER, {"authorization": SECRET.reveal()})
    assert check(CUSTOM, {"x-hook-token": SECRET.reveal()})
    assert check(CUSTOM, {"x-hook-token": "Bearer " + SECRET.reveal()})


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic tok", " ", "\ud800"])
def test_malformed_or_empty_tokens_fail(value):
    assert not check(BEARER, {"authorization": value}, secrets=[SECRET, Secret("")])
    assert not check(CUSTOM, {"x-hook-token": value}, secrets=[SECRET, Secret("")])


@given(st.text(st.characters()))
def test_nothing_raises(value):
    assert check(BEARER, {"authorization": value}) is False
