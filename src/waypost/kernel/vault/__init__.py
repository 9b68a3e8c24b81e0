"""Secrets at rest: sealed under a data key per owner, bound to their place, keys rotated online."""

from waypost.kernel.vault.keyring import KeyEncryptionKey, Keyring
from waypost.kernel.vault.rotation import Rotated, Rotation
from waypost.kernel.vault.safe import Vault

__all__ = ["KeyEncryptionKey", "Keyring", "Rotated", "Rotation", "Vault"]
