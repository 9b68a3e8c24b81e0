"""What is said of making webhooks and of back-filling must lead somewhere and read its examples."""

from pathlib import Path

import pytest
from tests.support.catalogue import MAIN, found_in

REGISTRATION = """\
  - name: letters
    description: What happens to letters.
    subjects: {resource: letters, subject: '{"id": record.to, "name": record.to}'}
    events: [sent]
    list: {resource: letters, method: list}
    hook: '{"id": record.to}'
    create: {resource: letters, method: create}
    update: {resource: letters, method: create}
    delete: {resource: letters, method: create}
"""
BACKFILL = """\
  - registration: letters
    resource: letters
    query: '{"from": since}'
    event_id: $string(row.id)
    related: {resource: letters, method: get, id: row.id}
    body: '{"type": "letter.sent", "id": row.id}'
"""


def faults(folder: Path, registration: str = REGISTRATION, backfill: str = BACKFILL) -> list[str]:
    more = f"webhook_registrations:\n{registration}webhook_backfills:\n{backfill}"
    return found_in(folder, (MAIN, "category: email\n", f"category: email\n{more}"))


def test_what_leads_somewhere_is_sound(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("list: {resource: letters", "list: {resource: leters", "there is no resource 'leters'"),
        ("method: list}\n    hook", "method: create}\n    hook", "sends POST"),
        ("update: {resource: letters, method: create}", "update: {resource: letters, method: put}",
         "there is no method of 'letters' called 'put'"),
        ('{"id": record.to}', '{"id": record.nothing}', "'hook' reads nothing"),
        ('"id": record.to, "name"', '"id": record.nothing, "name"', "'subject' reads nothing"),
        ('{"id": record.to}', '{"id": recrod.to}', "there is no input 'recrod'"),
    ],
)  # fmt: skip
def test_a_registration_that_leads_nowhere(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in REGISTRATION
    found = faults(tmp_path, registration=REGISTRATION.replace(old, new))
    assert any(said in each for each in found), found


def test_a_name_is_used_once(tmp_path: Path) -> None:
    found = faults(tmp_path, registration=REGISTRATION * 2)
    assert any("the name 'letters' is already used above" in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("registration: letters", "registration: mail", "there is no webhook registration 'mail'"),
        ("    resource: letters", "    resource: letters\n    method: create", "sends POST"),
        ("method: get", "method: put", "there is no method of 'letters' called 'put'"),
        ("$string(row.id)", "'\"another\"'", "no webhook reads the event id 'another'"),
        ("$string(row.id)", "row.nothing", "becomes an event"),
    ],
)
def test_a_backfill_that_leads_nowhere(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in BACKFILL
    found = faults(tmp_path, backfill=BACKFILL.replace(old, new, 1))
    assert any(said in each for each in found), found
