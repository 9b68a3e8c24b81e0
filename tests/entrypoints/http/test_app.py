"""The application as one callable: who is asking, which door, and how an error ends."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
import structlog

from waypost.base.asgi import Answer, CallerLeft, PlainRequest, json_answer
from waypost.base.errors import NotFound, Unauthenticated
from waypost.entrypoints.http.app import Application, bearer_token
from waypost.kernel.environments import Caller

pytestmark = pytest.mark.anyio

Message = MutableMapping[str, Any]


class Seen(list):
    """What reached the data plane and the web framework."""

    async def surface(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        self.append((request.method, tail, caller.kind))
        return json_answer(200, {"tail": tail})

    async def web(self, scope: Message, receive: Any, send: Any) -> None:
        self.append(("web", scope["path"], scope["waypost.caller"]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def authenticate(token: str) -> Caller:
    if token not in ("api_token", "account_token", "operator"):
        raise Unauthenticated
    return Caller(token, "e", account_id="a" if token == "account_token" else None)  # type: ignore[arg-type]


async def ask(
    application: Application, verb: str, target: str, token: str | None = "api_token"
) -> tuple[int, dict[str, str], Any]:
    from urllib.parse import unquote

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {
        "type": "http",
        "method": verb,
        "path": unquote(target),
        "raw_path": target.encode(),
        "query_string": b"",
        "headers": headers,
    }
    await application(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, json.loads(body) if body else None


def application(seen: Seen, **surfaces: Any) -> Application:
    data_plane = {"proxy": seen.surface, "passthrough": seen.surface, **surfaces}
    return Application(
        inner=seen.web, data_plane=data_plane, authenticate=authenticate, protocol=asyncio.Protocol
    )


@pytest.mark.parametrize(
    ("target", "tail"),
    [
        ("/proxy/users", "users"),
        ("//proxy//users///7", "users/7"),
        ("/proxy/a%2Fb", "a%2Fb"),
        ("/passthrough/acc//x//y", "acc//x//y"),
        ("//passthrough/acc/x", "acc/x"),
        ("/passthrough/acc/", "acc/"),
    ],
)
async def test_surfaces_get_the_rest_of_the_raw_path(target: str, tail: str) -> None:
    seen = Seen()
    status, headers, body = await ask(application(seen), "GET", target)
    assert (status, body) == (200, {"tail": tail})
    assert len(headers["waypost-request-id"]) == 36
    assert seen == [("GET", tail, "api_token")]


@pytest.mark.parametrize(
    ("target", "token", "status"),
    [
        ("/proxy/users", None, 401),
        ("/proxy/users", "stranger", 401),
        ("/proxy/users", "operator", 403),
        ("/link-token", "account_token", 403),
        ("/ping", None, 204),
        ("/link-token", "api_token", 204),
    ],
)
async def test_every_door_asks_for_its_token(target: str, token: str | None, status: int) -> None:
    seen = Seen()
    found, headers, body = await ask(application(seen), "POST", target, token)
    assert found == status
    assert headers["waypost-request-id"]
    if status != 204:
        assert body["statusCode"] == status
        assert not seen


@pytest.mark.parametrize(
    ("target", "token", "said"),
    [
        ("/proxy/users", "operator", r"use an API token \(POST /api-token\)"),
        ("/environment", "api_token", "POST /environment takes the operator's token"),
        ("/link-token", "account_token", "POST /link-token takes an API token"),
    ],
)
async def test_a_wrong_kind_of_token_is_told_which_to_use(
    target: str, token: str, said: str
) -> None:
    _, _, body = await ask(application(Seen()), "POST", target, token)
    assert re.search(said, body["message"])


async def test_web_knows_who_asks() -> None:
    seen = Seen()
    await ask(application(seen), "GET", "//environment//7", "operator")
    await ask(application(seen), "GET", "/ping", "stranger")
    assert [entry[:2] for entry in seen] == [("web", "/environment/7"), ("web", "/ping")]
    assert seen[0][2].kind == "operator"
    assert seen[1][2] is None


async def test_error_of_ours_is_an_envelope() -> None:
    async def fails(*_: Any) -> Answer:
        raise NotFound("No such thing.", details={"near": "x"})

    status, headers, body = await ask(application(Seen(), proxy=fails), "GET", "/proxy/x")
    assert status == 404
    assert body == {
        "statusCode": 404,
        "error": "Not Found",
        "message": "No such thing.",
        "code": "caller.not_found",
        "details": {"near": "x"},
    }
    assert headers["waypost-origin"] == "platform"


async def test_fault_of_ours_tells_nothing_but_its_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(*_: Any) -> Answer:
        raise KeyError("a secret")

    status, headers, body = await ask(application(Seen(), proxy=fails), "GET", "/proxy/x")
    assert status == 500
    assert headers["waypost-request-id"] in body["message"]
    assert "secret" not in json.dumps(body)


async def test_fault_the_framework_has_answered_is_logged_once() -> None:
    async def answers_and_raises(_: Message, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        raise KeyError("x")

    app = Application(
        inner=answers_and_raises,
        data_plane={},
        authenticate=authenticate,
        protocol=asyncio.Protocol,
    )
    with structlog.testing.capture_logs() as logged:
        status, _, body = await ask(app, "GET", "/environment")
    assert (status, body) == (500, {})
    assert [entry["event"] for entry in logged] == ["request_failed"]


async def test_fault_is_logged_without_the_values_it_met() -> None:
    async def fails(*_: Any) -> Answer:
        planted = "planted-value-73"
        raise KeyError(planted)

    with structlog.testing.capture_logs() as logged:
        _, headers, _ = await ask(application(Seen(), proxy=fails), "GET", "/proxy/x")
    (entry,) = logged
    assert (entry["event"], entry["error"]) == ("request_failed", "KeyError")
    assert entry["request_id"] == headers["waypost-request-id"]
    assert "test_app.py" in entry["stack"]
    assert "in fails" in entry["stack"]
    assert "exc_info" not in entry
    assert "planted-value" not in str(logged)
    assert "api_token" not in str(logged)


@pytest.mark.filterwarnings("ignore")
async def test_fault_shows_no_locals_where_logging_was_never_set_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fails(*_: Any) -> Answer:
        raise KeyError("x")

    await ask(application(Seen(), proxy=fails), "GET", "/proxy/x")
    out, err = capsys.readouterr()
    assert "request_failed" in out + err
    assert "api_token" not in out + err


async def test_answer_that_has_begun_is_cut_off() -> None:
    finished: list[BaseException | None] = []

    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise NotFound

    async def finish(_: int, failure: BaseException | None) -> None:
        finished.append(failure)

    async def streams(*_: Any) -> Answer:
        return Answer(200, stream=broken(), on_finish=finish)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/proxy/x",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer api_token")],
    }
    await application(Seen(), proxy=streams)(scope, send, send)  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"] is True, "no end: the server drops the connection"
    assert isinstance(finished[0], NotFound)


async def test_caller_who_left_is_no_error() -> None:
    async def leaves(*_: Any) -> Answer:
        raise CallerLeft

    async def send(_: Message) -> None:
        raise AssertionError("nobody is there")

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/proxy/x",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer api_token")],
    }
    await application(Seen(), proxy=leaves)(scope, send, send)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer ", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("abc", None),
    ],
)
def test_bearer_token(value: str, token: str | None) -> None:
    assert bearer_token({"headers": [(b"authorization", value.encode())]}) == token
    assert bearer_token({"headers": [(b"x", b"Bearer abc")]}) is None
