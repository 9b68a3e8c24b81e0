import pytest

from waypost.base.errors import ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth.reveal import carried, reveal


def test_credentials_are_filled_in_and_never_read_as_templates():
    credentials = {"a": Secret("{{credentials.b}}"), "b": Secret("2")}
    assert reveal("{{credentials.a}}-{{credentials.b}}", credentials) == "{{credentials.b}}-2"
    assert reveal("fixed", {}) == "fixed"
    assert reveal("", {}) == ""


def test_all_that_is_missing_is_named():
    with pytest.raises(ReauthorizationNeeded) as caught:
        reveal("{{credentials.a}}{{credentials.b}}", {})
    assert caught.value.details == {"missing": ["credentials.a", "credentials.b"]}


@pytest.mark.parametrize("value", ["", "  ", "a\r\nb", "a\0", "€", "\ud800"])
def test_what_no_header_can_carry_is_refused_without_being_shown(value):
    with pytest.raises(ReauthorizationNeeded, match="the header x-key") as caught:
        carried("x-key", value)
    assert value.strip() == "" or value not in str(caught.value)
