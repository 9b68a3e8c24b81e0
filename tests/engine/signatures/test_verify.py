import pytest

from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import BasicSignature, BearerSignature, HmacSignature
from waypost.engine.signatures.verify import sign, verify

KINDS = [
    HmacSignature(format="hmac", header="signature"),
    BasicSignature(format="basic"),
    BearerSignature(format="bearer"),
]


@pytest.mark.parametrize("signature", KINDS, ids=lambda kind: kind.format)
def test_every_kind_verifies_what_it_signs_and_nothing_else(signature):
    secret = Secret("user:secret")
    headers = sign(signature, secret=secret, headers={}, body=b"{}", url="https://x/", now=1.0)

    def check(shown, *secrets):
        return verify(
            signature, secrets=secrets, headers=shown, body=b"{}", url="https://x/", now=1.0
        )

    assert check(headers, secret)
    assert check({name.title(): value for name, value in headers.items()}, secret)
    assert not check(headers, Secret("user:other"))
    assert not check(headers, Secret(""))
    assert not check(headers)
    assert not check({}, secret)
