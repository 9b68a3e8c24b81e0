"""A question of the wrong kind is the caller's mistake, and says which field."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.unified.check import check_body, check_query

QUERY = {"properties": {"status": {"type": "string"}, "emails": {"type": "object"}}}
BODY = {
    "type": "object",
    "required": ["emails"],
    "properties": {
        "emails": {"type": "array", "items": {"type": "object", "required": ["email"]}},
    },
}


@pytest.mark.parametrize("value", [{"gt": "1"}, ["active"], {"x": {"y": "z"}}])
def test_a_text_filter_is_no_object_and_no_list(value: object) -> None:
    with pytest.raises(InvalidRequest, match="status"):
        check_query({"status": value}, QUERY)


def test_what_fits_or_is_not_declared_passes() -> None:
    check_query({"status": "active", "emails": {"email": "a@b.example"}, "other": ["x"]}, QUERY)
    check_query({"status": ["x"]}, None)
    check_body({"emails": [{"email": "a@b.example"}]}, BODY)
    check_body(b"raw", BODY)
    check_body("anything", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [(None, "body"), ({"emails": "a"}, "emails"), ({"emails": [{}]}, "emails[0]")],
)
def test_a_body_that_does_not_fit_names_the_place(body: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_body(body, BODY)
    assert refused.value.details["failures"][0]["field"] == field
