"""The form: what is asked, what is read, what is wrong with it."""

from typing import Any

import pytest

from waypost.engine.manifest.credentials import CredentialField, FieldOption
from waypost.features.link.fields import form_fields, read_form


def field(**more: Any) -> CredentialField:
    return CredentialField(
        **{"name": "api_token", "label": "API token", "type": "password", **more}
    )


def read(one: CredentialField, typed: Any, provided: Any = None) -> tuple[str | None, str | None]:
    given = {} if provided is None else {one.name: provided}
    filled = read_form([one], {one.name: typed}, given)
    value = filled.values.get(one.name)
    return (value.reveal() if value else None), filled.faults.get(one.name)


@pytest.mark.parametrize(
    ("one", "typed", "value"),
    [
        (field(), "  mlsn.abc \n", "mlsn.abc"),
        (field(required=False), "", None),
        (field(default="eu"), None, "eu"),
        (field(format="email"), "a@b.example", "a@b.example"),
        (field(format="number"), "12.5", "12.5"),
        (field(format="number"), 12, "12"),
        (
            field(format="uuid"),
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ),
        (field(format="url"), "https://x.example/a", "https://x.example/a"),
        (field(pattern="[0-9]{3}"), "123", "123"),
        (field(transform="uppercase"), "abc", "ABC"),
        (field(transform="lowercase"), "AbC", "abc"),
        (
            field(transform="sha256"),
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (field(type="single_select", options=(FieldOption(label="EU", value="eu"),)), "eu", "eu"),
    ],
)
def test_what_is_read(one: CredentialField, typed: Any, value: str | None) -> None:
    assert read(one, typed) == (value, None)


@pytest.mark.parametrize(
    ("one", "typed", "words"),
    [
        (field(), "", "API token is needed."),
        (field(), "   ", "needed"),
        (field(), None, "needed"),
        (field(), ["x"], "must be a text"),
        (field(), True, "must be a text"),
        (field(), "x" * 9000, "too long"),
        (field(), "a\r\nx-evil: 1", "line break"),
        (field(), "a\x00b", "invisible"),
        (field(format="email"), "nobody", "an email address"),
        (field(format="number"), "1e", "a number"),
        (field(format="uuid"), "1234", "a UUID"),
        (field(format="url"), "javascript:alert(1)", "https://"),
        (field(format="url"), "https://[", "https://"),
        (field(pattern="[0-9]{3}", placeholder="123"), "1234", "like 123"),
        (
            field(type="single_select", options=(FieldOption(label="EU", value="eu"),)),
            "us",
            "Choose",
        ),
    ],
)
def test_what_is_refused(one: CredentialField, typed: Any, words: str) -> None:
    value, fault = read(one, typed)
    assert value is None
    assert words in (fault or "")
    assert not isinstance(typed, str) or len(typed) < 5 or typed not in (fault or "")


def test_what_the_link_token_provides_wins() -> None:
    assert read(field(), "typed", provided="given") == ("given", None)
    assert read(field(), "typed", provided="") == ("typed", None)


def test_unknown_names_are_refused() -> None:
    assert "other" in read_form([field()], {"api_token": "x", "other": "y"}, {}).faults


def test_no_secret_is_ever_shown_in_the_form() -> None:
    shown = form_fields(
        [
            field(default="d3fault"),
            field(name="region", type="text", default="eu"),
            field(name="key"),
        ],
        {"key": "pr0vided"},
    )
    assert [one.shown for one in shown] == ["", "eu", ""]
    assert [one.provided for one in shown] == [False, False, True]
    assert "pr0vided" not in repr(shown)


@pytest.mark.parametrize(
    ("one", "input_type", "mode"),
    [
        (field(), "password", None),
        (field(type="text"), "text", None),
        (field(type="text", format="email"), "email", None),
        (field(type="text", format="url"), "url", None),
        (field(type="text", format="number"), "text", "decimal"),
    ],
)
def test_input_types(one: CredentialField, input_type: str, mode: str | None) -> None:
    (shown,) = form_fields([one], {})
    assert (shown.input_type, shown.input_mode) == (input_type, mode)
