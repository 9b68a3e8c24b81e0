"""Addresses as they are kept and found."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.kernel.suppressions.address import (
    PATTERNS,
    UNREAD,
    as_pattern,
    canonical,
    fits,
    key_of,
    keys_for,
    read_address,
    read_recipient,
)


@pytest.mark.parametrize(
    ("given", "kept", "key"),
    [
        (" Nia@Example.COM ", "nia@example.com", "nia@example.com"),
        ("Nia O. <nia@example.com>", "nia@example.com", "nia@example.com"),
        ("nia+a?b@example.com", "nia+a?b@example.com", "nia+a?b@example.com"),
        ("@example.com", "@example.com", "@example.com"),
        (".*@example.com", "@example.com", "@example.com"),
        (".*@example\\.com", "@example.com", "@example.com"),
        ("*@example.com", "@example.com", "@example.com"),
        ("info*@example.com", "info*@example.com", PATTERNS),
        ("info.*@*.example.com", "info.*@*.example.com", PATTERNS),
        ("[ab]@example.com", "[ab]@example.com", UNREAD),
        ("(a|b).*@example.com", "(a|b).*@example.com", UNREAD),
        ("+1 (202) 555-0188", "12025550188", "12025550188"),
        ("+1 202 555-0188", "12025550188", "12025550188"),
    ],
)
def test_how_an_address_is_kept(given: str, kept: str, key: str) -> None:
    assert read_address(given) == kept
    assert key_of(kept) == key


@pytest.mark.parametrize("given", ["", " ", "nia", "a@b@c", "nia@", "x" * 400, "a\nb@x.test", "12"])
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(InvalidRequest):
        read_address(given)


def test_where_an_address_is_looked_for() -> None:
    assert keys_for("nia@example.com") == ("nia@example.com", PATTERNS, "@example.com")
    assert keys_for("12025550188") == ("12025550188", PATTERNS)


@pytest.mark.parametrize(
    ("pattern", "address", "does"),
    [
        ("info*@example.com", "info-a@example.com", True),
        ("info.*@example\\.com", "info@example.com", True),
        ("info*@example.com", "an-info@example.com", False),
        ("*spam*@*.test", "my-spam-1@x.test", True),
        ("*spam*@*.test", "my-spam-1@x.tests", False),
        ("ab*ba", "aba", False),
        ("*a*a*", "a", False),
    ],
)
def test_what_a_pattern_fits(pattern: str, address: str, does: bool) -> None:
    assert fits(pattern, address) is does


@pytest.mark.parametrize(
    ("kept", "pattern"),
    [
        ("nia@example.com", None),
        ("12025550188", None),
        ("@example.com", ".*@example.com"),
        ("info*@example.com", "info.*@example.com"),
        ("info.*@example.com", "info.*@example.com"),
        ("[ab]@example.com", "[ab]@example.com"),
    ],
)
def test_how_a_provider_writes_a_pattern(kept: str, pattern: str | None) -> None:
    assert as_pattern(kept) == pattern
    if pattern is not None:
        assert canonical(read_address(pattern)) == canonical(kept)


@pytest.mark.parametrize(
    "text", ["*@y.test", "@y.test", ".*@y.test", "a*@y.test", "*@*", "[a-z]+@y.test", "", "nobody"]
)
def test_what_is_no_single_recipient(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_recipient(text)


def test_a_single_recipient_is_kept_as_any_address() -> None:
    assert read_recipient(" Nia <Nia+1@Example.com> ") == "nia+1@example.com"
    assert read_recipient("+49 170 1234567") == "491701234567"
