"""A bar on a terminal, and nothing elsewhere."""

import io
import sys

import pytest

from waypost.entrypoints.cli.progress import progress


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_a_bar_runs_to_its_end_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress("Re-wrapping data keys") as told:
        told(200, 1000)
        told(1000, 1000)
    shown = screen.getvalue()
    assert "Re-wrapping data keys" in shown
    assert "200/1000" in shown
    assert "1000/1000" in shown


def test_more_than_was_counted_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress("Replaying") as told:
        told(3, 2)
    assert "3/3" in screen.getvalue()


def test_a_log_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Re-wrapping data keys") as told:
        told(1, 2)
    assert capsys.readouterr().err == ""
