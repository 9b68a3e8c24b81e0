import base64
import contextlib
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.small_integration import integration

from waypost.base.errors import ProviderGarbled
from waypost.base.secret import Secret
from waypost.engine.answer import meant_status, provider_error, read_body, read_record, read_records
from waypost.engine.transport import WholeResponse

ACME = integration(
    {
        "things": {
            "list": {"verb": "GET", "path": "x", "response_path": "data.items"},
            "bare": {"verb": "GET", "path": "x"},
            "scoped": {"verb": "GET", "path": "x", "scopes": ["read", "full"]},
            "xml": {"verb": "GET", "path": "x", "response_format": "xml"},
            "text": {"verb": "GET", "path": "x", "response_format": "text"},
            "binary": {"verb": "GET", "path": "x", "response_format": "binary"},
            "own": {
                "verb": "GET",
                "path": "x",
                "errors": {"message": "body.why", "missing_scopes": "body.scopes"},
            },
        }
    },
    errors={
        "message": "body.message",
        "code": "$match(body.message, /#(MS[0-9]+)/).groups[0]",
    },
)
METHODS = ACME.resources["things"].methods


def response(body=b"", status=200, content_type="application/json", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return WholeResponse(status, (("content-type", content_type), *named), raw)


def refusal(*args, method="bare", secrets=(), **changes):
    return provider_error(ACME, METHODS[method], response(*args, **changes), secrets=secrets)


# --- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=UTF-8", ""])
@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_body_is_nothing_whatever_its_type(body, content_type):
    assert read_body(METHODS["bare"], response(body, 202, content_type)) is None
    assert read_record(METHODS["list"], response(body, 204, content_type)) is None
    assert read_records(METHODS["list"], response(body, 204, content_type)) == ([], None)


def test_integers_of_any_size_stay_exact():
    body = b'{"id":123456789012345678901234567890,"n":9007199254740993,"f":1.5}'
    read = read_body(METHODS["bare"], response(body))
    assert read == {"id": 123456789012345678901234567890, "n": 9007199254740993, "f": 1.5}


def test_json_is_json_whatever_the_provider_calls_it():
    assert read_body(METHODS["bare"], response(b'\xef\xbb\xbf{"a":1}', 200, "text/plain")) == {
        "a": 1
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html>down</html>", "web page"),
        (b"<html>down", "web page"),
        (b"oops", "something else where JSON"),
        (b"{'a': 1}", "something else"),
        (b'{"a": NaN}', "something else"),
        (b'{"a": 1', "something else"),
        (b"\xff\xfe{", "something else"),
        (b"[" * 100_000, "something else"),
    ],
)
def test_what_is_not_json_keeps_status_and_excerpt(body, words):
    with pytest.raises(ProviderGarbled, match=words) as caught:
        read_body(METHODS["bare"], response(body, 201, "text/html"))
    error = caught.value
    assert error.status == 201
    assert error.body == body.decode("utf-8", "replace")[:2000]
    assert error.__context__ is None


@given(st.binary())
def test_reading_raises_nothing_else(body):
    for method in (None, *METHODS.values()):
        with contextlib.suppress(ProviderGarbled):
            read_body(method, response(body, 200, "application/json"))


def test_every_format_of_the_manifest():
    assert read_body(METHODS["xml"], response(b"<a><b>1</b></a>")) == {"a": {"b": "1"}}
    latin = response("é".encode("latin-1"), 200, "text/plain; charset=iso-8859-1")
    assert read_body(METHODS["text"], latin) == "é"
    assert read_body(METHODS["text"], response(b"\xc3\xa9", 200, "text/x; charset=nope")) == "é"
    assert read_body(METHODS["binary"], response(b"\0\xff")) == b"\0\xff"
    with pytest.raises(ProviderGarbled, match="XML was due"):
        read_body(METHODS["xml"], response(b"<a>"))


