"""A record that does not fit the model is said aloud, with its id and field."""

from waypost.engine.unify import conform
from waypost.engine.unify.conform import MOST_WARNINGS

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "emails": {
            "type": "array",
            "items": {"type": "object", "properties": {"email": {"type": "string"}}},
        },
    },
}


def test_a_record_that_fits_gives_no_warning_and_null_counts_as_absent() -> None:
    assert conform(SCHEMA, [{"id": "1", "emails": None}]) == []


def test_a_misfit_names_the_record_and_the_field() -> None:
    [misfit] = conform(SCHEMA, [{"id": "1", "emails": [{"email": 5}]}])
    assert misfit.record == "1"
    assert misfit.field == "emails[0].email"
    assert "string" in misfit.message


def test_a_missing_required_field_is_a_misfit() -> None:
    [misfit] = conform(SCHEMA, [{"emails": []}])
    assert misfit.record is None
    assert "id" in misfit.message


def test_a_page_full_of_misfits_is_bounded() -> None:
    assert len(conform(SCHEMA, [{"id": number} for number in range(500)])) == MOST_WARNINGS
