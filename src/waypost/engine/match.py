"""Which method of an integration a raw verb and path mean."""

import re
from dataclasses import dataclass

from waypost.engine.manifest.integration import Integration, Method

_PLACEHOLDER = re.compile(r"\{\{[^}]*\}\}")


@dataclass(frozen=True, slots=True)
class Match:
    """A method found by its path."""

    resource: str
    name: str
    method: Method


class PathMatcher:
    """Find methods by verb and path; fixed segments win over placeholders."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self._fixed: dict[tuple[str, str], Match] = {}
        self._named: dict[int, Match] = {}
        self._patterns: dict[tuple[str, int], list[tuple[re.Pattern[str], Match]]] = {}
        for resource_name, resource in integration.resources.items():
            for name, method in resource.methods.items():
                self._add(Match(resource_name, name, method))
        for group in self._patterns.values():
            group.sort(key=lambda pair: pair[0].pattern.count("[^/]+"))

    def _add(self, match: Match) -> None:
        self._named[id(match.method)] = match
        path = match.method.path.strip("/")
        if not _PLACEHOLDER.search(path):
            self._fixed.setdefault((match.method.verb, path), match)
            return
        parts = [re.escape(part) for part in _PLACEHOLDER.split(path)]
        pattern = re.compile("[^/]+".join(parts))
        key = (match.method.verb, path.count("/"))
        self._patterns.setdefault(key, []).append((pattern, match))

    def named(self, method: Method) -> Match | None:
        """Return a method of this integration with its names, or None for another's."""
        found = self._named.get(id(method))
        return found if found is not None and found.method is method else None

    def find(self, verb: str, path: str) -> Match | None:
        """Return the method that `verb` and `path` (relative to the base URL) mean, or None."""
        bare = path.strip("/")
        found = self._fixed.get((verb, bare))
        if found is not None:
            return found
        for pattern, match in self._patterns.get((verb, bare.count("/")), ()):
            if pattern.fullmatch(bare):
                return match
        return None
