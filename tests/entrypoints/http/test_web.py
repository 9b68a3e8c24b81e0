"""The web framework's errors in our envelope."""

import asyncio

import httpx
import pytest
import structlog
from fastapi import APIRouter
from tests.support.world import AcmeWorld

from waypost.entrypoints.http.app import Application
from waypost.entrypoints.http.web import build_web
from waypost.kernel.environments import Caller


@pytest.mark.parametrize(
    ("verb", "path", "status", "said"),
    [
        ("GET", "/nothing", 404, "There is nothing at /nothing."),
        ("PUT", "/environment", 405, "PUT means nothing at /environment."),
        ("GET", "/static/none.js", 404, "nothing at"),
    ],
)
def test_frameworks_errors_are_in_the_envelope(
    acme: AcmeWorld, verb: str, path: str, status: int, said: str
) -> None:
    answer = acme.environment.request(verb, path)
    body = answer.json()
    assert answer.status_code == body["statusCode"] == status
    assert said in body["message"]
    assert answer.headers["waypost-origin"] == "platform"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"{", "not valid JSON"), (b"[]", "object"), (b'{"tenant_id": 7}', "tenant_id")],
)
def test_bodies_of_admin_routes(acme: AcmeWorld, body: bytes, said: str) -> None:
    answer = acme.environment.post("/integrated-account", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["message"]


@pytest.mark.anyio
async def test_a_fault_of_a_route_is_answered_in_the_envelope() -> None:
    router = APIRouter()

    @router.get("/link/broken")
    async def broken() -> None:
        value = "planted-value-73"
        raise OverflowError(value)

    async def authenticate(_: str) -> Caller:
        return Caller("api_token", "e")

    web = build_web([router])
    app = Application(
        inner=web, data_plane={}, authenticate=authenticate, protocol=asyncio.Protocol
    )
    transport = httpx.ASGITransport(app)
    with structlog.testing.capture_logs() as logged:
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            answer = await client.get("/link/broken", headers={"authorization": "Bearer x"})
    body = answer.json()
    assert answer.status_code == body["statusCode"] == 500
    assert body["code"] == "internal"
    assert answer.headers["waypost-request-id"] in body["message"]
    assert answer.headers["content-length"] == str(len(answer.content))
    assert [entry["event"] for entry in logged] == ["request_failed"]
    assert "planted" not in str(logged) + answer.text
