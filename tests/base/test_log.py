import base64
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from waypost.base.log import redact, set_up_logging, stack_of
from waypost.base.secret import Secret

PLANTED = "planted-value-73"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"api_key": PLANTED}, {"api_key": "[secret]"}),
        ({"Authorization": PLANTED}, {"Authorization": "[secret]"}),
        ({"refresh_token": PLANTED.encode()}, {"refresh_token": "[secret]"}),
        ({"token_count": 3}, {"token_count": 3}),
        ({"cookie": ""}, {"cookie": ""}),
        ({"a": [{"password": PLANTED}]}, {"a": [{"password": "[secret]"}]}),
        (("x", Secret(PLANTED)), ["x", "[secret]"]),
        (f"sent Bearer {PLANTED}", "sent Bearer [secret]"),
        (f"sent basic {PLANTED}", "sent basic [secret]"),
        ({"status": 200, "ok": True, "none": None}, {"status": 200, "ok": True, "none": None}),
    ],
)
def test_secrets_are_cut_by_name_and_by_form(value: Any, shown: Any) -> None:
    assert redact(value) == shown


def test_known_values_are_cut_wherever_they_stand() -> None:
    assert redact({"url": f"/x?k={PLANTED}&y=1"}, [PLANTED]) == {"url": "/x?k=[secret]&y=1"}


def test_short_known_values_would_cut_innocent_text() -> None:
    assert redact("a cat sat", ["at"]) == "a cat sat"


@pytest.mark.parametrize("before", ["", "u", "us:"])
def test_known_values_are_cut_in_base64_and_urls(before: str) -> None:
    key = "planted/value+73"
    encoded = base64.b64encode(f"{before}{key}".encode()).decode()
    shown = str(redact({"said": f"no user {encoded}", "url": f"/x?k={quote(key, safe='')}"}, [key]))
    assert shown.count("[secret]") == 2
    assert encoded[4:12] not in shown
    assert "%2B73" not in shown


def test_a_stack_names_places_and_no_values() -> None:
    planted = PLANTED
    try:
        try:
            dict[str, int]()[planted]
        except KeyError as error:
            raise ExceptionGroup(planted, [ValueError(planted)]) from error
    except ExceptionGroup as error:
        stack = stack_of(error)
    assert PLANTED not in stack
    assert "test_log.py" in stack
    for name in ("ExceptionGroup", "ValueError", "KeyError"):
        assert name in stack


@pytest.fixture
def logging_put_back() -> Iterator[None]:
    names = ("", "aiohttp", "asyncio", "asyncpg", "sqlalchemy")
    levels = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("logging_put_back")
@pytest.mark.parametrize("logger", ["structlog", "logging"])
def test_lines_are_json_on_stderr_without_secrets(
    capsys: pytest.CaptureFixture[str], logger: str
) -> None:
    set_up_logging("info", "json")
    if logger == "structlog":
        structlog.get_logger("x").info("sent", api_key=PLANTED, header=f"Bearer {PLANTED}")
    else:
        logging.getLogger("x").info("sent with Bearer %s", PLANTED)
    out, err = capsys.readouterr()
    assert out == ""
    line = json.loads(err)
    assert line["event"].startswith("sent")
    assert line["level"] == "info"
    assert PLANTED not in err


@pytest.mark.usefixtures("logging_put_back")
@pytest.mark.parametrize("form", ["json", "text"])
def test_other_libraries_are_not_heard_below_info(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    set_up_logging("debug", form)
    structlog.get_logger("x").debug("ours")
    for name in ("sqlalchemy.engine.Engine", "aiohttp.client", "asyncio", "stranger"):
        logging.getLogger(name).debug("executing %s", PLANTED)
    logging.getLogger("sqlalchemy.engine.Engine").info("[generated] (%s,)", PLANTED)
    shown = capsys.readouterr().err
    assert "ours" in shown
    assert "executing" not in shown
    assert PLANTED not in shown


@pytest.mark.usefixtures("logging_put_back")
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_has_no_locals(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up_logging("info", form)
    held = PLANTED
    for log in (structlog.get_logger("x"), logging.getLogger("x")):
        try:
            dict[int, int]()[len(held)]
        except KeyError:
            log.exception("failed")
    shown = capsys.readouterr().err
    assert shown.count("KeyError") >= 2
    assert PLANTED not in shown


@pytest.mark.usefixtures("logging_put_back")
def test_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("warning", "text")
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    shown = capsys.readouterr().err
    assert "quiet" not in shown
    assert "loud" in shown
