"""Resources without a feature behind them yet."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, empty_list

Json = dict[str, Any]
WRITES = ["POST", "PUT", "PATCH", "DELETE"]

LISTS = (
    "workflow",
    "workflow-run",
    "daemon",
    "daemon-job",
    "daemon-job-run",
    "daemon-job-cron-trigger",
    "datastore",
    "static-gate",
    "alarm",
    "documentation",
    "notification-destination",
)
"""They list nothing, hold nothing, and take nothing."""

ACTS = ("batch-request", "file")
"""They can only be written to."""

INCOMING = ("environment-integration-webhook",)
"""Public addresses that providers would call."""


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of what is not built yet; none of them is in the API reference."""
    router = APIRouter(include_in_schema=False)
    for name in LISTS:
        router.add_api_route(f"/{name}", _list, methods=["GET"])
        router.add_api_route(f"/{name}/{{rest:path}}", _missing(name), methods=["GET"])
    for name in (*LISTS, *ACTS):
        router.add_api_route(f"/{name}", _refused(name), methods=WRITES)
        router.add_api_route(f"/{name}/{{rest:path}}", _refused(name), methods=WRITES)
    for name in INCOMING:
        nothing = _missing(name, "Receiving providers' webhooks is not built yet.")
        router.add_api_route(f"/{name}/{{rest:path}}", nothing, methods=["GET", *WRITES])
    mcp = _missing("mcp", "There is no such MCP server.")
    router.add_api_route("/mcp/{rest:path}", mcp, methods=["GET", *WRITES])
    _add_account_mcp(router, kernel)
    return router


def _add_account_mcp(router: APIRouter, kernel: Kernel) -> None:
    path = "/integrated-account/{account_id}/mcp"

    async def list_servers(request: Request, account_id: str) -> Json:
        ask = asked(request.scope)
        await kernel.accounts.get(ask.environment_id, account_id)
        return empty_list(ask)

    router.add_api_route(path, list_servers, methods=["GET"])
    router.add_api_route(path, _refused("mcp"), methods=["POST"])
    missing = _missing("mcp", "There is no such MCP server.")
    router.add_api_route(path + "/{mcp_id}", missing, methods=["GET", *WRITES])


async def _list(request: Request) -> Json:
    return empty_list(asked(request.scope))


def _missing(name: str, message: str | None = None) -> Callable[[], Awaitable[None]]:
    async def missing() -> None:
        raise NotFound(message or f"There is no such {name}.")

    return missing


def _refused(name: str) -> Callable[[], Awaitable[None]]:
    async def refused() -> None:
        raise MethodNotSupported(f"'{name}' is not built yet: it can be listed, and is empty.")

    return refused
