"""Routes: what a resource group offers, and how a path finds one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call

Act = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: how it is reached, who may, what it costs and what it does."""

    method: str
    path: str
    act: Act
    scopes: tuple[str, ...] = ()
    # Path parameter -> the account's table; a miss is a 404 before quota and validation.
    binds: Mapping[str, str] = field(default_factory=dict)
    rate: str = "general"
    is_counted: bool = True
    is_throttled: bool = False

    @property
    def operation(self) -> str:
        """Return the operation's name, as the list of all operations has it."""
        return f"{self.method} {self.path}"


class Router:
    """Find the route of a method and path."""

    def __init__(self, routes: list[Route]) -> None:
        self._fixed: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        for path, methods in by_path.items():
            if "{" in path:
                self._patterns.append((_compile(path), methods))
            else:
                self._fixed[path] = methods

    def find(self, path: str) -> tuple[dict[str, Route], dict[str, str]] | None:
        """Return the routes of a path by method, with its parameters."""
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, {}
        for pattern, candidates in self._patterns:
            match = pattern.match(path)
            if match is not None:
                return candidates, match.groupdict()
        return None


def _compile(path: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    return re.compile(f"^{pattern}$")
