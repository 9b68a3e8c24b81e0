"""A key-encryption key."""

from waypost.kernel.vault.keyring import KeyEncryptionKey


def test_its_bytes_do_not_show() -> None:
    assert "AAAA" not in repr(KeyEncryptionKey("kek", b"A" * 32))
