from waypost.base.secret import Secret
from waypost.engine.auth.bearer import headers
from waypost.engine.manifest.credentials import BearerAuthorization


def test_the_token_may_be_any_credential_and_is_trimmed():
    authorization = BearerAuthorization(scheme="bearer", token="{{credentials.api_key}}")
    shown = headers(authorization, {"api_key": Secret(" mlsn.abc\n")})
    assert shown == (("authorization", "Bearer mlsn.abc"),)
