"""Real-looking secrets are told from invented ones and from ordinary identifiers."""

import pytest

from waypost.engine.conformance.likeness import looks_secret, secret_places

MIXED = "".join(("k9XwQ2", "mZ7Lr4", "TbV8nC", "3yPs6H", "fJ1dGa"))
HEX = "".join(("9f86d081884c7d65", "9a2feaa0c55ad015", "a3bf4f1b2b0b822c"))


@pytest.mark.parametrize(
    "text",
    [
        MIXED,
        f"Bearer {MIXED}",
        f"key_{MIXED}",
        HEX,
        f"tok.{HEX}",
        "-----BEGIN " + "PRIVATE KEY-----",
    ],
)
def test_looks_real(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada@acme.test",
        "6afee4c0432b48b8ce5dedbe",
        "0b8c9f7e-6d5c-4b3a-8f2e-1d0c9b8a7f6e",
        "2026-11-22T10:00:00.000000Z",
        "https://acme.test/v1/letters/6afee4c0432b48b8ce5dedbe?page=2",
        "key_example_0000000000000000000000",
        "ExampleWebhookSecret000000000000",
        "YW4gZXhhbXBsZSBzZWNyZXQgb2Ygb3Vycw==",
        "a" * 64,
        "An ordinary sentence about Letters, of some length, with 3 numbers: 1, 2 and 3.",
    ],
)
def test_looks_invented(text: str) -> None:
    assert not looks_secret(text)


def test_places_inside_a_value() -> None:
    value = {"a": [{"b": MIXED}, "plain"], "c": MIXED, "d": 7}
    assert list(secret_places(value)) == [("a", 0, "b"), ("c",)]
