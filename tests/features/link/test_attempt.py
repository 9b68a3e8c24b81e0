"""What an attempt leaves behind; the whole course is told over HTTP in test_routes.py."""

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from tests.support.link_catalog import link_catalog

from waypost.base.errors import AddressUnusable, ManifestError, WaypostError
from waypost.features.link.attempt import Candidate, fault, last_error
from waypost.features.link.choices import Offer
from waypost.kernel.calls.probes import Verdict


def test_a_candidate_hands_out_its_credentials_and_prints_none(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    catalog = link_catalog(tmp_path_factory.mktemp("catalog"))
    context = {
        "client_id": "c",
        "port": 25,
        "oauth": {"token": {"access_token": "hunter22-access", "scope": "read"}},
        "nested": {"no": "credential"},
    }
    candidate = Candidate(Offer("i", catalog.integrations["acme"]), "oauth2", context)
    found = {name: secret.reveal() for name, secret in candidate.credentials().items()}
    assert found == {
        "client_id": "c",
        "port": "25",
        "access_token": "hunter22-access",
        "scope": "read",
    }
    assert "hunter22" not in repr(candidate)


def test_the_last_error_says_who_must_act() -> None:
    verdict = Verdict((), "Acme did not accept these credentials.", "owner", "Check them.")
    assert last_error(verdict) == {
        "message": "Acme did not accept these credentials.",
        "type": "validation_error",
        "who_must_act": "owner",
        "advice": "Check them.",
    }


@pytest.mark.parametrize(
    ("base_url", "error", "blame", "said"),
    [
        ("https://api.acme.test", AddressUnusable("Set IT."), "operator", "must act: Set IT."),
        ("https://{{context.host}}/v1", AddressUnusable("Set IT."), "owner", "slip"),
        ("https://{{context.host}}/v1", ManifestError("x"), "author", "must act."),
    ],
)
def test_a_fault_is_told_to_whom_it_concerns(
    tmp_path: Path, base_url: str, error: WaypostError, blame: str, said: str
) -> None:
    loaded = link_catalog(tmp_path).integrations["acme"]
    changed = replace(loaded, integration=structs.replace(loaded.integration, base_url=base_url))
    verdict = fault(Offer("i", changed), error)
    assert verdict.blame == blame
    assert verdict.advice is not None
    assert verdict.advice.endswith((said, "try again."))
    assert said in verdict.advice
