"""A list of suppressions can be read, and its examples show somebody."""

from collections.abc import Iterator

from waypost.engine.conformance.references import names_method, unknown
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem
from waypost.engine.sending import pluck, read_suppressed

_READS = ("GET", "HEAD")


def check_suppressions(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield lists that lead nowhere, and lists whose method does more than read."""
    integration, places = loaded.integration, loaded.places
    for name, listed in integration.suppression_lists.items():
        here: Path = ("suppression_lists", name)
        yield from names_method(integration, places, here, listed.resource, listed.method)
        method = integration.method(listed.resource, listed.method)
        if method is not None and method.verb not in _READS:
            text = f"a list is only read; '{listed.resource}.{listed.method}' sends {method.verb}"
            yield Problem(places.value(here), text)
        if listed.remove is not None:
            called = listed.remove
            yield from names_method(
                integration, places, (*here, "remove"), called.resource, called.method
            )
    yield from _push(loaded)


def _push(loaded: LoadedIntegration) -> Iterator[Problem]:
    integration, places, push = (
        loaded.integration,
        loaded.places,
        loaded.integration.suppression_push,
    )
    if push is None:
        return
    here: Path = ("suppression_push",)
    for part, called in (("add", push.add), ("domains", push.domains)):
        yield from names_method(integration, places, (*here, part), called.resource, called.method)
    lists = integration.suppression_lists
    if push.list not in lists:
        text = unknown("suppression list", push.list, list(lists))
        yield Problem(places.value((*here, "list")), text)
    elif lists[push.list].remove is None:
        text = f"'{push.list}' does not say how somebody is taken off it again"
        yield Problem(places.value((*here, "list")), text)


def check_suppressed_examples(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield lists of which no example shows an address."""
    integration, places = loaded.integration, loaded.places
    for name, listed in integration.suppression_lists.items():
        method = integration.method(listed.resource, listed.method)
        if method is None:
            continue
        records = [
            record
            for example in method.examples
            for record in (
                pluck(example.response, method.response_path)
                if method.response_path
                else [example.response]
            )
        ]
        if not read_suppressed(listed.row, records):
            text = f"no example of '{listed.resource}.{listed.method}' has an address"
            yield Problem(places.value(("suppression_lists", name, "row")), text)
