import re
import uuid

from waypost.base.ids import jitter, new_id, new_token, random_bytes, same, token_hash


def test_ids_are_random_uuids() -> None:
    made = {new_id() for _ in range(100)}
    assert len(made) == 100
    assert {uuid.UUID(text).version for text in made} == {4}


def test_tokens_are_256_bits_and_safe_in_a_url() -> None:
    token = new_token()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token != new_token()


def test_token_hash_is_sha_256() -> None:
    assert token_hash("abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_same_compares_text_and_bytes() -> None:
    assert same("ключ", "ключ".encode())
    assert not same("a", "b")
    assert not same("a", "aa")


def test_randomness_has_the_asked_size() -> None:
    assert len(random_bytes(12)) == 12
    assert all(0 <= jitter() < 1 for _ in range(100))
