"""Every folder of the shipped catalogue satisfies what `waypost integration check` asks for."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from waypost.base.secret import Secret
from waypost.engine.auth.apply import authorize
from waypost.engine.conformance.answers import check_answers
from waypost.engine.conformance.deliveries import check_deliveries
from waypost.engine.conformance.examples import check_examples
from waypost.engine.conformance.folder import check_folder, lint_integration, lint_model
from waypost.engine.conformance.prose import check_prose
from waypost.engine.conformance.records import check_records
from waypost.engine.conformance.references import methods
from waypost.engine.conformance.requests import check_requests
from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.plain import whole
from waypost.engine.manifest.problem import Problem
from waypost.engine.placeholders import names

ROOT = Path(__file__).resolve().parents[2] / "src" / "waypost" / "catalog"


def folders(kind: str) -> list[str]:
    return sorted(path.name for path in (ROOT / kind).iterdir() if path.is_dir())


@cache
def catalog() -> Catalog:
    return load_catalog(ROOT)


@pytest.fixture(params=folders("integrations"))
def loaded(request: pytest.FixtureRequest) -> LoadedIntegration:
    return catalog().integrations[request.param]


def nothing(problems: Iterator[Problem]) -> None:
    assert [str(problem) for problem in problems] == []


def test_names_expressions_and_schemas_lead_somewhere(loaded: LoadedIntegration) -> None:
    nothing(lint_integration(loaded, catalog().models))


def test_notes_and_descriptions_can_be_read(loaded: LoadedIntegration) -> None:
    nothing(check_prose(loaded))


def test_examples_fit_their_own_schemas(loaded: LoadedIntegration) -> None:
    nothing(check_examples(loaded))


def test_examples_become_the_requests_they_describe(loaded: LoadedIntegration) -> None:
    nothing(check_requests(loaded))


def test_answers_are_read_page_by_page_and_error_by_error(loaded: LoadedIntegration) -> None:
    nothing(check_answers(loaded))


def test_webhooks_verify_and_stop_verifying_when_a_byte_changes(
    loaded: LoadedIntegration,
) -> None:
    nothing(check_deliveries(loaded))


def test_mapped_examples_are_records_of_their_model(loaded: LoadedIntegration) -> None:
    for name, mapping in loaded.mappings.items():
        places = loaded.mapping_places[name]
        nothing(check_records(loaded.integration, mapping, places, catalog().models))


def test_credentials_reach_the_request_and_nothing_else_does(loaded: LoadedIntegration) -> None:
    integration = loaded.integration
    for authorization in {
        integration.authorization,
        *(method.authorization for _, method in methods(integration) if method.authorization),
    }:
        wanted = {
            candidate.keys[1]
            for template in whole(authorization).values()
            for placeholder in names(template)
            for candidate in placeholder.candidates
        }
        credentials = {name: Secret(f"value-of-{name}") for name in wanted}
        headers = authorize(authorization, credentials)
        assert bool(headers) == (authorization.scheme != "none")


@pytest.mark.parametrize("name", folders("models"))
def test_models_have_sound_schemas(name: str) -> None:
    nothing(lint_model(catalog().models[name], catalog().model_places[name]))


@pytest.mark.parametrize("kind", ["integrations", "models"])
def test_the_command_says_the_same(kind: str) -> None:
    for name in folders(kind):
        assert check_folder(ROOT / kind / name) == []
