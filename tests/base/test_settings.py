from pathlib import Path

import pytest

from waypost.base.declared import fields
from waypost.base.errors import SettingInvalid
from waypost.base.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)


def test_defaults_work_on_one_machine() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.sqlalchemy_url().startswith("sqlite:////")
    assert settings.sqlalchemy_url().endswith("/.waypost/waypost.sqlite3")


def test_environment_is_read_with_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "9000")
    monkeypatch.setenv("WAYPOST_DATA_DIR", "/data")
    monkeypatch.setenv("WAYPOST_ALLOW_ADDRESSES", "127.0.0.0/8, ::1/128 ,")
    monkeypatch.setenv("WAYPOST_BASE_URLS", '{"acme": "http://127.0.0.1:8025/v1"}')
    settings = read_settings()
    assert settings.port == 9000
    assert settings.data_dir == Path("/data")
    assert settings.allow_addresses == ("127.0.0.0/8", "::1/128")
    assert settings.base_urls == {"acme": "http://127.0.0.1:8025/v1"}


def test_database_url_wins_over_the_folder() -> None:
    assert read_settings(database_url="postgresql://h/d").sqlalchemy_url() == "postgresql://h/d"


def test_what_is_not_ours_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_FACTS", "/somewhere")
    read_settings()


def test_every_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "eighty")
    monkeypatch.setenv("WAYPOST_CONNECT_TIMEOUT", "0")
    with pytest.raises(SettingInvalid) as raised:
        read_settings()
    assert "PORT" in str(raised.value)
    assert "CONNECT_TIMEOUT" in str(raised.value)


def test_a_wrong_setting_does_not_show_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_OAUTH_CLIENTS", '{"acme": "planted-value-73"}')
    with pytest.raises(SettingInvalid) as raised:
        read_settings()
    assert "planted-value-73" not in str(raised.value)


def test_operator_token_does_not_print() -> None:
    settings = read_settings(operator_token="planted-value-73")
    assert "planted-value-73" not in repr(settings)


def test_what_is_given_here_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "9000")
    monkeypatch.setenv("WAYPOST_BASE_URLS", "no JSON")
    settings = read_settings(port=9001, base_urls={})
    assert (settings.port, settings.base_urls) == (9001, {})


def test_a_name_in_small_letters_counts_unless_there_is_one_in_capitals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("waypost_port", "9000")
    assert read_settings().port == 9000
    monkeypatch.setenv("WAYPOST_PORT", "9001")
    assert read_settings().port == 9001


@pytest.mark.parametrize("text", ["", "planted-value-73", "NaN", '["a"]', "null"])
def test_what_is_to_be_an_object_and_is_not_is_named_only(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPOST_OAUTH_CLIENTS", text)
    with pytest.raises(SettingInvalid, match="WAYPOST_OAUTH_CLIENTS") as raised:
        read_settings()
    assert "planted-value-73" not in str(raised.value)
