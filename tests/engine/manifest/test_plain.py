"""A node is written again as what it says, with or without its defaults."""

import json

from tests.support.acme import acme, method

from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.plain import plain, whole
from waypost.engine.manifest.sending import SentRow
from waypost.engine.manifest.strict import checked_json

ROW = SentRow(id="message_id", from_="from", to=("to", "cc"))


def test_defaults_are_left_out_all_the_way_down() -> None:
    assert plain(ROW) == {"id": "message_id", "from_": "from", "to": ["to", "cc"]}
    assert plain(ROW, by_alias=True) == {"id": "message_id", "from": "from", "to": ["to", "cc"]}
    things = {"label": "Things", "methods": {"list": method(response_format="json")}}
    shown = plain(acme(resources={"things": things}))
    assert shown["resources"]["things"]["methods"]["list"] == {
        "verb": "GET",
        "path": "/things",
        "description": "A method that exists in tests only.",
    }


def test_a_whole_one_has_its_defaults_but_no_null() -> None:
    shown = whole(acme())
    assert shown["query_array_format"] == "brackets"
    assert shown["credentials"]["api_key"]["fields"][0]["required"] is True
    assert "website" not in shown
    assert "oauth2" not in shown["credentials"]


def test_what_is_written_is_read_as_the_same() -> None:
    found = acme(headers={"x": None}, plans=["free"])
    assert checked_json(Integration, json.dumps(plain(found, by_alias=True))) == found
