"""What has no place of its own is where the nearest thing around it is."""

from waypost.engine.manifest.places import Places
from waypost.engine.manifest.yaml_text import read_yaml


def test_a_grafted_file_keeps_its_own_places() -> None:
    places = Places("main.yaml")
    places.graft((), read_yaml("a: 1\n", "main.yaml"))
    places.graft(("more",), read_yaml("# first\nb: {c: 2}\n", "more.yaml"))
    assert places.at("a") == "main.yaml:1:4"
    assert places.at("more", "b", "c") == "more.yaml:2:8"
    assert str(places.key(("more", "b", "c"))) == "more.yaml:2:5"


def test_the_nearest_place_around_stands_in() -> None:
    places = Places("main.yaml")
    places.graft(("more",), read_yaml("b: {c: 2}\n", "more.yaml"))
    assert places.at("more", "b", "absent", 3) == "more.yaml:1:4"
    assert places.at("elsewhere") == "main.yaml:1:1"
