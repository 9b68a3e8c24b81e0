"""Separate worlds and their tokens: who is asking, and for which environment."""

from waypost.kernel.environments.caller import Caller, require_operator
from waypost.kernel.environments.directory import Environments, IssuedToken, token_digest
from waypost.kernel.environments.store import ApiToken, Environment

__all__ = [
    "ApiToken",
    "Caller",
    "Environment",
    "Environments",
    "IssuedToken",
    "require_operator",
    "token_digest",
]
