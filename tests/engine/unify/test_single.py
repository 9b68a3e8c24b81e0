"""One record: mapped, looked for in further sources, never invented."""

import pytest
from msgspec import structs
from tests.support.scripted_send import ScriptedSend

from waypost.base.errors import NotFound, ProviderRefused
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify import Ask, run_single

pytestmark = pytest.mark.anyio

GET = Mapping(
    resource="people", method="get", response_mapping='{"id": $string(response.id), "kind": "a"}'
)


async def test_get_maps_the_record_and_keeps_the_raw_beside_it() -> None:
    item, _ = await run_single(GET, Ask(id="2"), ScriptedSend({"people": [{"id": 2, "x": 1}]}))
    assert item.record == {"id": "2", "kind": "a"}
    assert item.raw == {"id": 2, "x": 1}


async def test_a_record_unknown_to_the_first_source_is_looked_for_in_the_next() -> None:
    mapping = structs.replace(
        GET,
        merge=(
            Mapping(resource="guests", method="get", response_mapping='{"id": "g" & response.id}'),
        ),
    )
    send = ScriptedSend({"people": [], "guests": [{"id": 5}]})
    item, _ = await run_single(mapping, Ask(id="5"), send)
    assert item.record == {"id": "g5"}


async def test_a_record_unknown_everywhere_is_the_first_sources_answer() -> None:
    with pytest.raises(ProviderRefused) as caught:
        await run_single(GET, Ask(id="9"), ScriptedSend({"people": []}))
    assert caught.value.status == 404


async def test_create_sends_the_mapped_body_and_maps_the_answer() -> None:
    mapping = Mapping(
        resource="people",
        method="create",
        body={"source": "waypost"},
        request_body_mapping='{"email": body.emails[0].email}',
        response_mapping='{"id": response.id, "email": response.email}',
    )
    send = ScriptedSend({})
    item, fetched = await run_single(
        mapping, Ask(body={"emails": [{"email": "a@example.com"}]}), send
    )
    assert send.asked[0][2].body == {"source": "waypost", "email": "a@example.com"}
    assert item.record == {"id": "new", "email": "a@example.com"}
    assert fetched.status == 201


async def test_get_over_a_static_list_picks_by_id() -> None:
    mapping = Mapping(resource="-", method="-", static=[{"id": "admin"}, {"id": "guest"}])
    item, _ = await run_single(mapping, Ask(id="guest"), ScriptedSend({}))
    assert item.record == {"id": "guest"}
    with pytest.raises(NotFound):
        await run_single(mapping, Ask(id="nobody"), ScriptedSend({}))


async def test_a_provider_without_get_is_searched_by_its_list() -> None:
    mapping = Mapping(
        resource="people", method="list", response_mapping='{"id": $string(response.id)}'
    )
    item, _ = await run_single(
        mapping, Ask(id="3"), ScriptedSend({"people": [{"id": 1}, {"id": 3}]})
    )
    assert item.record == {"id": "3"}


async def test_an_id_mapping_names_the_providers_id() -> None:
    mapping = structs.replace(GET, id_mapping='$substringAfter(id, "user_")')
    item, _ = await run_single(mapping, Ask(id="user_2"), ScriptedSend({"people": [{"id": 2}]}))
    assert item.record["id"] == "2"
