import base64
import json

import pytest

from waypost.base.errors import ProviderRefused, ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth.token_answer import TokenQuestion, read_tokens
from waypost.engine.transport import WholeResponse

NOW = 1_790_000_000.0


def response(status, body, *headers):
    return WholeResponse(
        status, (("content-type", "application/json"), *headers), json.dumps(body).encode()
    )


def test_a_success_is_read():
    told = {"access_token": "a", "refresh_token": "r", "expires_in": 10, "scope": "x", "extra": 1}
    tokens = read_tokens(response(200, told), TokenQuestion(now=NOW))
    assert tokens.access_token.reveal() == "a"
    assert tokens.refresh_token.reveal() == "r"
    assert (tokens.expires_at, tokens.scope, tokens.raw_type) == (NOW + 10, "x", None)


def test_what_a_refusal_keeps_is_only_what_oauth_defines():
    told = {"error": "temporarily_unavailable", "error_uri": "https://x", "debug": "planted"}
    answer = response(429, told, ("retry-after", "3"), ("set-cookie", "planted"))
    with pytest.raises(ProviderRefused) as caught:
        read_tokens(answer, TokenQuestion(now=NOW))
    error = caught.value
    assert error.body == {"error": "temporarily_unavailable", "error_uri": "https://x"}
    assert ("retry-after", "3") in error.headers
    assert "planted" not in repr(vars(error))


def test_the_owners_errors_depend_on_the_question():
    refusal = response(401, {"error": "invalid_client", "error_description": "no planted here"})
    mine = TokenQuestion(now=NOW, sent=(Secret("planted"),))
    with pytest.raises(ProviderRefused, match=r"no \[secret\] here"):
        read_tokens(refusal, mine)
    theirs = TokenQuestion(now=NOW, owners_errors=frozenset({"invalid_client"}))
    with pytest.raises(ReauthorizationNeeded):
        read_tokens(refusal, theirs)


@pytest.mark.parametrize("before", ["", "client:", "id:"])
def test_what_was_sent_is_not_quoted_in_base64_either(before):
    key = "planted/secret+0123456789"
    encoded = base64.b64encode(f"{before}{key}".encode()).decode()
    told = {"error": "x", "error_description": f"{'y' * 280} {encoded} {key}"}
    with pytest.raises(ProviderRefused) as caught:
        read_tokens(response(400, told), TokenQuestion(now=NOW, sent=(Secret(key),)))
    shown = repr(vars(caught.value)) + caught.value.message
    for start in range(4, len(encoded) - 12):
        assert encoded[start : start + 8] not in shown
    assert "planted" not in shown
