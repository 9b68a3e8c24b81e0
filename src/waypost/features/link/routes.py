"""Link tokens, the hosted link page, and the way back from a provider's sign-in, over HTTP."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse

from waypost.base.asgi import decode_json, encode_json
from waypost.base.errors import (
    Gone,
    NotFound,
    PayloadTooLarge,
    Unauthenticated,
    WaypostError,
)
from waypost.features.link.ask import LARGEST_BODY, Ask, read_ask, refuse_other_sites
from waypost.features.link.desk import Desk
from waypost.features.link.desk import Request as LinkRequest
from waypost.features.link.model import page_options
from waypost.features.link.order import ORDER_SCHEMA, read_order
from waypost.features.link.outcome import Outcome, finished, message
from waypost.features.link.pages import Pages
from waypost.features.link.progress import Progress
from waypost.features.link.screens import NO_RAPID_FORM, Screen, Screens, error_of
from waypost.kernel.environments import Caller
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import at_home

NDJSON = "application/x-ndjson"
_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_LOGO = {
    "cache-control": "public, max-age=86400",
    "x-content-type-options": "nosniff",
    # An SVG opened by itself is a document; it must not run anything.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of linking."""
    public_url = kernel.settings.public_url or ""
    desk = Desk(kernel)
    screens = Screens(desk, Pages(urlsplit(public_url).path.rstrip("/")))
    router = APIRouter(tags=["link"])
    _add_tokens(router, desk)
    _add_page(router, kernel, desk, screens)
    _add_way_back(router, desk, screens)
    _add_logo(router, kernel)
    return router


def _add_tokens(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/link-token",
        summary="Create a link token",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ORDER_SCHEMA}},
            }
        },
    )
    async def create_link_token(request: Request) -> JSONResponse:
        """Give exactly one of `tenant_id` (a new account) and `integrated_account_id` (link again)."""
        caller: Caller = request.scope["waypost.caller"]
        order = read_order(at_home(decode_json(await _body(request)), caller))
        token = await desk.order(caller.environment_id or "", order)
        return JSONResponse({"link_token": token.reveal()}, headers=_NO_STORE)

    @router.post("/link-token/post-connect-form", include_in_schema=False)
    async def post_connect_form() -> None:
        raise NotFound(NO_RAPID_FORM, details={"error_type": "rapid_form_error"})


def _add_page(router: APIRouter, kernel: Kernel, desk: Desk, screens: Screens) -> None:
    @router.api_route("/connect-account", methods=["GET", "HEAD"], include_in_schema=False)
    async def show(request: Request) -> Response:
        return _page(await screens.show(dict(request.query_params)))

    @router.api_route(
        "/connect-account/post-connect", methods=["GET", "HEAD"], include_in_schema=False
    )
    async def post_connect(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            session = query.get("integrated_account_session_token", "")
            known = (await kernel.environments.authenticate(session)).account_id is not None
        except Unauthenticated:
            known = False
        return _page(screens.no_rapid_form(query, known=known))

    @router.post("/connect-account/link", include_in_schema=False)
    async def link(request: Request) -> Response:
        refuse_other_sites(request.headers, _base(kernel, request))
        ask = read_ask(request.headers, await _body(request))
        try:
            wanted = await desk.read(ask)
            if wanted.auth_format == "oauth2":
                url = await desk.visit(wanted, ask, redirect_uri=_callback(kernel, request))
                return _redirect(ask, url)
            progress = Progress(desk, wanted, kernel.tasks)
            if ask.wish == "stream":
                return await _stream(progress, wanted)
            outcome = await progress.end()
        except WaypostError as error:
            if ask.wish != "page":
                raise
            return _page(await screens.refused(error, ask))
        if ask.wish == "json":
            return _object(outcome)
        token, offer = wanted.token, wanted.offer
        return _page(screens.outcome(token, ask.link_token, ask.options, offer, outcome))


def _add_way_back(router: APIRouter, desk: Desk, screens: Screens) -> None:
    @router.get("/connect-account/callback", include_in_schema=False)
    async def callback(request: Request) -> Response:
        answer = dict(request.query_params)
        options = page_options({})
        try:
            visit = await desk.sign_ins.end(answer.get("state", ""))
            options = visit.options
            token, offer, outcome = await desk.come_back(visit, answer)
        except WaypostError as error:
            return _page(screens.trouble(error, options))
        link_token = visit.link_token.reveal()
        return _page(screens.outcome(token, link_token, options, offer, outcome))


def _add_logo(router: APIRouter, kernel: Kernel) -> None:
    @router.get("/static/link/logo/{name}", include_in_schema=False)
    async def logo(name: str) -> Response:
        loaded = kernel.manifests.loaded(name)
        if loaded.integration.logo is None:
            raise NotFound(f"{name} has no logo.")
        svg = (loaded.folder / loaded.integration.logo).read_bytes()
        return Response(svg, media_type="image/svg+xml", headers=_LOGO)


async def _body(request: Request) -> bytes:
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST_BODY:
            raise PayloadTooLarge(f"The body is larger than {LARGEST_BODY} bytes.")
    return bytes(read)


def _base(kernel: Kernel, request: Request) -> str:
    return kernel.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"


def _callback(kernel: Kernel, request: Request) -> str:
    return f"{_base(kernel, request).rstrip('/')}/connect-account/callback"


def _page(screen: Screen) -> Response:
    return HTMLResponse(screen.html, status_code=screen.status, headers=dict(screen.headers))


def _redirect(ask: Ask, url: str) -> Response:
    if ask.wish == "page":
        return RedirectResponse(
            url, status_code=303, headers={**_NO_STORE, "referrer-policy": "no-referrer"}
        )
    if ask.wish == "stream":
        line = {"type": "redirect", "url": url}
        return Response(_line(line), media_type=NDJSON, headers=_NO_STORE)
    return JSONResponse({"result": "redirect", "redirect_url": url}, headers=_NO_STORE)


def _object(outcome: Outcome) -> Response:
    error = error_of(outcome)
    if error is not None:
        raise error
    told = {**message(outcome), "status": "active", "probes": list(outcome.probes)}
    return JSONResponse(told, headers=_NO_STORE)


async def _stream(progress: Progress, wanted: LinkRequest) -> Response:
    """Answer line by line; an error before the first step still has a status of its own."""
    first = await progress.first()

    async def lines() -> AsyncIterator[bytes]:
        if first is not None:
            yield _line(first)
        async for step in progress.rest():
            yield _line(step)
        try:
            outcome = await progress.end()
        except WaypostError as error:
            outcome = _interrupted(wanted, error)
        redirect_uri = wanted.token.order.redirect_uri
        yield _line(finished(outcome, wanted.offer.label, redirect_uri))

    return StreamingResponse(lines(), media_type=NDJSON, headers=_NO_STORE)


def _interrupted(wanted: LinkRequest, error: WaypostError) -> Outcome:
    return Outcome(
        wanted.offer.name,
        error=error.message,
        error_type="connection_error",
        advice="Open the link again from the app you came from.",
        retry=not isinstance(error, Gone),
    )


def _line(step: Mapping[str, Any]) -> bytes:
    return encode_json(step) + b"\n"
