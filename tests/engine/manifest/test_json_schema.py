"""Editors' schemas accept what the loader accepts and refuse unknown keys."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.catalogue import FILES

from waypost.engine.manifest.json_schema import schema_texts
from waypost.engine.manifest.yaml_text import read_yaml
from waypost.engine.schemas import Schema

CATALOG = Path(__file__).parents[3] / "src" / "waypost" / "catalog"
SCHEMAS: dict[str, Any] = {name: json.loads(text) for name, text in schema_texts().items()}
PAIRS = [
    ("integration", "integrations/acme/integration.yaml"),
    ("resources", "integrations/acme/resources/letters.yaml"),
    ("link", "integrations/acme/link.yaml"),
    ("webhooks", "integrations/acme/webhooks.yaml"),
    ("mapping", "integrations/acme/mappings/mail.yaml"),
    ("model", "models/mail/model.yaml"),
]


@pytest.mark.parametrize(("schema", "file"), PAIRS)
def test_a_sound_file_is_accepted(schema: str, file: str) -> None:
    data = read_yaml(FILES[file], file).data
    assert list(Schema(SCHEMAS[f"{schema}.schema.json"]).problems(data)) == []


@pytest.mark.parametrize(("schema", "file"), PAIRS)
def test_an_unknown_key_is_refused(schema: str, file: str) -> None:
    data = read_yaml(FILES[file], file).data
    spoilt = data[0] if isinstance(data, list) else data
    spoilt["unheard_of"] = 1
    assert not Schema(SCHEMAS[f"{schema}.schema.json"]).accepts(data)


def test_fields_with_files_of_their_own_are_not_in_the_main_file() -> None:
    main = SCHEMAS["integration.schema.json"]
    assert not {"resources", "probes", "webhooks"} & main["properties"].keys()
    assert "Method" not in main["$defs"]


def test_every_file_of_the_shipped_catalogue_is_accepted() -> None:
    for schema, pattern in (
        ("integration", "integrations/*/integration.yaml"),
        ("resources", "integrations/*/resources/*.yaml"),
        ("link", "integrations/*/link.yaml"),
        ("webhooks", "integrations/*/webhooks.yaml"),
        ("mapping", "integrations/*/mappings/*.yaml"),
        ("model", "models/*/model.yaml"),
    ):
        compiled = Schema(SCHEMAS[f"{schema}.schema.json"])
        for file in CATALOG.glob(pattern):
            data = read_yaml(file.read_bytes(), file.name).data
            assert [str(one) for one in compiled.problems(data)] == [], file
