"""Descriptions are read by people and by AI tools: whole sentences, each its own."""

from collections.abc import Iterator

from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem

SHORTEST = 20


def check_prose(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield descriptions that are too short, unfinished or copied, and missing notes."""
    integration = loaded.integration
    if not loaded.notes.strip():
        yield Problem(
            loaded.places.value(()), "NOTES.md is missing; write what is known and whence"
        )
    elif "http" not in loaded.notes and "source" not in loaded.notes.lower():
        yield Problem(loaded.places.value(()), "NOTES.md names no source")
    yield from _sentence(loaded, ("description",), integration.description)
    for resource_name, resource in integration.resources.items():
        path: Path = ("resources", resource_name)
        if resource.description is not None:
            yield from _sentence(loaded, (*path, "description"), resource.description)
        seen: dict[str, str] = {}
        for name, method in resource.methods.items():
            here = (*path, "methods", name, "description")
            yield from _sentence(loaded, here, method.description)
            if method.description in seen:
                text = f"the same description as '{seen[method.description]}'"
                yield Problem(loaded.places.value(here), text)
            seen.setdefault(method.description, name)


def _sentence(loaded: LoadedIntegration, path: Path, text: str) -> Iterator[Problem]:
    place = loaded.places.value(path)
    if len(text) < SHORTEST:
        yield Problem(place, f"'description': expected at least {SHORTEST} characters")
    if not text.rstrip().endswith("."):
        yield Problem(place, "'description': a sentence ends with a period")
