"""The bytes of a sealed value and of a wrapped data key, and what each is bound to.

    sealed value   = 01 | data key id (16 bytes) | nonce (12) | AES-256-GCM ciphertext and tag
    wrapped key    = 01 | nonce (12) | AES-256-GCM ciphertext and tag

A sealed value is bound to its environment, owner and field, a wrapped key to its environment,
owner, own id and key-encryption key: copied to another row, neither opens.
"""

import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from waypost.base.errors import KeyMissing, OperatorError
from waypost.base.ids import random_bytes
from waypost.kernel.vault.keyring import KeyEncryptionKey

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE = 12
_ID_END = 17
_BODY = _ID_END + _NONCE


def seal(
    key: AESGCM, key_id: str, text: str, *, environment_id: str, owner_id: str, field: str
) -> bytes:
    """Return `text` sealed under a data key."""
    nonce = random_bytes(_NONCE)
    bound = _bound(b"value", environment_id, owner_id, field)
    return _VERSION + uuid.UUID(key_id).bytes + nonce + key.encrypt(nonce, _encoded(text), bound)


def data_key_id(sealed: bytes) -> str:
    """Return which data key a sealed value needs; raises OperatorError when it is none of ours."""
    if sealed[:1] != _VERSION or len(sealed) < _BODY:
        raise OperatorError("A stored secret is not in a format this version knows.")
    return str(uuid.UUID(bytes=sealed[1:_ID_END]))


def unseal(key: AESGCM, sealed: bytes, *, environment_id: str, owner_id: str, field: str) -> str:
    """Return the text of a sealed value; raises OperatorError when it was altered or moved."""
    bound = _bound(b"value", environment_id, owner_id, field)
    try:
        return key.decrypt(sealed[_ID_END:_BODY], sealed[_BODY:], bound).decode(
            errors="surrogatepass"
        )
    except InvalidTag:
        raise OperatorError(
            f"The stored secret {field} of {owner_id} does not open: "
            "it was altered, or copied from elsewhere."
        ) from None


def wrap(
    kek: KeyEncryptionKey, data_key: bytes, *, key_id: str, environment_id: str, owner_id: str
) -> bytes:
    """Return a data key wrapped by a key-encryption key."""
    nonce = random_bytes(_NONCE)
    bound = _bound(b"key", environment_id, owner_id, key_id, kek.id)
    return _VERSION + nonce + AESGCM(kek.material).encrypt(nonce, data_key, bound)


def unwrap(
    kek: KeyEncryptionKey, wrapped: bytes, *, key_id: str, environment_id: str, owner_id: str
) -> bytes:
    """Return a data key; raises KeyMissing when `kek` is not the one that wrapped it."""
    bound = _bound(b"key", environment_id, owner_id, key_id, kek.id)
    nonce, body = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
    try:
        return AESGCM(kek.material).decrypt(nonce, body, bound)
    except (InvalidTag, ValueError):
        raise KeyMissing(
            f"The key {kek.id} in the keyring is not the one that wrapped the secrets of {owner_id}."
        ) from None


def _bound(*parts: bytes | str) -> bytes:
    """Join parts so that no two different lists give the same bytes."""
    encoded = [part if isinstance(part, bytes) else _encoded(part) for part in parts]
    return b"waypost\x01" + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
