from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth import authorize
from waypost.engine.manifest.credentials import (
    BasicAuthorization,
    BearerAuthorization,
    HeaderAuthorization,
    NoAuthorization,
)

BEARER = BearerAuthorization(scheme="bearer")
HEADER = HeaderAuthorization(scheme="header", name="X-Api-Key", value="k={{credentials.key}}")
BASIC = BasicAuthorization(
    scheme="basic", username="{{credentials.user}}", password="{{credentials.key}}"
)
CREDENTIALS = {"access_token": Secret("tok"), "key": Secret("k1"), "user": Secret("ann")}


@pytest.mark.parametrize(
    ("authorization", "headers"),
    [
        (BEARER, (("authorization", "Bearer tok"),)),
        (HEADER, (("x-api-key", "k=k1"),)),
        (BASIC, (("authorization", "Basic YW5uOmsx"),)),
        (NoAuthorization(scheme="none"), ()),
    ],
)
def test_every_scheme(authorization, headers):
    assert authorize(authorization, CREDENTIALS) == headers


@pytest.mark.parametrize("authorization", [BEARER, HEADER, BASIC])
def test_a_missing_credential_is_named(authorization):
    with pytest.raises(ReauthorizationNeeded, match=r"credentials\.") as caught:
        authorize(authorization, {})
    assert caught.value.__context__ is None
    assert caught.value.details["missing"]


@given(st.text(st.characters()))
@pytest.mark.parametrize("authorization", [BEARER, HEADER, BASIC])
def test_no_credential_can_forge_a_header_or_show_in_an_error(authorization, text):
    planted = Secret("planted" + text)
    credentials = {"access_token": planted, "key": planted, "user": Secret("u")}
    try:
        headers = authorize(authorization, credentials)
    except ReauthorizationNeeded as error:
        shown = str(error) + repr(vars(error))
    else:
        ((_, value),) = headers
        shown = ""
        assert not set("\r\n\0") & set(value)
        assert value.encode("latin-1")
    assert "planted" not in shown


def test_basic_carries_any_password_and_refuses_a_user_name_with_a_colon():
    password = Secret("pä:ss\n")
    ((_, value),) = authorize(BASIC, CREDENTIALS | {"key": password})
    assert b64decode(value.removeprefix("Basic ")) == "ann:pä:ss\n".encode()
    with pytest.raises(ReauthorizationNeeded, match="colon"):
        authorize(BASIC, CREDENTIALS | {"user": Secret("a:b")})
