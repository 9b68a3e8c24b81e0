"""A method that sends says what its messages are, and where they are found again."""

from collections.abc import Iterator

from waypost.engine.conformance.references import methods, names_method, unknown
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.sending import Sending
from waypost.engine.sending import pluck, read_listed

_READS = ("GET", "HEAD")


def check_sending(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield names that lead nowhere, and a `sending` that stands at a method which sends nothing."""
    integration, places = loaded.integration, loaded.places
    for path, method in methods(integration):
        if method.sending is None:
            continue
        here = (*path, "sending")
        if method.sends is None:
            yield Problem(places.value(here), "'sending' needs 'sends' beside it")
        name, known = method.sending.lookup, tuple(integration.sent_lookups)
        if name is not None and name not in known:
            text = unknown("sent lookup", name, known)
            yield Problem(places.value((*here, "lookup")), text)
    yield from _lookups(loaded)


def _lookups(loaded: LoadedIntegration) -> Iterator[Problem]:
    integration, places = loaded.integration, loaded.places
    for name, lookup in integration.sent_lookups.items():
        here: Path = ("sent_lookups", name)
        steps = [(here, lookup.resource, lookup.method)]
        if lookup.first is not None:
            steps.append(((*here, "first"), lookup.first.resource, lookup.first.method))
        for path, resource, method in steps:
            yield from names_method(integration, places, path, resource, method)
            found = integration.method(resource, method)
            if found is not None and found.verb not in _READS:
                text = f"a lookup only reads; '{resource}.{method}' sends {found.verb}"
                yield Problem(places.value(path), text)


def check_sent_examples(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield sending methods that say nothing, and paths at which no example has anything."""
    integration, places = loaded.integration, loaded.places
    for path, method in methods(integration):
        if method.sends is not None and method.sending is None:
            yield Problem(places.value(path), "it sends: say in 'sending' what its messages are")
        elif method.sending is not None:
            for text in _unseen(method, method.sending):
                yield Problem(places.value((*path, "sending")), text)
    for name in integration.sent_lookups:
        for text in _unlisted(integration, name):
            yield Problem(places.value(("sent_lookups", name, "row")), text)


def _unseen(method: Method, sending: Sending) -> Iterator[str]:
    bodies = [example.body for example in method.examples if example.body is not None]
    items = [each for body in bodies for each in (body if sending.batch else [body])]
    needed = [*filter(None, (sending.from_,)), *sending.to[:1]]
    for path in needed:
        if not any(True for item in items for _ in pluck(item, path)):
            yield f"no example's body has anything at '{path}'"


def _unlisted(integration: Integration, name: str) -> Iterator[str]:
    lookup = integration.sent_lookups[name]
    method = integration.method(lookup.resource, lookup.method)
    if method is None:
        return
    answers = [each.response for each in method.examples if each.response is not None]
    records = [
        record
        for answer in answers
        for record in (pluck(answer, method.response_path) if method.response_path else [answer])
    ]
    found = read_listed(lookup.row, records)
    if not any(each.message.recipients or each.message.subject for each in found):
        yield f"no example of '{lookup.resource}.{lookup.method}' is recognised as a message"
