import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import HmacSignature
from waypost.engine.signatures.verify import sign, verify

NOW = 1_790_000_000.0
URL = "https://waypost.example/inbound/1"
BODY = rb'{"type":"activity.sent","url":"https:\/\/x"}'
SECRET = Secret("0123456789abcdef0123456789abcdef")
PLAIN = HmacSignature(format="hmac", header="Signature")
STANDARD = HmacSignature(
    format="hmac",
    header="webhook-signature",
    encoding="base64",
    prefix="v1,",
    list_separator=" ",
    parts=("$header.webhook-id", "$header.webhook-timestamp", "$body"),
    separator=".",
    secret_encoding="base64",
    secret_prefix="whsec_",
    timestamp_header="webhook-timestamp",
    tolerance_seconds=300,
)
STANDARD_SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def check(signature, headers, *, secrets=(SECRET,), body=BODY, url=URL, now=NOW):
    return verify(signature, secrets=secrets, headers=headers, body=body, url=url, now=now)


def standard(at=NOW, body=BODY):
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": str(int(at))}
    signed = sign(STANDARD, secret=STANDARD_SECRET, headers=headers, body=body, url=URL, now=at)
    return headers | signed


def test_plain_hex_over_the_raw_body_as_a_provider_would_make_it():
    digest = hmac.new(SECRET.reveal().encode(), BODY, hashlib.sha256).hexdigest()
    assert check(PLAIN, {"Signature": digest})
    assert check(PLAIN, {"SIGNATURE": digest.upper()})
    assert sign(PLAIN, secret=SECRET, headers={}, body=BODY, url=URL, now=NOW) == {
        "signature": digest
    }


def test_the_published_standard_webhooks_example_verifies():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    assert check(STANDARD, headers, secrets=[STANDARD_SECRET], body=body, now=1614265330.0)
    assert not check(STANDARD, headers, secrets=[STANDARD_SECRET], body=body, now=NOW)


def test_any_secret_of_the_list_may_sign_so_rotation_is_ordinary():
    headers = sign(PLAIN, secret=SECRET, headers={}, body=BODY, url=URL, now=NOW)
    assert check(PLAIN, headers, secrets=[Secret("new"), SECRET])
    assert not check(PLAIN, headers, secrets=[Secret("new"), Secret("newer")])
    assert not check(PLAIN, headers, secrets=[])


def test_an_empty_secret_never_verifies():
    forged = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert not check(PLAIN, {"signature": forged}, secrets=[Secret("")])
    stripped = structs.replace(PLAIN, secret_prefix="whsec_")
    assert not check(stripped, {"signature": forged}, secrets=[Secret("whsec_")])
    assert not check(STANDARD, standard(), secrets=[Secret("whsec_not base64!")])


def test_one_of_several_signatures_suffices_and_other_versions_are_passed_over():
    headers = standard()
    good = headers["webhook-signature"]
    for value in (f"v1,AAAA {good}", f"v1a,xyz {good} v2,abc", f"  {good}  "):
        assert check(STANDARD, headers | {"webhook-signature": value}, secrets=[STANDARD_SECRET]), (
            value
        )
    unprefixed = {"webhook-signature": good.removeprefix("v1,")}
    assert not check(STANDARD, headers | unprefixed, secrets=[STANDARD_SECRET])


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (300, True), (-300, True), (301, False)])
def test_the_timestamp_must_be_fresh(age, fresh):
    headers = standard(at=NOW - age)
    assert check(STANDARD, headers, secrets=[STANDARD_SECRET]) is fresh


def test_a_timestamp_in_milliseconds_is_understood():
    headers = {"webhook-id": "x", "webhook-timestamp": str(int(NOW * 1000))}
    signed = sign(STANDARD, secret=STANDARD_SECRET, headers=headers, body=BODY, url=URL, now=NOW)
    assert check(STANDARD, headers | signed, secrets=[STANDARD_SECRET])


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "²", "9" * 400, "NaN", "1614265330.5"])
def test_an_unreadable_timestamp_fails(stamp):
    headers = {"webhook-id": "x", "webhook-timestamp": stamp}
    signed = sign(STANDARD, secret=STANDARD_SECRET, headers=headers, body=BODY, url=URL, now=NOW)
    assert not check(STANDARD, headers | signed, secrets=[STANDARD_SECRET])


def test_a_missing_signed_header_fails_and_cannot_be_signed():
    headers = standard()
    del headers["webhook-id"]
    assert not check(STANDARD, headers, secrets=[STANDARD_SECRET])
    with pytest.raises(ValueError, match="lacks a header"):
        sign(STANDARD, secret=STANDARD_SECRET, headers={}, body=b"", url=URL, now=NOW)


def test_url_and_literal_parts_are_signed():
    signature = structs.replace(
        PLAIN, parts=("v0", "$url", "$body"), separator=":", prefix="sha256="
    )
    headers = sign(signature, secret=SECRET, headers={}, body=BODY, url=URL, now=NOW)
    expected = hmac.new(
        SECRET.reveal().encode(), b"v0:" + URL.encode() + b":" + BODY, hashlib.sha256
    ).hexdigest()
    assert headers == {"signature": f"sha256={expected}"}
    assert check(signature, headers)
    assert not check(signature, headers, url=URL + "2")
    assert not check(signature, {"signature": expected})


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_every_algorithm_and_encoding(algorithm, encoding):
    signature = structs.replace(PLAIN, algorithm=algorithm, encoding=encoding)
    raw = hmac.new(SECRET.reveal().encode(), BODY, algorithm).digest()
    text = raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()
    assert check(signature, {"signature": text})


@given(st.data())
@pytest.mark.parametrize("signature", [PLAIN, structs.replace(PLAIN, encoding="base64")])
def test_flipping_any_bit_of_body_or_signature_fails(signature, data):
    body = data.draw(st.binary(min_size=1, max_size=200))
    headers = sign(signature, secret=SECRET, headers={}, body=body, url=URL, now=NOW)
    assert check(signature, headers, body=body)
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    broken = bytearray(body)
    broken[place // 8] ^= 1 << place % 8
    assert not check(signature, headers, body=bytes(broken))
    text = headers["signature"].encode()
    place = data.draw(st.integers(0, len(text) * 8 - 1))
    shown = bytearray(text)
    shown[place // 8] ^= 1 << place % 8
    assert not check(signature, {"signature": shown.decode("latin-1")}, body=body)


@given(
    headers=st.dictionaries(
        st.sampled_from(["signature", "webhook-signature", "webhook-id", "webhook-timestamp"]),
        st.text(st.characters()),
    ),
    body=st.binary(),
    url=st.text(st.characters()),
    secret=st.text(st.characters()),
    signature=st.sampled_from([PLAIN, STANDARD]),
)
def test_nothing_that_arrives_raises_or_passes(headers, body, url, secret, signature):
    assert (
        verify(signature, secrets=[Secret(secret)], headers=headers, body=body, url=url, now=NOW)
        is False
    )
