"""A question of the wrong kind is the caller's mistake, and says which field."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.unified.check import check_body, check_query, ignored_filters

STATUS = {"type": "string", "enum": ["active", "invited"]}
QUERY = {"properties": {"status": STATUS, "emails": {"type": "object"}}}
MODEL = {"properties": {"status": {"enum": ["active", "deleted"]}, "sort_by": {"type": "string"}}}
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


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"stauts": "active"}, "no filter 'stauts'; did you mean 'status'?"),
        ({"sort": "name"}, "did you mean 'sort_by'?"),
        ({"colour": "red"}, "filters here: emails, status. .* remote_query"),
        ({"status": "activ"}, "status is never 'activ'; did you mean 'active'?"),
        ({"status": "green"}, "status is never 'green'; possible: active, invited, deleted."),
    ],
)
def test_what_nobody_knows_is_refused_with_the_nearest(query: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        check_query(query, QUERY, MODEL)


def test_a_mapping_with_no_filters_says_so() -> None:
    with pytest.raises(InvalidRequest, match="there are no filters here"):
        check_query({"colour": "red"}, {"properties": {}})


def test_what_only_the_model_knows_passes_and_is_named() -> None:
    query = {"sort_by": "name", "status": "deleted"}
    check_query(query, QUERY, MODEL)
    assert ignored_filters(query, QUERY) == ["sort_by"]
    assert ignored_filters(query, None) == []


def test_what_fits_or_was_never_declared_passes() -> None:
    check_query({"status": "Active", "emails": {"email": "a@b.example"}}, QUERY, MODEL)
    check_query({"status": ""}, QUERY)
    check_query({"status": ["x"], "colour": "red"}, None, MODEL)
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
