from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import UnsignedWebhook
from waypost.engine.signatures.verify import sign, verify

NONE = UnsignedWebhook(format="none")


def test_without_a_signature_the_address_is_the_secret():
    assert verify(NONE, secrets=[], headers={}, body=b"", url="", now=0.0)


def test_there_is_nothing_to_add():
    assert sign(NONE, secret=Secret("x"), headers={}, body=b"", url="", now=0.0) == {}
