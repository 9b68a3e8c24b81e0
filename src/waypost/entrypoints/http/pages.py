"""The two pages for people who come by: where they are, and the API reference."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from waypost import __version__

_PAGES = Path(__file__).resolve().parents[2] / "static" / "pages"
_HEADERS = {
    # Everything comes from here, so that the pages also work where nothing else can be reached.
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}

_ABOUT = {
    "name": "Waypost",
    "version": __version__,
    "docs": "/docs",
    "openapi": "/openapi.json",
    "link_page": "/connect-account?link_token=… (a token of POST /link-token)",
}


def page_routes() -> APIRouter:
    """Return the routes of the start page and of the API reference."""
    router = APIRouter(include_in_schema=False)
    start = (_PAGES / "start.html").read_text().replace("{{version}}", __version__)
    reference = (_PAGES / "docs.html").read_text()

    @router.get("/")
    async def show_start(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return _page(start)
        return JSONResponse(_ABOUT)

    @router.get("/docs")
    async def show_reference() -> Response:
        return _page(reference)

    return router


def _page(text: str) -> Response:
    return Response(text, media_type="text/html", headers=_HEADERS)
