"""A unified list shows every record once, in order, whatever the provider's paging."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs
from tests.support.scripted_send import ScriptedSend

from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify import Ask, Position, list_records
from waypost.engine.unify.records import MOST_FILLING

pytestmark = pytest.mark.anyio

PEOPLE = Mapping(resource="people", method="list", response_mapping='{"id": $string(response.id)}')


async def read_all(
    mapping: Mapping, send: ScriptedSend, *, limit: int | None, query: dict[str, str] | None = None
) -> list[list[str]]:
    pages: list[list[str]] = []
    position: Position | None = Position()
    while position is not None:
        page = await list_records(
            mapping, Ask(query=query or {}), send, position=position, limit=limit
        )
        pages.append([item.record["id"] for item in page.records])
        position = None if page.next is None else Position.from_json(page.next.to_json())
        assert len(pages) < 500, "paging does not end"
    return pages


def numbered(count: int, start: int = 0) -> list[dict[str, int]]:
    return [{"id": number} for number in range(start, start + count)]


async def test_an_unpaged_answer_is_cut_by_us() -> None:
    pages = await read_all(PEOPLE, ScriptedSend({"people": numbered(5)}), limit=2)
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


async def test_without_a_limit_an_unpaged_answer_comes_whole() -> None:
    assert await read_all(PEOPLE, ScriptedSend({"people": numbered(5)}), limit=None) == [
        ["0", "1", "2", "3", "4"]
    ]


async def test_an_empty_list_is_one_empty_page() -> None:
    assert await read_all(PEOPLE, ScriptedSend({"people": []}), limit=3) == [[]]


async def test_merged_sources_follow_each_other_and_fill_the_page() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='{"id": $string(response.id)}',
        merge=(
            Mapping(resource="guests", method="list", response_mapping='{"id": "g" & response.id}'),
        ),
    )
    send = ScriptedSend({"people": numbered(3), "guests": numbered(2)})
    assert await read_all(mapping, send, limit=2) == [["0", "1"], ["2", "g0"], ["g1"]]


async def test_a_page_is_filled_from_the_next_paged_source() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='{"id": $string(response.id)}',
        merge=(
            Mapping(resource="guests", method="list", response_mapping='{"id": "g" & response.id}'),
        ),
    )
    send = ScriptedSend({"people": numbered(4), "guests": numbered(5)}, page_size=2)
    assert await read_all(mapping, send, limit=3) == [
        ["0", "1", "2"],
        ["3", "g0", "g1"],
        ["g2", "g3", "g4"],
    ]


async def test_filling_a_page_ends_after_a_few_calls() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='{"id": $string(response.id)}',
        filters="$number(record.id) % 10 = 0",
    )
    send = ScriptedSend({"people": numbered(100)}, page_size=2)
    page = await list_records(
        mapping, Ask(query={"old": "true"}), send, position=Position(), limit=9
    )
    assert [item.record["id"] for item in page.records] == ["0"]
    assert len(send.asked) == 1 + MOST_FILLING
    assert page.next is not None


async def test_without_a_limit_a_page_is_one_page_of_the_provider() -> None:
    send = ScriptedSend({"people": numbered(5)}, page_size=2)
    assert await read_all(PEOPLE, send, limit=None) == [["0", "1"], ["2", "3"], ["4"]]


async def test_a_source_whose_run_if_fails_is_not_called() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='{"id": $string(response.id)}',
        merge=(Mapping(resource="guests", method="list", run_if='query.status = "invited"'),),
    )
    send = ScriptedSend({"people": numbered(1)})
    assert await read_all(mapping, send, limit=5, query={"status": "active"}) == [["0"]]
    assert [resource for resource, _, _ in send.asked] == ["people"]


async def test_filters_of_ours_never_leave_an_empty_middle_page() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='{"id": $string(response.id)}',
        filters="$number(record.id) >= 7",
    )
    send = ScriptedSend({"people": numbered(9)}, page_size=2)
    pages = await read_all(mapping, send, limit=2, query={"old": "true"})
    assert pages == [["7", "8"]]


async def test_a_dropped_record_is_counted() -> None:
    mapping = Mapping(
        resource="people",
        method="list",
        response_mapping='response.id = 1 ? null : {"id": $string(response.id)}',
    )
    page = await list_records(
        mapping, Ask(), ScriptedSend({"people": numbered(3)}), position=Position(), limit=None
    )
    assert [item.record["id"] for item in page.records] == ["0", "2"]
    assert page.dropped == 1


async def test_a_static_list_needs_no_call() -> None:
    mapping = Mapping(resource="-", method="-", static=[{"id": "admin"}, {"id": "guest"}])
    send = ScriptedSend({})
    assert await read_all(mapping, send, limit=1) == [["admin"], ["guest"]]
    assert send.asked == []


async def test_a_computed_list_sees_what_came_before() -> None:
    mapping = checked_json(
        Mapping,
        """{"resource": "-", "method": "-",
            "before": [{"name": "people", "resource": "people", "method": "list"}],
            "computed": "[$distinct(before.people.role).{\\"id\\": $}]"}""",
    )
    send = ScriptedSend({"people": [{"id": 1, "role": "a"}, {"id": 2, "role": "b"}]})
    assert await read_all(mapping, send, limit=None) == [["a", "b"]]


@example(counts=[1, 3], limit=3, page_size=1, keep_every=1)
@given(
    counts=st.lists(st.integers(0, 23), min_size=1, max_size=3),
    limit=st.one_of(st.none(), st.integers(1, 9)),
    page_size=st.one_of(st.none(), st.integers(1, 7)),
    keep_every=st.integers(1, 4),
)
async def test_every_kept_record_appears_once_in_order_and_no_middle_page_is_empty(
    counts: list[int], limit: int | None, page_size: int | None, keep_every: int
) -> None:
    names = [f"s{number}" for number in range(len(counts))]
    lists = {
        name: numbered(count, start=index * 100)
        for index, (name, count) in enumerate(zip(names, counts, strict=True))
    }
    filters = f"$number(record.id) % {keep_every} = 0" if keep_every > 1 else None
    sources = [
        Mapping(
            resource=name,
            method="list",
            response_mapping='{"id": $string(response.id)}',
            filters=filters,
        )
        for name in names
    ]
    mapping = structs.replace(sources[0], merge=tuple(sources[1:]))
    send = ScriptedSend(lists, page_size=page_size)
    pages = await read_all(mapping, send, limit=limit, query={"kept": "some"})
    expected = [
        str(item["id"]) for name in names for item in lists[name] if item["id"] % keep_every == 0
    ]
    assert [record for page in pages for record in page] == expected
    assert all(pages[:-1])
    if limit is not None:
        assert all(len(page) <= limit for page in pages)
        if keep_every == 1:
            assert all(len(page) == limit for page in pages[:-1]), "full pages, but for the last"
