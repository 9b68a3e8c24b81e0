"""Pages of unified lists and of the provider's own, in the lane of syncs."""

from tests.support.raw_provider import answering
from tests.support.syncs import Syncs, keep, request

from waypost.features.syncs.runs.reading import digest_of


def test_a_digest_tells_pages_apart() -> None:
    assert digest_of([]) is None
    assert digest_of([{"id": 1}]) == digest_of([{"id": 1}]) != digest_of([{"id": 2}])


def test_unified_records_carry_the_providers_own(bare: Syncs) -> None:
    provider = bare.world.provider  # type: ignore[union-attr]
    provider.route("GET", "/v1/people", 200, {"data": [{"id": 1, "name": "Nia", "status": "on"}]})
    provider.route("GET", "/v1/guests", 200, {"data": [{"id": 2, "name": "Ola"}]})
    run = bare.run(bare.job(request("users", "user-directory/users"), keep("users")))
    assert run["status"] == "completed", run
    kept = {each["record_id"]: each["record"] for each in bare.records()}
    assert kept["1"]["remote_data"] == {"id": 1, "name": "Nia", "status": "on"}
    assert kept["2"]["status"] == "guest"
    [record] = bare.environment.records()
    assert (record["surface"], record["resource"]) == ("sync", "user-directory/users")


def test_an_answer_that_cannot_be_read(bare: Syncs) -> None:
    bare.world.provider.behave(answering(200, b"<html>"))  # type: ignore[union-attr]
    run = bare.run(bare.job(request("people", "people"), keep("people")))
    assert (run["status"], run["error"]["code"]) == ("failed", "provider.garbled")


def test_a_resource_the_integration_does_not_have(bare: Syncs) -> None:
    run = bare.run(bare.job(request("people", "pepole"), keep("people")))
    assert "Acme has no pepole list" in run["error"]["message"]
    run = bare.run(bare.job(request("users", "user-directory/licenses"), keep("users")))
    assert "does not offer" in run["error"]["message"]
