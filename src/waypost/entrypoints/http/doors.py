"""Who may knock where: the short public list, and the kinds of token each path takes."""

import re
from dataclasses import dataclass

OPERATOR = "operator"
API_TOKEN = "api_token"  # noqa: S105 - the name of a kind
ACCOUNT_TOKEN = "account_token"  # noqa: S105 - the name of a kind

EVERY_TOKEN = frozenset({API_TOKEN, ACCOUNT_TOKEN})
API_TOKEN_ONLY = frozenset({API_TOKEN})
OPERATOR_OR_API = frozenset({OPERATOR, API_TOKEN})
OPERATOR_ONLY = frozenset({OPERATOR})


@dataclass(frozen=True, slots=True)
class Door:
    """A path pattern, the methods it speaks of, and who may pass."""

    pattern: re.Pattern[str]
    methods: frozenset[str] | None
    kinds: frozenset[str]


def _door(pattern: str, kinds: frozenset[str], methods: str | None = None) -> Door:
    named = frozenset(methods.split()) if methods else None
    return Door(re.compile(pattern), named, kinds)


PUBLIC = re.compile(
    r"/(?:$|ping$|healthz$|readyz$|metrics$|docs(?:/|$)|openapi\.json$|favicon\.ico$|static/"
    r"|connect-account(?:/|$)|integrated-account-webhook/|environment-integration-webhook/"
    r"|inbound/|mcp/)"
)
"""Paths that need no token: each proves its caller otherwise, or holds nothing worth hiding."""

# First match wins; the last line is the rule for everything else. The busiest doors come first.
DOORS: tuple[Door, ...] = (
    _door(r"/unified/meta/", API_TOKEN_ONLY),
    _door(r"/(?:unified|proxy|custom|passthrough)/", EVERY_TOKEN),
    _door(r"/environment$", OPERATOR_OR_API, "GET"),
    _door(r"/environment$", OPERATOR_ONLY, "POST"),
    _door(r"/environment/[^/]+$", OPERATOR_OR_API, "GET PATCH"),
    _door(r"/environment/[^/]+$", OPERATOR_ONLY, "DELETE"),
    _door(r"/api-token(?:/|$)", OPERATOR_OR_API, "GET"),
    _door(r"/api-token(?:/|$)", OPERATOR_ONLY, "POST DELETE"),
    _door(r"/(?:team|user)(?:/|$)", OPERATOR_OR_API, "GET"),
    _door(r"/vault(?:/|$)", OPERATOR_ONLY),
    _door(r"/integrated-account/me$", EVERY_TOKEN, "GET PATCH"),
    _door(r"/link-token/post-connect-form$", EVERY_TOKEN),
    _door(r"/", API_TOKEN_ONLY),
)


def is_public(path: str) -> bool:
    """Return whether a path is served without a token."""
    return PUBLIC.match(path) is not None


def kinds_for(method: str, path: str) -> frozenset[str]:
    """Return the kinds of caller that may use a path."""
    for door in DOORS:
        if (door.methods is None or method in door.methods) and door.pattern.match(path):
            return door.kinds
    return API_TOKEN_ONLY
