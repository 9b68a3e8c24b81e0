"""What expressions see, and what a mapping's call is made of."""

import pytest
from tests.support.scripted_send import ScriptedSend

from waypost.base.errors import ManifestError
from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify import Ask, Fetched
from waypost.engine.unify.scope import (
    answer_headers,
    fixed_records,
    main_call,
    map_records,
    run_before,
)

pytestmark = pytest.mark.anyio


def test_static_query_yields_to_mapped_and_remote_query_goes_beside() -> None:
    mapping = Mapping(
        resource="r",
        method="list",
        query={"a": "static", "b": "static", "c": "static"},
        query_mapping='{"b": query.wanted, "c": "mapped"}',
    )
    ask = Ask(query={"wanted": "mapped"}, remote_query={"c": "remote"})
    # The request is built so that remote_query has the last word, also over names of ours.
    own = {"a": "static", "b": "mapped", "c": "mapped"}
    assert main_call(mapping, ask, {}).query == {**own, "remote_query": {"c": "remote"}}


def test_a_header_mapping_gives_lower_case_names() -> None:
    mapping = Mapping(
        resource="r", method="list", request_header_mapping='{"X-Team": context.team}'
    )
    assert main_call(mapping, Ask(context={"team": "blue"}), {}).headers == (("x-team", "blue"),)


def test_an_expression_of_the_wrong_kind_names_its_place() -> None:
    mapping = Mapping(resource="r", method="list", query_mapping='"text"')
    with pytest.raises(ManifestError, match=r"acme: users\.list"):
        main_call(mapping, Ask(where="acme: users.list"), {})


def test_records_see_the_reference_tables_and_the_answers_headers() -> None:
    mapping = Mapping(
        resource="r",
        method="list",
        response_mapping='{"id": response.id, "label": $lookup(reference.labels, response.id), '
        '"page": headers.`x-page`}',
    )
    ask = Ask(reference={"labels": {"a": "Alpha"}})
    mapped = map_records(mapping, ask, [{"id": "a"}], {}, (("x-page", "1"),))
    assert [item.record for item in mapped if item] == [{"id": "a", "label": "Alpha", "page": "1"}]


def test_an_array_mapping_finds_the_raw_record_by_id() -> None:
    mapping = Mapping(
        resource="r",
        method="list",
        response_mapping="[response[kind = 'user'].{'id': id}]",
        response_mapping_method="array",
    )
    raws = [{"id": 1, "kind": "bot"}, {"id": 2, "kind": "user"}]
    mapped = map_records(mapping, Ask(), raws, {}, ())
    assert [(item.record, item.raw) for item in mapped if item] == [({"id": 2}, raws[1])]


async def test_a_step_reads_as_many_pages_as_it_says() -> None:
    mapping = checked_json(
        Mapping,
        """{"resource": "r", "method": "list",
            "before": [{"name": "all", "resource": "people", "method": "list", "pages": 2}]}""",
    )
    send = ScriptedSend({"people": [{"id": number} for number in range(9)]}, page_size=3)
    before = await run_before(mapping, Ask(), send)
    assert [item["id"] for item in before["all"]] == [0, 1, 2, 3, 4, 5]


async def test_a_step_sees_the_step_before_it() -> None:
    mapping = checked_json(
        Mapping,
        """{"resource": "r", "method": "list",
            "before": [{"name": "first", "resource": "people", "method": "list"},
                       {"name": "second", "resource": "people", "method": "get",
                        "id": "before.first[0].id"}]}""",
    )
    before = await run_before(mapping, Ask(), ScriptedSend({"people": [{"id": 7, "name": "G"}]}))
    assert before["second"] == {"id": 7, "name": "G"}


def test_made_records_are_nobodys_raw_records_unless_they_carry_one() -> None:
    made = '[{"id": "1"}, {"id": "2", "remote_data": {"native": true}}]'
    computed = Mapping(resource="r", method="list", computed=made)
    records = fixed_records(computed, Ask(), {}) or []
    assert [(item.record, item.raw) for item in records] == [
        ({"id": "1"}, None),
        ({"id": "2"}, {"native": True}),
    ]
    static = Mapping(resource="r", method="list", static=[{"id": "1"}])
    assert [item.raw for item in fixed_records(static, Ask(), {}) or []] == [None]


def headed(expression: str) -> tuple[tuple[str, str], ...]:
    mapping = Mapping(resource="r", method="list", response_header_mapping=expression)
    fetched = Fetched({"total": 3}, headers=(("x-b", "1"), ("x-a", "2")))
    return answer_headers(mapping, Ask(where="here"), {}, fetched)


def test_headers_of_the_answer_can_be_mapped() -> None:
    mapped = headed('{"X-A": headers.`x-b`, "x-total": response.total, "x-none": null}')
    assert mapped == (("x-b", "1"), ("x-a", "1"), ("x-total", "3"))


@pytest.mark.parametrize("expression", ['{"x": "a\\nb: c"}', '{"x y": 1}', '{"x": "€"}', "7"])
def test_headers_that_are_none_are_the_mappings_fault(expression: str) -> None:
    with pytest.raises(ManifestError, match="response_header_mapping"):
        headed(expression)
