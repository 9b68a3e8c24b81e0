"""How webhooks are verified, told apart by `format`."""

from typing import Any

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.strict import checked
from waypost.engine.manifest.webhooks import HmacSignature, InboundWebhook


def webhook(signature: dict[str, Any]) -> InboundWebhook:
    return checked(
        InboundWebhook, {"name": "all", "description": "Everything.", "signature": signature}
    )


def test_a_plain_hmac_signs_the_body() -> None:
    found = webhook({"format": "hmac", "header": "signature"}).signature
    assert isinstance(found, HmacSignature)
    assert found.parts == ("$body",)
    assert found.algorithm == "sha256"


@pytest.mark.parametrize("data", [{"format": "rsa"}, {"header": "x"}, {"format": "hmac"}])
def test_other_signatures_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        webhook(data)
