"""A folder is read whole, and refused with every problem's place."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.catalogue import FILES, spoilt, write_catalogue

from waypost.base.errors import ManifestError
from waypost.engine.manifest.load import load_catalog, load_integration, load_model
from waypost.engine.manifest.yaml_text import parse_yaml

MAIN = "integrations/acme/integration.yaml"
LETTERS = "integrations/acme/resources/letters.yaml"
MAPPING = "integrations/acme/mappings/mail.yaml"
WEBHOOKS = "integrations/acme/webhooks.yaml"
MODEL = "models/mail/model.yaml"


def refused(root: Path, changes: dict[str, str | None]) -> str:
    write_catalogue(root, changes)
    with pytest.raises(ManifestError) as caught:
        load_catalog(root)
    assert str(caught.value).startswith(f"{caught.value.where}: ")
    with pytest.raises(ManifestError) as a_servers:
        load_catalog(root, placed=False)
    assert str(a_servers.value) == str(caught.value), "every refusal has its place"
    return str(caught.value)


def test_a_sound_folder_becomes_one_integration(tmp_path: Path) -> None:
    loaded = load_integration(write_catalogue(tmp_path) / "integrations" / "acme")
    assert loaded.integration.name == "acme"
    method = loaded.integration.method("letters", "get")
    assert method is not None
    assert method.path == "/letters/{{id}}"
    assert [probe.resource for probe in loaded.integration.probes] == ["letters"]
    assert [webhook.name for webhook in loaded.integration.webhooks] == ["letters"]
    assert loaded.mappings["mail"].resources["messages"]["list"].resource == "letters"
    assert "https://acme.test/docs" in loaded.notes
    assert loaded.files == (
        "NOTES.md",
        "integration.yaml",
        "link.yaml",
        "mappings/mail.yaml",
        "resources/letters.yaml",
        "webhooks.yaml",
    )


def test_places_lead_back_to_the_file_that_was_written(tmp_path: Path) -> None:
    loaded = load_integration(write_catalogue(tmp_path) / "integrations" / "acme")
    path = ("resources", "letters", "methods", "get", "path")
    assert loaded.places.at(*path) == "acme/resources/letters.yaml:19:13"
    assert loaded.places.at("probes", 0, "resource") == "acme/link.yaml:3:15"
    assert loaded.places.at("webhooks", 0, "name") == "acme/webhooks.yaml:1:9"


def test_a_server_reads_the_same_and_keeps_no_places(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path)
    kept, lean = load_catalog(root), load_catalog(root, placed=False)
    assert lean.models == kept.models
    assert all(places.values for places in kept.model_places.values())
    assert not any(places.values for places in lean.model_places.values())
    for name, loaded in lean.integrations.items():
        assert loaded.integration == kept.integrations[name].integration
        assert loaded.mappings == kept.integrations[name].mappings
        assert not loaded.places.values
        assert not loaded.places.keys
        assert not any(places.values for places in loaded.mapping_places.values())


def test_a_model_is_read(tmp_path: Path) -> None:
    model = load_model(write_catalogue(tmp_path) / "models" / "mail")
    assert model.resources["messages"].schema_["required"] == ["id"]


def test_a_catalogue_is_in_alphabetical_order_over_all_roots(tmp_path: Path) -> None:
    first = write_catalogue(tmp_path / "first")
    second = tmp_path / "second"
    for name, text in FILES.items():
        if "acme" in name and "mappings" not in name:
            path = second / name.replace("acme", "aardvark")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("name: acme", "name: aardvark"))
    catalog = load_catalog(first, second, tmp_path / "absent")
    assert list(catalog.integrations) == ["aardvark", "acme"]
    assert list(catalog.models) == ["mail"]


def test_the_same_name_in_two_roots_is_refused(tmp_path: Path) -> None:
    first, second = write_catalogue(tmp_path / "a"), write_catalogue(tmp_path / "b")
    with pytest.raises(ManifestError, match=r"'acme' is already read from .*a/integrations/acme"):
        load_catalog(first, second)


REFUSALS = [
    (
        MAIN,
        "base_url:",
        "bse_url:",
        "acme/integration.yaml:1:1: 'base_url' is missing\n"
        "acme/integration.yaml:5:1: unknown key 'bse_url'; did you mean 'base_url'?",
    ),
    (
        MAIN,
        "  api_key:",
        "  oauth:",
        "acme/integration.yaml:7:3: the credentials format 'oauth' (OAuth 1.0a) is not supported; "
        "supported are api_key, oauth2, oauth2_client_credentials",
    ),
    (
        MAIN,
        "  api_key:",
        "  keka_oauth:",
        "acme/integration.yaml:7:3: the credentials format 'keka_oauth' is not supported; "
        "supported are api_key, oauth2, oauth2_client_credentials",
    ),
    (
        MAIN,
        "scheme: bearer",
        "scheme: oauth1",
        "acme/integration.yaml:13:11: the scheme 'oauth1' (OAuth 1.0a) is not supported; "
        "supported are bearer, header, basic, none",
    ),
    (
        MAIN,
        "scheme: bearer",
        "scheme: bearr",
        "acme/integration.yaml:13:11: 'bearr' is not known here; did you mean 'bearer'?",
    ),
    (
        MAIN,
        "  scheme: bearer\n",
        "",
        "acme/integration.yaml:13:3: 'scheme' is missing; one of bearer, header, basic, none",
    ),
    (
        MAIN,
        "style: page",
        "style: cursor",
        "acme/integration.yaml:17:5: 'cursor_path' is missing\n"
        "acme/integration.yaml:18:5: unknown key 'has_more'; known keys: "
        "style, cursor_path, cursor_param, limit_param, limit",
    ),
    (
        MAIN,
        "style: page",
        "style: 7",
        "acme/integration.yaml:17:12: expected one of page, offset, cursor, link_header, range, "
        "dynamic, found the number 7",
    ),
    (
        MAIN,
        "type: password",
        "type: secret",
        "acme/integration.yaml:11:15: 'secret' is not known here; "
        "one of: text, password, single_select",
    ),
    (
        MAIN,
        "label: Acme",
        "label: 12",
        "acme/integration.yaml:2:8: 'label': expected a text, found the number 12; "
        "put it in quotes",
    ),
    (
        MAIN,
        "label: API key",
        "required: yes",
        "acme/integration.yaml:9:9: 'label' is missing\n"
        "acme/integration.yaml:10:19: 'required': expected true or false, found the text 'yes'",
    ),
    (
        MAIN,
        "{limit: 10}",
        "{limit: '10'}",
        "acme/integration.yaml:21:22: 'limit': expected a whole number, found the text '10'; "
        "write it without quotes",
    ),
    (
        MAIN,
        "{limit: 10}",
        "{limit: 0}",
        "acme/integration.yaml:21:22: 'limit': expected at least 1, found 0",
    ),
    (
        MAIN,
        "{limit: 10}",
        "[10]",
        "acme/integration.yaml:21:14: 'general': expected a mapping, found a list",
    ),
    (
        MAIN,
        "https://api.acme.test/v1",
        "http://api.acme.test",
        "acme/integration.yaml:5:11: 'base_url': the text 'http://api.acme.test' "
        "does not match ^https://[^\\s?#]+[^/\\s?#]$",
    ),
    (
        MAIN,
        "name: acme",
        "name: acmi",
        "acme/integration.yaml:1:7: the name 'acmi' does not match its folder's name 'acme'",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nresources: {}",
        "acme/integration.yaml:4:1: 'resources' belongs in resources/*.yaml",
    ),
    (
        MAIN,
        "category: email",
        "category: email\ncategory: post",
        "acme/integration.yaml:4:1: the key 'category' is already on line 3",
    ),
    (
        LETTERS,
        "verb: POST",
        "verb: post",
        "acme/resources/letters.yaml:25:13: 'post' is not known here; did you mean 'POST'?",
    ),
    (
        LETTERS,
        "status: 201",
        "statu: 201",
        "acme/resources/letters.yaml:35:11: unknown key 'statu'; did you mean 'status'?",
    ),
    (
        LETTERS,
        "description: Get one letter by its id.",
        "description: Get it.",
        "acme/resources/letters.yaml:20:20: 'description': "
        "expected at least 10 characters, found 7",
    ),
    (
        "integrations/acme/link.yaml",
        "probes:",
        "probe:",
        "acme/link.yaml:1:1: unknown key 'probe'; did you mean 'probes'?",
    ),
    (
        "integrations/acme/link.yaml",
        "resource: letters",
        "resorce: letters",
        "acme/link.yaml:2:5: 'resource' is missing\n"
        "acme/link.yaml:3:5: unknown key 'resorce'; did you mean 'resource'?",
    ),
    (
        WEBHOOKS,
        "encoding: base64\n    prefix",
        "encoding: base46\n    prefix",
        "acme/webhooks.yaml:6:15: 'base46' is not known here; did you mean 'base64'?",
    ),
    (
        MAPPING,
        "model: mail",
        "model: post",
        "acme/mappings/mail.yaml:1:8: the model 'post' does not match the file's name 'mail.yaml'",
    ),
    (
        MAPPING,
        "query_mapping:",
        "query_maping:",
        "acme/mappings/mail.yaml:7:7: unknown key 'query_maping'; did you mean 'query_mapping'?",
    ),
    (
        MODEL,
        "    schema:",
        "    schema_:",
        "mail/model.yaml:7:5: 'schema' is missing\n"
        "mail/model.yaml:8:5: unknown key 'schema_'; did you mean 'schema'?",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), REFUSALS)
def test_refused_with_place_and_remedy(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    assert refused(tmp_path, spoilt(name, old, new)) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({MAIN: None}, "acme/integration.yaml:1:1: this file is missing"),
        ({MAIN: "[]"}, "acme/integration.yaml:1:1: this file must hold keys and values"),
        ({WEBHOOKS: "a: 1"}, "acme/webhooks.yaml:1:1: this file must hold a list"),
        ({LETTERS: ""}, "acme/resources/letters.yaml:1:1: this file is empty"),
        (
            {"integrations/acme/resources/more.yaml": FILES[LETTERS]},
            "acme/resources/more.yaml:1:1: the resource 'letters' is already in "
            "acme/resources/letters.yaml, line 1",
        ),
        (
            {"integrations/acme/webhook.yaml": "[]"},
            "acme/webhook.yaml:1:1: unknown file; did you mean 'webhooks.yaml'?",
        ),
        (
            {"integrations/acme/resources/deep/a.yaml": "{}"},
            "acme/resources/deep/a.yaml:1:1: unknown file; did you mean 'resources/*.yaml'?",
        ),
        (
            {"integrations/acme/photo.jpeg": ""},
            "acme/photo.jpeg:1:1: unknown file; a folder may hold: integration.yaml, link.yaml, "
            "webhooks.yaml, resources/*.yaml, mappings/*.yaml, NOTES.md, *.svg",
        ),
        (
            {"integrations/acme/hooks.py": "import socket"},
            "acme/hooks.py:1:1: hooks are not supported by this version; say it with expressions",
        ),
        ({MODEL: None, "models/mail/NOTES.md": "x"}, "mail/model.yaml:1:1: this file is missing"),
    ],
)
def test_files_are_refused(tmp_path: Path, changes: dict[str, str | None], message: str) -> None:
    assert refused(tmp_path, changes) == message


def test_dot_files_are_nobodys_manifest(tmp_path: Path) -> None:
    write_catalogue(tmp_path, {"integrations/acme/.swp": "x", "integrations/.git/config": "x"})
    assert list(load_catalog(tmp_path).integrations) == ["acme"]


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    changes = {
        **spoilt(MAIN, "label: Acme", "lable: Acme"),
        **spoilt(LETTERS, "status: 201", "status: ok"),
        **spoilt(MODEL, "label: Mail", "label: 1"),
    }
    lines = refused(tmp_path, changes).splitlines()
    assert [re.split(":", line)[0] for line in lines] == [
        "acme/integration.yaml",
        "acme/integration.yaml",
        "acme/resources/letters.yaml",
        "mail/model.yaml",
    ]


def _closed_mappings(name: str) -> list[tuple[str, int, int]]:
    """Return where each mapping of a node, in which keys are ours, has its first key."""
    open_ended = ("query", "response", "body", "schema", "properties", "query_schema", "general")
    named = ("resources", "methods", "messages", "headers", "events", "pagination", "classes")
    text = parse_yaml(FILES[name], name, [])
    assert text is not None
    firsts: dict[tuple[str | int, ...], tuple[str, int, int]] = {}
    for path, place in text.key_places.items():
        holder = path[:-1]
        inside = [part for part in holder if isinstance(part, str)]
        if any(part in open_ended for part in inside) or "body_schema" in inside:
            continue
        if inside and (inside[-1] in named) and not isinstance(holder[-1], int):
            continue
        if not holder and name == LETTERS:
            continue
        firsts.setdefault(holder, (name, place.line, place.column))
    return list(firsts.values())


SPOTS = [
    spot
    for name in (MAIN, LETTERS, MAPPING, WEBHOOKS, MODEL, "integrations/acme/link.yaml")
    for spot in _closed_mappings(name)
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SPOTS),
    st.from_regex(r"[a-z]{1,6}_[a-z]{1,6}q", fullmatch=True),
)
def test_an_unknown_key_is_refused_wherever_it_stands(
    tmp_path: Path, spot: tuple[str, int, int], key: str
) -> None:
    name, line, column = spot
    lines = FILES[name].splitlines(keepends=True)
    here = lines[line - 1]
    lines[line - 1] = f"{here[: column - 1]}{key}: 1{_separator(here, column)}{here[column - 1 :]}"
    message = refused(tmp_path, {name: "".join(lines)})
    expected = f"{name.split('/', 1)[1]}:{line}:{column}: unknown key '{key}'"
    assert expected in message


def _separator(line: str, column: int) -> str:
    """Return what comes between two keys here: a comma inside braces, else a new line."""
    before = line[: column - 1]
    return ", " if "{" in before else "\n" + " " * (column - 1)
