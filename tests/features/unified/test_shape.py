import pytest

from waypost.base.errors import InvalidRequest
from waypost.engine.unify import Mapped
from waypost.features.unified.shape import dress, keyed, refuse_unknown_switches, response_format
from waypost.kernel.calls.reading import Reading

ITEM = Mapped({"id": "1", "name": "Ada"}, {"native": True})
FIELDS = ("id", "name", "title", "remote_data")


def reading(**switches) -> Reading:
    return Reading("a", switches={f"truto_{name}": value for name, value in switches.items()})


@pytest.mark.parametrize(
    ("switches", "form", "wanted"),
    [
        ({}, "unified", {"id": "1", "name": "Ada", "remote_data": {"native": True}}),
        ({"ignore_remote_data": "true"}, "unified", {"id": "1", "name": "Ada"}),
        ({"exclude_fields": ["id", "remote_data"]}, "unified", {"name": "Ada"}),
        ({"exclude_fields": "id, remote_data"}, "unified", {"name": "Ada"}),
        ({}, "normalized", {"id": "1", "name": "Ada", "title": None}),
        ({"exclude_fields": "title,nothing"}, "normalized", {"id": "1", "name": "Ada"}),
    ],
)
def test_record_is_dressed_as_asked(switches, form, wanted) -> None:
    assert dress([ITEM], reading(**switches), form, FIELDS) == [wanted]
    assert ITEM.record == {"id": "1", "name": "Ada"}, "what was mapped is not touched"


def test_list_is_keyed_by_the_whole_record() -> None:
    assert keyed([{"name": "Ada"}], [ITEM], reading(key_by="id")) == {"1": {"name": "Ada"}}
    assert keyed([{}], [ITEM], reading()) == [{}]
    assert keyed([{}], [ITEM], reading(key_by="")) == [{}]


@pytest.mark.parametrize("field", ["missing", ["id"]])
def test_key_that_is_none(field) -> None:
    with pytest.raises(InvalidRequest, match="truto_key_by"):
        keyed([{}], [ITEM], reading(key_by=field))


def test_formats_and_switches_are_known_ones() -> None:
    assert response_format(reading()) == "unified"
    assert response_format(reading(response_format="raw")) == "raw"
    with pytest.raises(InvalidRequest, match="one of unified"):
        response_format(reading(response_format="XML"))
    refuse_unknown_switches(reading(key_by="id", body_passthrough="true"))
    with pytest.raises(InvalidRequest, match="truto_debug is not a switch"):
        refuse_unknown_switches(reading(debug="1"))
