"""An example answer that the engine would not understand is found."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAIN, found_in

MORE = "more: false}"


def error_of(text: str) -> tuple[str, str, str]:
    old = "status: 201\n          response: {id: 1, to: ada@acme.test}\n"
    return (LETTERS_FILE, old, f"status: 422\n          response: {text}\n")


def test_a_page_leads_on(tmp_path: Path) -> None:
    assert found_in(tmp_path, (LETTERS_FILE, MORE, "more: true}")) == []


def test_a_page_that_leads_to_itself_is_found(tmp_path: Path) -> None:
    style = """style: dynamic
    initial: '{"query": {"p": 1}, "state": {"n": 1}}'
    next: 'body.more ? {"query": {"p": 1}, "state": {"n": values.state.n + 1}}'
"""
    spoils = [
        (MAIN, "style: page\n    has_more: body.more = true\n", style),
        (LETTERS_FILE, MORE, "more: true}"),
    ]
    assert found_in(tmp_path, *spoils) == [
        "acme/resources/letters.yaml:16:21: the page after this one is the same page again"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{message: This box is full.}", None),
        ("{code: 7}", "no message is found in this error"),
    ],
)
def test_an_error_says_something(tmp_path: Path, text: str, problem: str | None) -> None:
    expected = [f"acme/resources/letters.yaml:36:21: {problem}"] if problem else []
    assert found_in(tmp_path, error_of(text)) == expected


def test_an_expression_that_fails_on_an_error_is_found(tmp_path: Path) -> None:
    spoil = (MAIN, "message: body.message", "message: $sum(body.message)")
    found = found_in(tmp_path, spoil, error_of("{message: This box is full.}"))
    assert len(found) == 1
    assert "errors.message: The expression failed" in found[0]
