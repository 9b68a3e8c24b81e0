from waypost.base.secret import Secret
from waypost.engine.auth.header import headers
from waypost.engine.manifest.credentials import HeaderAuthorization


def test_the_value_is_a_template_and_the_name_is_lower_case():
    authorization = HeaderAuthorization(
        scheme="header", name="Authorization", value="Token {{credentials.a}}:{{credentials.b}}"
    )
    shown = headers(authorization, {"a": Secret("1"), "b": Secret("2")})
    assert shown == (("authorization", "Token 1:2"),)
