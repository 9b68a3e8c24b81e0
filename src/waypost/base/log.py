"""Log events as a word with fields, with secrets cut by name and by value."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, cast

from waypost.base.secret import Secret
from waypost.base.spellings import all_spellings, cut_text

# structlog imports rich where it is installed, and DBOS brings it: 6 MB in every process, for
# tracebacks that are never drawn here. With None in its place it is not found.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog  # noqa: TID251
finally:
    if _rich is None:
        del sys.modules["rich"]
    else:
        sys.modules["rich"] = _rich

SECRET_NAMES = re.compile(
    r"(authorization|token|secret|password|passwd|api[_-]?key|credential|cookie|signature)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")

_MOST_FRAMES = 40
_FOREIGN = {
    "aiohttp": logging.INFO,
    "asyncio": logging.INFO,
    "asyncpg": logging.INFO,
    "sqlalchemy": logging.WARNING,  # its INFO is every statement with its parameters
}


def redact(value: Any, known: Iterable[str] = ()) -> Any:
    """Return a copy with secrets cut: by field name, by bearer pattern, and every `known` value.

    A known value is found in its plain, escaped, URL-encoded and base64 spellings.
    """
    return _redact(value, all_spellings(known))


def _redact(value: Any, written: tuple[str, ...]) -> Any:
    if isinstance(value, Secret):
        return "[secret]"
    if isinstance(value, str):
        return _redact_text(value, written)
    if isinstance(value, Mapping):
        return {
            key: "[secret]"
            if isinstance(key, str) and SECRET_NAMES.search(key) and _is_text(item)
            else _redact(item, written)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redact(item, written) for item in value]
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes | Secret) and bool(value)


def _redact_text(text: str, written: tuple[str, ...]) -> str:
    return _BEARER.sub(r"\1 [secret]", cut_text(text, written))


def stack_of(error: BaseException) -> str:
    """Return where an error and its causes were raised, for a log: neither messages nor values."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__, -_MOST_FRAMES))
        members = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        inner = "".join(f"one of it:\n{stack_of(each)}\n" for each in members)
        parts.append(f"{frames}{type(current).__name__}\n{inner}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "raised from:\n".join(parts).rstrip()


def _redact_event(_logger: Any, _name: str, event: Any) -> Any:
    return cast("dict[str, Any]", redact(event))


def get_logger(name: str) -> Any:
    """Return the log of a room: its methods are levels, given a word and its fields."""
    return structlog.get_logger(name)


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
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
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
    # What other libraries say below INFO holds whatever passes through them: SQL parameters, bodies.
    root.setLevel(max(number, logging.INFO))
    for name, lowest in _FOREIGN.items():
        logging.getLogger(name).setLevel(max(number, lowest))
