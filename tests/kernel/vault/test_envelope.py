"""What a sealed value is bound to."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import KeyMissing, OperatorError
from waypost.base.ids import new_id
from waypost.kernel.vault import KeyEncryptionKey, envelope

KEY = AESGCM(bytes(range(32)))
PLACE = {"environment_id": "env", "owner_id": "account", "field": "api_token"}
KEY_ID = new_id()
KEK = KeyEncryptionKey("kek", bytes(32))

texts = st.text(max_size=20)


@given(texts, st.tuples(texts, texts, texts))
def test_what_is_sealed_opens_in_its_place(text: str, place: tuple[str, str, str]) -> None:
    where = dict(zip(PLACE, place, strict=True))
    sealed = envelope.seal(KEY, KEY_ID, text, **where)
    assert envelope.unseal(KEY, sealed, **where) == text
    assert envelope.data_key_id(sealed) == KEY_ID


@given(st.tuples(texts, texts, texts), st.tuples(texts, texts, texts))
def test_it_opens_in_no_other_place(here: tuple[str, ...], there: tuple[str, ...]) -> None:
    sealed = envelope.seal(KEY, KEY_ID, "secret", **dict(zip(PLACE, here, strict=True)))
    if here != there:
        with pytest.raises(OperatorError):
            envelope.unseal(KEY, sealed, **dict(zip(PLACE, there, strict=True)))


@given(st.integers(min_value=17), st.integers(1, 255))
def test_one_altered_bit_is_noticed(position: int, flip: int) -> None:
    sealed = bytearray(envelope.seal(KEY, KEY_ID, "secret", **PLACE))
    at = 17 + position % (len(sealed) - 17)
    sealed[at] ^= flip
    with pytest.raises(OperatorError) as raised:
        envelope.unseal(KEY, bytes(sealed), **PLACE)
    assert "secret api_token" in str(raised.value)


def test_the_same_text_never_looks_the_same() -> None:
    assert envelope.seal(KEY, KEY_ID, "x", **PLACE) != envelope.seal(KEY, KEY_ID, "x", **PLACE)


@pytest.mark.parametrize("raw", [b"", b"\x02" + bytes(60), b"\x01" + bytes(20)])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(OperatorError, match="format"):
        envelope.data_key_id(raw)


def test_a_data_key_unwraps_only_as_itself_and_with_its_key() -> None:
    place = {"key_id": KEY_ID, "environment_id": "env", "owner_id": "account"}
    wrapped = envelope.wrap(KEK, b"k" * 32, **place)
    assert envelope.unwrap(KEK, wrapped, **place) == b"k" * 32
    other = KeyEncryptionKey("kek", b"o" * 32)
    moved = [{**place, name: "elsewhere"} for name in place]
    for kek, where in [(other, place), *((KEK, each) for each in moved)]:
        with pytest.raises(KeyMissing, match="kek"):
            envelope.unwrap(kek, wrapped, **where)
