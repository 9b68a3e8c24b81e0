"""The key file: made once, kept private, understood or refused."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from waypost.adapters.key_file import KeyFile
from waypost.base.errors import Conflict, KeyMissing, SettingInvalid


def _made(path: Path) -> KeyFile:
    ring = KeyFile(path)
    ring.make()
    return ring


def test_nothing_but_make_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = KeyFile(path)
    for act in (ring.current, ring.ids, ring.add, lambda: ring.get("kek_a")):
        with pytest.raises(KeyMissing, match=r"keys\.json"):
            act()
    with pytest.raises(KeyMissing), ring.alone():
        pass
    assert not path.exists()
    KeyFile(path).make()
    made = ring.current()
    ring.make()
    assert KeyFile(path).ids() == (made.id,)


def test_the_file_is_made_private_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    first = _made(path).current()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyFile(path).current() == first
    assert len(first.material) == 32
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_of_many_starting_at_once_all_hold_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: _made(tmp_path / "keys.json"), range(16)))
    assert len({ring.current().id for ring in rings}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    _made(path)
    path.chmod(mode)
    with pytest.raises(SettingInvalid, match="chmod 600"):
        KeyFile(path)


SHORT = base64.b64encode(b"short").decode()
WHOLE = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"current": "a", "keys": []}',
        '{"current": "a", "keys": {"a": "not base64!"}}',
        '{"current": "a", "keys": {"a": 1}}',
        json.dumps({"current": "a", "keys": {"a": SHORT}}),
        json.dumps({"current": "b", "keys": {"a": WHOLE}}),
        json.dumps({"current": ["a"], "keys": {"a": WHOLE}}),
        json.dumps({"current": "a", "keys": {"a": WHOLE}, "retired": {"b": SHORT}}),
        json.dumps({"current": "a", "keys": {"a": WHOLE}, "retired": None}),
    ],
)
def test_a_file_that_is_none_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingInvalid) as raised:
        KeyFile(path)
    assert WHOLE not in str(raised.value)
    assert raised.value.__cause__ is None


def test_another_process_learns_of_a_rotation(tmp_path: Path) -> None:
    ours, theirs = _made(tmp_path / "keys.json"), KeyFile(tmp_path / "keys.json")
    old = ours.current()
    new = theirs.add()
    assert ours.current().id == new
    assert ours.get(old.id) == old
    assert ours.ids() == (new, old.id)
    theirs.retire(old.id)
    assert ours.ids() == (new,)
    assert ours.get(old.id) == old
    assert KeyFile(tmp_path / "keys.json").get(old.id) == old
    with pytest.raises(KeyMissing, match="kek_other"):
        ours.get("kek_other")
    with pytest.raises(Conflict):
        ours.retire(new)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_keys_added_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _made(path)
    with ThreadPoolExecutor(8) as pool:
        added = set(pool.map(lambda _: KeyFile(path).add(), range(16)))
    assert added < set(KeyFile(path).ids())


def test_a_file_gone_is_named(tmp_path: Path) -> None:
    ring = _made(tmp_path / "keys.json")
    (tmp_path / "keys.json").unlink()
    with pytest.raises(KeyMissing, match=r"keys\.json"):
        ring.current()


def test_no_key_shows(tmp_path: Path) -> None:
    ring = _made(tmp_path / "keys.json")
    shown = repr(ring.current()) + repr(ring)
    assert ring.current().material.hex() not in shown
    assert repr(ring.current().material) not in shown


def test_a_retired_key_is_kept_until_the_operator_deletes_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = _made(path)
    old = ring.current()
    ring.add()
    ring.retire(old.id)
    ring.retire(old.id)
    ring.add()
    content = json.loads(path.read_bytes())
    assert list(content["retired"]) == [old.id]
    assert base64.b64decode(content["retired"][old.id]) == old.material
    del content["retired"]  # a file of an earlier version has none
    path.write_text(json.dumps(content))
    with pytest.raises(KeyMissing, match=old.id):
        KeyFile(path).get(old.id)
    assert KeyFile(path).current() == ring.current()


def test_one_rotation_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with _made(path).alone():
        KeyFile(path).add()  # the rotation's own changes
        with pytest.raises(Conflict, match="Another rotation"), KeyFile(path).alone():
            pass
    with KeyFile(path).alone():
        pass
