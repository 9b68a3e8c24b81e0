"""What `waypost sync run` shows of a run, and how it ends."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support.raw_provider import Exchange, RawProvider

from waypost.base.errors import InvalidRequest
from waypost.entrypoints.cli.main import commands
from waypost.entrypoints.cli.sync import Server, line_of

STATS = {"people": {"list": {"fetched": 50, "created": 3, "updated": 0}, "get": {"fetched": 2}}}


def run(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "r1", "status": status, "resource_stats": STATS, **more}


@pytest.mark.parametrize(
    ("shown", "expected", "line"),
    [
        (run("created", resource_stats={}), 0, "created      0 read"),
        (run("running"), 0, "running      52 read: 3 created"),
        (run("running"), 104, f"running      [{'#' * 15}{'.' * 15}] 52 read: 3 created"),
        (run("running"), 10, f"running      [{'#' * 30}] 52 read: 3 created"),
        (run("completed"), 104, "completed    52 read: 3 created"),
        (
            run("rate_limited", retry_after="tomorrow"),
            0,
            "rate_limited 52 read: 3 created (goes on at tomorrow)",
        ),
        (run("failed", error={"message": "no"}), 0, "failed       52 read: 3 created (no)"),
    ],
)
def test_a_line(shown: dict[str, Any], expected: int, line: str) -> None:
    assert line_of(shown, expected) == line


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("failed", 1)])
def test_a_run_is_followed_to_its_end(bare_provider: RawProvider, status: str, code: int) -> None:
    seen = iter([run("running"), run("running"), run(status)])

    def behave(exchange: Exchange) -> None:
        if exchange.verb == "POST":
            assert json.loads(exchange.read_body())["args"] == {"since": "2026-01-01"}
            exchange.answer(201, run("created", resource_stats={}))
        elif "?" in exchange.target:
            exchange.answer(200, {"result": [run("completed")]})
        else:
            exchange.answer(200, next(seen))

    bare_provider.reset()
    bare_provider.behave(behave)
    given = ["sync", "run", "j1", "a1", "--url", bare_provider.url, "--token", "t"]
    ended = CliRunner().invoke(commands, [*given, "--args", '{"since": "2026-01-01"}'])
    assert ended.exit_code == code, ended.output
    assert [line.split()[0] for line in ended.output.splitlines()] == [
        "created",
        "running",
        status,
    ]
    assert bare_provider.last.header("authorization") == "Bearer t"


def test_what_the_server_refuses_is_told(bare_provider: RawProvider) -> None:
    bare_provider.reset()
    bare_provider.route("GET", "/v1/x", 404, {"message": "There is no such thing."})
    with pytest.raises(InvalidRequest, match="There is no such thing"):
        Server(bare_provider.url, "t").ask("/x")
    bare_provider.route("GET", "/v1/y", 502, b"<html>")
    with pytest.raises(InvalidRequest, match="answered 502"):
        Server(bare_provider.url, "t").ask("/y")
    with pytest.raises(InvalidRequest, match="no server at"):
        Server("http://127.0.0.1:1", "t").ask("/x")
    with pytest.raises(InvalidRequest, match="no http address"):
        Server("file:///etc", "t")


def test_arguments_are_json() -> None:
    given = ["sync", "run", "j1", "a1", "--token", "t", "--args", "{"]
    ended = CliRunner().invoke(commands, given)
    assert (ended.exit_code, "it is no JSON" in ended.output) == (2, True)
