"""The web framework's half of the application: admin routes, pages, and what operators expect."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
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
from waypost.entrypoints.http.problems import problem, unexpected

STATIC = Path(__file__).resolve().parents[2] / "static"


def build_web(
    routers: Iterable[APIRouter],
    *,
    on_start: Callable[[], Awaitable[None]],
    on_stop: Callable[[], Awaitable[None]],
    ready: Callable[[], Awaitable[None]],
    metrics: Callable[[], bytes],
) -> FastAPI:
    """Return the FastAPI application with every router and the operators' routes."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await on_start()
        try:
            yield
        finally:
            await on_stop()

    app = FastAPI(
        title="Waypost",
        version=__version__,
        description="Link your customers' accounts and call their providers through one API.",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.include_router(_operators_routes(ready, metrics))
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


def _operators_routes(
    ready: Callable[[], Awaitable[None]], metrics: Callable[[], bytes]
) -> APIRouter:
    router = APIRouter(tags=["system"])

    @router.get("/ping", summary="Answer at once")
    async def ping() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @router.get("/healthz", summary="Say that the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Say that the database answers and no key is missing")
    async def readyz() -> dict[str, str]:
        await ready()
        return {"status": "ready"}

    @router.get("/metrics", summary="Counts in Prometheus text")
    async def read_metrics() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


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