@pytest.mark.parametrize(
    ("content_type", "read"),
    [
        ("application/json", {"a": 1}),
        ("application/problem+json; charset=utf-8", {"a": 1}),
        ("text/plain", '{"a": 1}'),
        ("application/xml", '{"a": 1}'),
        ("application/pdf", b'{"a": 1}'),
        ("", b'{"a": 1}'),
    ],
)
def test_without_a_method_the_content_type_decides(content_type, read):
    assert read_body(None, response(b'{"a": 1}', 200, content_type)) == read


def test_records_stand_at_the_response_path():
    body = {"data": {"items": [1, 2]}, "meta": 3}
    assert read_records(METHODS["list"], response(body)) == ([1, 2], body)
    assert read_record(METHODS["list"], response(body)) == [1, 2]
    assert read_records(METHODS["bare"], response([1])) == ([1], [1])
    assert read_records(METHODS["list"], response({"data": {"items": None}}))[0] == []
    assert read_records(METHODS["list"], response({"data": {"items": {"id": 1}}}))[0] == [{"id": 1}]


@pytest.mark.parametrize(
    "body", [{"data": {}}, {"data": []}, [], "text", 7, {"data": {"items": 7}}]
)
def test_an_answer_without_its_list_is_garbled(body):
    with pytest.raises(ProviderGarbled, match=r"data\.items") as caught:
        read_records(METHODS["list"], response(body))
    assert caught.value.body == body


# --- refusals --------------------------------------------------------------------------------


def test_a_refusal_keeps_all_the_provider_said_and_is_read_by_the_manifest():
    error = refusal({"message": "Too much. #MS42205"}, 422, x_request="7")
    assert (error.status, error.message) == (422, "Too much. #MS42205")
    assert error.body == {"message": "Too much. #MS42205"}
    assert ("x-request", "7") in error.headers
    assert error.details == {"provider_code": "MS42205"}
    assert error.insight == {"remote_error": {"description": "Too much. #MS42205"}}


def test_the_methods_reading_comes_before_the_integrations():
    error = refusal({"message": "general", "why": "special"}, 400, method="own")
    assert error.message == "special"
    assert refusal({"message": "x #MS1"}, 400, method="own").details == {"provider_code": "MS1"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "plain"}, "plain"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"errors": ["first", "second"]}, "first"),
        ({"errors": [{"message": "first of objects"}]}, "first of objects"),
        ({"error": "code", "error_description": "told"}, "told"),
        ([{"message": "in a list"}], "in a list"),
        (b"plain text", "plain text"),
        (b"<html>x</html>", "The provider answered 418."),
        (b"", "The provider answered 418."),
        ({}, "The provider answered 418."),
        ({"message": ["odd"]}, "odd"),
        ({"message": 7}, "7"),
        (b"[]", "The provider answered 418."),
    ],
)
def test_without_an_expression_that_fits_the_usual_places_are_read(body, message):
    content_type = "text/plain" if isinstance(body, bytes) else "application/json"
    assert refusal(body, 418, content_type).message == message


def test_a_failing_expression_hides_nothing():
    broken = integration(
        {"things": {"list": {"verb": "GET", "path": "x"}}},
        errors={"message": "$number('x')", "code": "((", "missing_scopes": "1 + 'a'"},
    )
    method = broken.resources["things"].methods["list"]
    error = provider_error(broken, method, response({"message": "the truth"}, 403))
    assert (error.status, error.message, error.body) == (403, "the truth", {"message": "the truth"})
    assert [text.partition(":")[0] for text in error.details["manifest_errors"]] == [
        "errors.message",
        "errors.missing_scopes",
        "errors.code",
    ]
    assert error.insight["forbidden_error"]["value"] == {"missing_scopes": []}


