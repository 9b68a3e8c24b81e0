"""Which parts of an install's override are secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.base.secret import Secret

_WHOLLY_SECRET = "secret_environment_variables"  # noqa: S105 - a key of the override
_SECRET_NAMES = {"secret", "client_secret", "password", "token", "api_key", "private_key"}


def split_override(override: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Secret]]:
    """Return an override without its secrets, and the secrets by their path (`a/b/c`).

    Secret are all `secret_environment_variables` and, inside `credentials`, what is named like one.
    Raises InvalidRequest for a secret that is not text.
    """
    secrets: dict[str, Secret] = {}
    shown: dict[str, Any] = {}
    for key, value in override.items():
        if key == _WHOLLY_SECRET:
            secrets.update(_all(value, (key,)))
        elif key == "credentials" and isinstance(value, Mapping):
            shown[key] = _without(value, (key,), secrets)
        else:
            shown[key] = value
    return shown, secrets


def _without(
    value: Mapping[str, Any], path: tuple[str, ...], secrets: dict[str, Secret]
) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    for key, inner in value.items():
        here = (*path, key)
        if key in _SECRET_NAMES and inner is not None:
            secrets.update(_all(inner, here))
        elif isinstance(inner, Mapping):
            rest[key] = _without(inner, here, secrets)
        else:
            rest[key] = inner
    return rest


def _all(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Secret]]:
    if isinstance(value, str):
        yield "/".join(path), Secret(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _all(inner, (*path, key))
    elif value is not None:
        raise InvalidRequest(f"override.{'.'.join(path)} must be a text")
