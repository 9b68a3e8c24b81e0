"""What changed in a batch, by tables and by laws."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import ProviderGarbled
from waypost.engine.json_text import encode_json
from waypost.features.syncs.records.keeping import (
    MOST_BYTES,
    MOST_TOLD,
    Known,
    batches,
    by_id,
    compare,
    digest,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.text(max_size=4), VALUES, max_size=5)


def test_new_changed_back_and_the_same() -> None:
    records = by_id([{"id": 1, "a": 1}, {"id": "2"}, {"id": "3"}, {"id": "4"}, {"id": 1, "a": 2}])
    same = digest({"id": "2"})
    known = {"2": Known(same, False), "3": Known("other", False), "4": Known(same, True)}
    changes = compare(records, known)
    assert (changes.created, changes.updated) == (("1", "4"), ("3",))
    assert changes.records["1"] == {"id": 1, "a": 2}
    assert changes.changed == {"1", "3", "4"}


@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": ["a"]}, "text", None])
def test_what_has_no_id_cannot_be_kept(record: Any) -> None:
    with pytest.raises(ProviderGarbled, match="without an id"):
        by_id([record])


def test_the_providers_own_record_is_no_change() -> None:
    assert digest({"id": 1, "remote_data": {"seen": 1}}) == digest({"id": 1, "remote_data": 2})
    assert digest({"id": 1, "a": 1}) != digest({"id": 1, "a": 2})


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        dice.shuffle(names)
        return {name: shuffled(value[name], dice) for name in names}
    return [shuffled(each, dice) for each in value] if isinstance(value, list) else value


@given(RECORDS, st.randoms())
def test_the_order_of_keys_is_no_change(record: dict[str, Any], dice: random.Random) -> None:
    assert digest(shuffled(record, dice)) == digest(record)


@given(st.lists(st.integers(1, 400_000), max_size=300))
def test_batches_lose_nothing_and_keep_within_bounds(sizes: list[int]) -> None:
    records = [{"id": at, "text": "x" * (size // 10)} for at, size in enumerate(sizes)]
    made = list(batches(records))
    assert [each for batch in made for each in batch] == records
    for batch in made:
        assert 0 < len(batch) <= MOST_TOLD
        assert len(batch) == 1 or sum(len(encode_json(each)) for each in batch) <= MOST_BYTES
