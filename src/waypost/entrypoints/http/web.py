"""The web framework's half of the application: admin routes, pages, and errors in our envelope."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from waypost import __version__
from waypost.base.asgi import Answer
from waypost.base.errors import (
    InvalidRequest,
    MethodNotSupported,
    NotFound,
    PayloadTooLarge,
    WaypostError,
)
from waypost.entrypoints.http.openapi import describe
from waypost.entrypoints.http.pages import page_routes
from waypost.entrypoints.http.problems import problem, unexpected

STATIC = Path(__file__).resolve().parents[2] / "static"


def build_web(routers: Iterable[APIRouter]) -> FastAPI:
    """Return the FastAPI application with every router; starting and stopping are not its business."""
    app = FastAPI(
        title="Waypost",
        version=__version__,
        description="Link your customers' accounts and call their providers through one API.",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(page_routes())
    for router in routers:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.openapi = describe(app)  # type: ignore[method-assign]
    app.add_exception_handler(WaypostError, _on_waypost_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    # Starlette raises the fault again once this has answered, so that `app.Application` logs it.
    app.add_exception_handler(Exception, _on_fault)
    return app


async def _on_waypost_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, WaypostError)
    return _response(problem(error))


async def _on_validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    failures: list[dict[str, Any]] = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or "body", "message": each["msg"]}
        for each in error.errors()
    ]
    message = "; ".join(f"{each['field']}: {each['message']}" for each in failures[:3])
    return _response(problem(InvalidRequest(message, details={"failures": failures})))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _response(problem(NotFound(f"There is nothing at {request.url.path}.")))
    if error.status_code == 405:
        said = f"{request.method} means nothing at {request.url.path}."
        return _response(problem(MethodNotSupported(said)))
    if error.status_code == 413:
        return _response(problem(PayloadTooLarge()))
    return _response(problem(InvalidRequest(str(error.detail))))


async def _on_fault(request: Request, _: Exception) -> Response:
    return _response(unexpected(request.scope.get("waypost.request_id", "unknown")))


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    return response
