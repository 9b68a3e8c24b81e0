import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from waypost.base.log import redact, set_up_logging
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


@pytest.fixture
def logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
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
def test_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("warning", "text")
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    shown = capsys.readouterr().err
    assert "quiet" not in shown
    assert "loud" in shown
