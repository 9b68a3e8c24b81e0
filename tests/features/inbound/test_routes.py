"""The doors that take webhooks in; what they do is test_receive.py's."""

import pytest
from tests.support.world import World


@pytest.mark.parametrize("door", ["integrated-account-webhook", "inbound"])
def test_both_doors_ask_for_a_signature_and_no_token(world: World, door: str) -> None:
    environment = world.environment
    answer = environment.http.post(f"{environment.url}/{door}/{world.account}", content=b"{}")
    assert answer.status_code == 401
    assert "signature" in answer.json()["message"]