def test_a_403_names_the_scopes_that_are_missing():
    told = refusal({"why": "no", "scopes": ["a", 7, ""]}, 403, method="own")
    assert told.insight["forbidden_error"]["value"] == {"missing_scopes": ["a"]}
    meant = refusal({"message": "no"}, 403, method="scoped")
    assert meant.insight["forbidden_error"]["value"] == {"missing_scopes": ["read", "full"]}
    assert "read, full" in meant.insight["forbidden_error"]["description"]


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        ("$contains(body.message, 'scope')", ["read"]),
        ("scopes", ["read"]),
        ("[]", []),
        ("null", []),
    ],
)
def test_an_expression_may_say_that_the_methods_own_scopes_are_meant(expression, missing):
    acme = integration(
        {"things": {"list": {"verb": "GET", "path": "x", "scopes": ["read"]}}},
        errors={"missing_scopes": expression},
    )
    method = acme.resources["things"].methods["list"]
    error = provider_error(acme, method, response({"message": "lacks a scope"}, 403))
    assert error.insight["forbidden_error"]["value"] == {"missing_scopes": missing}


def test_a_rate_limit_says_so():
    insight = refusal({"message": "slow"}, 429, retry_after="30").insight
    assert insight["rate_limit_error"]["value"] == {"retry_after": 30}
    assert "value" not in refusal(b"", 429).insight["rate_limit_error"]


def test_a_long_message_is_shortened_and_the_body_is_not():
    error = refusal({"message": "x" * 5000}, 400)
    assert len(error.message) == 1000
    assert len(error.body["message"]) == 5000


@pytest.mark.parametrize("secret", ["mlsn.abcdef012345", 'with/slash"and\\é-long'])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_provider_that_repeats_the_credential_is_not_quoted(secret, ascii_only):
    text = json.dumps({"message": f"bad key {secret}!", "k": [secret]}, ensure_ascii=ascii_only)
    for raw in (text.encode(), text.replace("/", "\\/").encode()):
        error = refusal(raw, 401, secrets=[Secret(secret), Secret("a")], x_key=f"<{secret}>")
        assert error.message == "bad key [secret]!"
        assert secret not in repr(vars(error))
    assert refusal(f"no {secret}".encode(), 401, secrets=[Secret(secret)]).message == "no [secret]"


SWAPPED = integration(
    {"things": {"list": {"verb": "GET", "path": "x"}}},
    errors={
        "credentials": 'body.name = "bad_key" ? "rejected" : body.name = "no_right" ? "forbidden"'
    },
)


@pytest.mark.parametrize(
    ("status", "name", "meant"),
    [
        (403, "bad_key", 401),
        (401, "no_right", 403),
        (403, "other", 403),
        (401, "other", 401),
        (422, "other", 422),
    ],
)
def test_a_manifest_says_what_a_refusal_means_for_the_credentials(status, name, meant):
    refused = response({"name": name}, status)
    assert meant_status(SWAPPED, None, refused) == meant
    told = provider_error(SWAPPED, None, refused).details.get("credentials")
    assert told == {"bad_key": "rejected", "no_right": "forbidden"}.get(name)


def test_a_success_is_not_read_at_all():
    assert meant_status(SWAPPED, None, response({"name": "bad_key"}, 200)) == 200
    assert meant_status(ACME, None, response(b"<html>", 403, "text/html")) == 403


@pytest.mark.parametrize("before", ["", "u", "us:"])
def test_a_provider_that_repeats_the_encoded_credential_is_not_quoted(before):
    secret = "mlsn/abc+def 012345"
    encoded = base64.b64encode(f"{before}{secret}:".encode()).decode()
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in secret)
    quoted = quote(secret, safe="")
    text = f'{{"message": "bad {encoded} {quoted}", "k": "{escaped}", "{secret}": 1}}'
    for raw in (text.encode(), f"<html>{encoded} {quoted}".encode()):
        error = refusal(raw, 401, secrets=[Secret(secret)], x_key=encoded)
        shown = repr(vars(error))
        assert "[secret]" in shown
        for part in (secret, quoted, encoded[4:-4]):
            assert part not in shown
