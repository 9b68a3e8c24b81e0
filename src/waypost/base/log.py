"""Log events as a word with fields, with secrets cut by name and by value."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

import structlog

from waypost.base.secret import Secret

SECRET_NAMES = re.compile(
    r"(authorization|token|secret|password|passwd|api[_-]?key|credential|cookie|signature)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")


def redact(value: Any, known: Iterable[str] = ()) -> Any:
    """Return a copy with secrets cut: by field name, by bearer pattern, and every `known` value."""
    secrets = tuple(text for text in known if len(text) >= 6)
    return _redact(value, secrets)


def _redact(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, Secret):
        return "[secret]"
    if isinstance(value, str):
        return _redact_text(value, secrets)
    if isinstance(value, Mapping):
        return {
            key: "[secret]"
            if isinstance(key, str) and SECRET_NAMES.search(key) and _is_text(item)
            else _redact(item, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redact(item, secrets) for item in value]
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes | Secret) and bool(value)


def _redact_text(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, "[secret]")
    return _BEARER.sub(r"\1 [secret]", text)


def _redact_event(_logger: Any, _name: str, event: Any) -> Any:
    return cast("dict[str, Any]", redact(event))


def set_up_logging(level: str, form: str) -> None:
    """Send structlog and the standard library's loggers to stderr, redacted."""
    number = getattr(logging, level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.INFO) if form == "text" else number)
