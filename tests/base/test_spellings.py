"""A secret is found however a provider or a library writes it."""

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.spellings import CUT, all_spellings, cut, cut_bytes, cut_text, spellings

SECRET = "p/lanted+v\u00e4lue ~?>&'\"73"
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60)

WRITERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": json.dumps,
    "json in utf-8": lambda text: json.dumps(text, ensure_ascii=False),
    "json of javascript": lambda text: json.dumps(text).replace("/", "\\/"),
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "url": lambda text: quote(text, safe=""),
    "path": quote,
    "form": quote_plus,
    "lower url": lambda text: "".join(
        chr(byte)
        if chr(byte).isalnum() and byte < 128
        else f"%{byte:02x}"
        if chr(byte) not in "_.-~"
        else chr(byte)
        for byte in text.encode()
    ),
    "html": html.escape,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_secret_is_cut_however_it_is_written(writer: str) -> None:
    written = WRITERS[writer](SECRET)
    inner = written.strip('"\\')
    shown = cut_text(f"key={written}&x", spellings(SECRET))
    assert CUT in shown
    assert inner not in shown
    assert "lanted" not in shown
    assert "73" not in shown


@given(SECRETS, st.binary(max_size=5), st.binary(max_size=5))
def test_base64_gives_nothing_away_at_any_alignment(
    secret: str, before: bytes, after: bytes
) -> None:
    raw = secret.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        written = encode(before + raw + after).decode()
        for text in (written, quote(written, safe=""), written.replace("/", "\\/")):
            shown = cut_text(text, spellings(secret))
            assert CUT in shown
        kept = encode(before + raw + after).decode().rstrip("=")
        shown = cut_text(kept, spellings(secret))
        # At most the parts of characters that are shared with the neighbours stay.
        assert len(shown.replace(CUT, "")) <= (len(before) + len(after)) * 8 // 6 + 4


def test_values_bytes_and_keys() -> None:
    written = all_spellings(["planted-value-73", "planted-value-73-longer", "a"])
    value = {"planted-value-73": ["x planted-value-73-longer", 7, None, b"planted-value-73"]}
    assert cut(value, written) == {CUT: [f"x {CUT}", 7, None, CUT.encode()]}
    assert cut_bytes(b"a=planted-value-73;", written) == b"a=[secret];"


@pytest.mark.parametrize(("secret", "found"), [("", ()), ("short", ()), ("sixsix", ("sixsix",))])
def test_what_is_too_short_is_no_key(secret: str, found: tuple[str, ...]) -> None:
    assert spellings(secret) == found


def test_a_large_body_is_searched_quickly() -> None:
    written = all_spellings([f"{SECRET}{n}" for n in range(4)])
    body = b'{"message": "nothing to see here", "n": 12345}' * 20_000
    began = time.process_time()
    assert cut_bytes(body, written) == body
    assert time.process_time() - began < 2
