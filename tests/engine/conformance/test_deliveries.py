"""A webhook example that proves nothing is found."""

from pathlib import Path

import pytest
from tests.support.catalogue import WEBHOOKS, WEBHOOKS_FILE, found_in

AT = "acme/webhooks.yaml:19:7: "
CASES = [
    ('"id":7}\'', '"id":8}\'', "the signature does not verify"),
    ("event_type: letter.sent", "event_type: letter.lost",
     "event_type gives 'letter.sent' and not 'letter.lost'"),
    ("event_id: $string(body.id)", "event_id: body.uid", "event_id gives nothing"),
    ("parts: [$header.acme-time, $body]", "parts: [$header.acme-time]",
     "the signature does not verify"),
    ("  event_type: body.type\n", "  applies: body.kind = 1\n  event_type: body.type\n", None),
    ("  event_id:", "  schema: {type: object, required: [uid]}\n  event_id:", None),
    ("event_type: body.type", "event_type: $sum(body.type)", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), CASES)
def test_found(tmp_path: Path, old: str, new: str, problem: str | None) -> None:
    found = found_in(tmp_path, (WEBHOOKS_FILE, old, new))
    assert found
    assert problem is None or AT + problem in found


def test_a_signature_that_leaves_the_body_out_is_found(tmp_path: Path) -> None:
    plain = "signature: {format: bearer, header: acme-signature}\n"
    text = (
        WEBHOOKS[: WEBHOOKS.index("signature:")] + plain + WEBHOOKS[WEBHOOKS.index("  event_t") :]
    )
    found = found_in(tmp_path, (WEBHOOKS_FILE, WEBHOOKS, text))
    assert any("the signature does not verify" in one for one in found)


def test_a_ping_belongs_to_no_kind(tmp_path: Path) -> None:
    new = "  ping: {when: body.id = 7}\n  applies: body.kind = 1\n  event_type: body.type\n"
    assert found_in(tmp_path, (WEBHOOKS_FILE, "  event_type: body.type\n", new)) == []


def test_an_example_is_due(tmp_path: Path) -> None:
    text = WEBHOOKS[: WEBHOOKS.index("  examples:")]
    found = found_in(tmp_path, (WEBHOOKS_FILE, WEBHOOKS, text))
    assert found == ["acme/webhooks.yaml:1:3: there is no example"]
