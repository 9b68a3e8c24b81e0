"""A mapping file says a thing once and calls it from everywhere."""

from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.functions import preceded, with_functions
from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.unified import Mapping, MappingFile

FUNCTIONS = {
    "slug": "function($text) { $lowercase($text) }",
    "person": 'function($native, $status) { {"id": $slug($native.id), "status": $status} }',
}


def test_an_expression_gets_what_it_calls_and_what_that_calls() -> None:
    text = preceded('$person(response, "active")', FUNCTIONS)
    value = compile_expression(text).evaluate({"response": {"id": "A"}})
    assert value == {"id": "a", "status": "active"}


def test_an_expression_that_calls_nothing_stays_as_it_is() -> None:
    assert preceded("response.id", FUNCTIONS) == "response.id"
    assert "$person :=" not in preceded("$slug(response.id)", FUNCTIONS)


def test_a_function_is_not_taken_for_one_whose_name_begins_alike() -> None:
    assert "$slug :=" not in preceded("$slugs", {"slug": "function() { 1 }"})


def test_every_cell_is_served_merged_ones_and_steps_too() -> None:
    file = checked_json(
        MappingFile,
        """{"model": "m", "functions": {"one": "function() { 1 }"},
            "resources": {"users": {"list": {
              "resource": "r", "method": "list", "response_mapping": "{\\"n\\": $one()}",
              "before": [{"name": "b", "resource": "r", "method": "get", "id": "$one()"}],
              "merge": [{"resource": "s", "method": "list", "filters": "$one() = 1"}]}}}}""",
    )
    cell: Mapping = with_functions(file).resources["users"]["list"]
    assert compile_expression(cell.response_mapping or "").evaluate({}) == {"n": 1}
    assert compile_expression(cell.before[0].id or "").evaluate({}) == 1
    assert compile_expression(cell.merge[0].filters or "").evaluate({}) is True
