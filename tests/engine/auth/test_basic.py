from waypost.base.secret import Secret
from waypost.engine.auth.basic import encode, headers
from waypost.engine.manifest.credentials import BasicAuthorization


def test_the_example_of_the_rfc():
    assert encode("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert encode("test", "123£") == "Basic dGVzdDoxMjPCow=="


def test_a_key_as_user_name_without_password():
    authorization = BasicAuthorization(scheme="basic", username="{{credentials.key}}")
    shown = headers(authorization, {"key": Secret("abc")})
    assert shown == (("authorization", "Basic YWJjOg=="),)
