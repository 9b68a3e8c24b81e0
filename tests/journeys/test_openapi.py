"""Whatever is asked after our own OpenAPI document, nothing of ours breaks: `./dev proof openapi`, small."""

import pytest
from proofs.openapi import fuzz
from tests.support.world import AcmeWorld


@pytest.mark.timeout(200)
def test_no_operation_of_the_document_can_be_made_to_fault(acme: AcmeWorld) -> None:
    environment = acme.environment
    real = {"account_id": acme.account}
    found = fuzz(environment.url, environment.token, real, examples=3, seed=1)
    assert found.faults == [], "\n".join(found.faults[:5])
    assert found.operations > 100
    assert found.answers.total() > 2 * found.operations, found.line()
