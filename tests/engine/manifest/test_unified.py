"""A mapping may stand on others, and a model says `schema`."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.strict import checked
from waypost.engine.manifest.unified import Mapping, MappingStep, UnifiedModel

CELL = {"resource": "letters", "method": "list"}


def test_a_mapping_merges_further_ones() -> None:
    found = checked(Mapping, {**CELL, "merge": ({**CELL, "merge": (CELL,)},)})
    assert found.merge[0].merge[0].resource == "letters"
    assert found.response_mapping_method == "item"


@pytest.mark.parametrize("pages", [0, 101])
def test_a_step_reads_a_bounded_number_of_pages(pages: int) -> None:
    with pytest.raises(ValidationError):
        checked(MappingStep, {**CELL, "name": "first", "pages": pages})


def test_a_models_schema_is_called_schema() -> None:
    resource = {
        "description": "A thing.",
        "schema": {"type": "object"},
        "methods": {"list": {"description": "List things."}},
    }
    model = checked(
        UnifiedModel,
        {
            "name": "things",
            "label": "Things",
            "category": "test",
            "description": "Things of tests.",
            "resources": {"things": resource},
        },
    )
    assert model.resources["things"].schema_ == {"type": "object"}
