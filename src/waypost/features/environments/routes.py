"""/environment, /api-token, /team and /user."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.base.listing import Kind
from waypost.features.environments import shapes
from waypost.kernel.environments.store import API_TOKEN_FILTERS
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, page_of, read_body, read_list, takes
from waypost.kernel.wire.seeded import TEAM_ID, USER_ID

ENVIRONMENT_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "name": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
_DERIVED_FILTERS: Mapping[str, Kind] = {"id": "text", "name": "text"}


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of environments, tokens, the team and the user."""
    router = APIRouter()
    here = _Environments(kernel)
    add = router.add_api_route
    kind: dict[str, Any] = {"tags": ["environments"], "response_model": None}
    filters = lists(ENVIRONMENT_FILTERS)
    new, change = takes(shapes.NewEnvironment), takes(shapes.EnvironmentChange)
    one = "/environment/{environment_id}"
    add("/environment", here.list, methods=["GET"], openapi_extra=filters, **kind)
    add("/environment", here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(one, here.get, methods=["GET"], **kind)
    add(one, here.rename, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, here.delete, methods=["DELETE"], **kind)
    tokens = _Tokens(kernel)
    kind["tags"] = ["api tokens"]
    filters, new = lists(API_TOKEN_FILTERS), takes(shapes.NewToken)
    add("/api-token", tokens.list, methods=["GET"], openapi_extra=filters, **kind)
    add("/api-token", tokens.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add("/api-token/{token_id}", tokens.get, methods=["GET"], **kind)
    add("/api-token/{token_id}", tokens.delete, methods=["DELETE"], **kind)
    people = _People(kernel)
    kind["tags"] = ["team"]
    filters = lists(_DERIVED_FILTERS)
    add("/team", people.list_teams, methods=["GET"], openapi_extra=filters, **kind)
    add("/team/{team_id}", people.get_team, methods=["GET"], **kind)
    add("/team/{team_id}", people.refuse, methods=["PATCH"], include_in_schema=False, **kind)
    add("/team/{team_id}/invite", people.refuse, methods=["POST"], include_in_schema=False, **kind)
    add("/user", people.list_users, methods=["GET"], openapi_extra=filters, **kind)
    add("/user/{user_id}", people.get_user, methods=["GET"], **kind)
    return router


class _Environments:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._environments = kernel.environments

    async def list(self, request: Request) -> dict[str, Any]:
        """List environments: the token's own, or all of them for the operator."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "environment", ENVIRONMENT_FILTERS)
        page = await self._environments.list(ask.caller, wanted.listing)
        return wanted.answer(page, shapes.environment)

    async def get(self, request: Request, environment_id: str) -> dict[str, Any]:
        """Get an environment."""
        ask = asked(request.scope)
        return shapes.environment(await self._environments.get(ask.caller, environment_id))

    async def create(self, request: Request) -> dict[str, Any]:
        """Create an environment (operator)."""
        body = await read_body(request.scope, request.receive, shapes.NewEnvironment)
        made = await self._environments.create(asked(request.scope).caller, body.name)
        return shapes.environment(made)

    async def rename(self, request: Request, environment_id: str) -> dict[str, Any]:
        """Rename an environment."""
        body = await read_body(request.scope, request.receive, shapes.EnvironmentChange)
        caller = asked(request.scope).caller
        return shapes.environment(
            await self._environments.rename(caller, environment_id, body.name)
        )

    async def delete(self, request: Request, environment_id: str) -> dict[str, Any]:
        """Delete an environment and everything in it (operator)."""
        await self._environments.delete(asked(request.scope).caller, environment_id)
        return {"id": environment_id}


class _Tokens:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._environments = kernel.environments

    async def list(self, request: Request) -> dict[str, Any]:
        """List API tokens; their text is never shown again."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "api-token", API_TOKEN_FILTERS)
        page = await self._environments.list_tokens(ask.caller, wanted.listing)
        return wanted.answer(page, shapes.api_token)

    async def get(self, request: Request, token_id: str) -> dict[str, Any]:
        """Get an API token's record."""
        ask = asked(request.scope)
        return shapes.api_token(await self._environments.get_token(ask.caller, token_id))

    async def create(self, request: Request) -> dict[str, Any]:
        """Create an API token (operator); `token` is in this answer only."""
        body = await read_body(request.scope, request.receive, shapes.NewToken)
        issued = await self._environments.create_token(
            asked(request.scope).caller,
            body.environment_id,
            body.name,
            expires_at=shapes.read_moment("expires_at", body.expires_at),
        )
        return {**shapes.api_token(issued.record), "token": issued.token.reveal()}

    async def delete(self, request: Request, token_id: str) -> dict[str, Any]:
        """Delete an API token (operator); it stops working within seconds everywhere."""
        await self._environments.delete_token(asked(request.scope).caller, token_id)
        return {"id": token_id}


class _People:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def list_teams(self, request: Request) -> dict[str, Any]:
        """List teams: the one that runs this server."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "team", _DERIVED_FILTERS)
        return wanted.answer(page_of([shapes.team()], wanted.listing), dict)

    async def get_team(self, team_id: str) -> dict[str, Any]:
        """Get a team."""
        if team_id != TEAM_ID:
            raise NotFound("There is no such team.")
        return shapes.team()

    async def list_users(self, request: Request) -> dict[str, Any]:
        """List users: the one who runs this server."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "user", _DERIVED_FILTERS)
        rows = [shapes.user(ask.caller.environment_id)]
        return wanted.answer(page_of(rows, wanted.listing), dict)

    async def get_user(self, request: Request, user_id: str) -> dict[str, Any]:
        """Get a user."""
        if user_id != USER_ID:
            raise NotFound("There is no such user.")
        return shapes.user(asked(request.scope).caller.environment_id)

    async def refuse(self, team_id: str) -> None:
        """Refuse: teams are not kept."""
        raise MethodNotSupported(
            f"The team {team_id} is this server; it has no name, logo or members to change."
        )
