"""What an install's override may hold, and which parts of it are secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from waypost.base.errors import InvalidRequest, Unprocessable
from waypost.base.secret import Secret

_WHOLLY_SECRET = "secret_environment_variables"  # noqa: S105 - a key of the override
_SECRET_NAMES = {"secret", "client_secret", "password", "token", "api_key", "private_key"}


_OAUTH_CLIENT = ("credentials", "oauth2", "client")


def refuse_without_effect(override: Mapping[str, Any]) -> None:
    """Raise Unprocessable for the parts of an override that would change nothing here.

    Effect have `environment_variables`, `secret_environment_variables`, and the id and secret in
    `credentials.oauth2.client`. What is kept and ignored in silence misleads whoever wrote it.
    """
    idle = sorted(
        ".".join(path)
        for path in _leaves(override)
        if path[0] not in ("environment_variables", _WHOLLY_SECRET)
        and not (path[:3] == _OAUTH_CLIENT and path[3:] in (("id",), ("secret",)))
    )
    if idle:
        raise Unprocessable(
            f"{', '.join(idle)}: overriding this has no effect here yet. What does: "
            "environment_variables, secret_environment_variables, credentials.oauth2.client."
        )


def _leaves(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items():
        here = (*path, str(key))
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, here)
        elif inner not in (None, {}, []):
            yield here


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
