"""Check one folder, or a whole catalogue, and list everything that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath

from waypost.engine.conformance.answers import check_answers
from waypost.engine.conformance.contents import check_contents
from waypost.engine.conformance.deliveries import check_deliveries
from waypost.engine.conformance.examples import check_examples
from waypost.engine.conformance.mappings import check_mappings
from waypost.engine.conformance.prose import check_prose
from waypost.engine.conformance.records import check_records
from waypost.engine.conformance.references import check_references
from waypost.engine.conformance.registrations import (
    check_backfilled_examples,
    check_registered_examples,
    check_registrations,
)
from waypost.engine.conformance.requests import check_requests
from waypost.engine.conformance.sending import check_sending, check_sent_examples
from waypost.engine.conformance.suppressions import (
    check_suppressed_examples,
    check_suppressions,
)
from waypost.engine.conformance.templates import check_templates
from waypost.engine.manifest.load import MAIN_FILE, MODEL_FILE, read_integration, read_model
from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.places import Places
from waypost.engine.manifest.problem import Problem, refusal
from waypost.engine.manifest.unified import UnifiedModel


def check_folder(folder: FilePath, *, roots: Sequence[FilePath] = ()) -> list[str]:
    """Return every problem of an integration's or a model's folder as `file:line:column: sentence`.

    Mappings are held against the models of the catalogue the folder lies in, and of `roots`.
    """
    problems: list[Problem] = []
    if not (folder / MODEL_FILE).is_file() and not (folder / MAIN_FILE).is_file():
        return [f"{folder.name}: there is neither {MAIN_FILE} nor {MODEL_FILE} in this folder"]
    if (folder / MODEL_FILE).is_file():
        model = read_model(folder, problems)
        if model is not None:
            problems.extend(lint_model(model.model, model.places))
    else:
        loaded = read_integration(folder, problems)
        if loaded is not None:
            models = _models((folder.parent.parent, *roots))
            problems.extend(check_integration(loaded, models))
    return [str(problem) for problem in sorted(set(problems))]


def check_integration(
    loaded: LoadedIntegration, models: Mapping[str, UnifiedModel]
) -> Iterator[Problem]:
    """Yield everything, examples included: what an author should put right before sharing it."""
    yield from lint_integration(loaded, models)
    yield from check_prose(loaded)
    yield from check_examples(loaded)
    yield from check_requests(loaded)
    yield from check_answers(loaded)
    yield from check_deliveries(loaded)
    yield from check_sent_examples(loaded)
    yield from check_registered_examples(loaded)
    yield from check_backfilled_examples(loaded)
    yield from check_suppressed_examples(loaded)
    for name, mapping in loaded.mappings.items():
        yield from check_records(loaded.integration, mapping, loaded.mapping_places[name], models)


def lint_integration(
    loaded: LoadedIntegration, models: Mapping[str, UnifiedModel]
) -> Iterator[Problem]:
    """Yield what would fail at run time: dead names, expressions and schemas that do not compile."""
    yield from check_references(loaded)
    yield from check_sending(loaded)
    yield from check_registrations(loaded)
    yield from check_suppressions(loaded)
    yield from check_templates(loaded)
    yield from check_contents(loaded.integration, loaded.places)
    for name, mapping in loaded.mappings.items():
        places = loaded.mapping_places[name]
        yield from check_contents(mapping, places)
        yield from check_mappings(loaded.integration, mapping, places, models)


def lint_catalog(catalog: Catalog) -> None:
    """Raise one `ManifestError` that lists what would fail at run time; nothing when all is well."""
    problems: list[Problem] = []
    for loaded in catalog.integrations.values():
        problems.extend(lint_integration(loaded, catalog.models))
    for name, model in catalog.models.items():
        problems.extend(lint_model(model, catalog.model_places[name]))
    if problems:
        raise refusal(problems)


def lint_model(model: UnifiedModel, places: Places) -> Iterator[Problem]:
    """Yield schemas of a unified model that are not schemas."""
    yield from check_contents(model, places)


def _models(roots: Sequence[FilePath]) -> dict[str, UnifiedModel]:
    found: dict[str, UnifiedModel] = {}
    for root in roots:
        parent = root / "models"
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            model = read_model(folder, []) if folder.is_dir() else None
            if model is not None:
                found.setdefault(folder.name, model.model)
    return found
