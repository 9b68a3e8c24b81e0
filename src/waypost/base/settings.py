"""Every setting, typed, read once from the environment (prefix `WAYPOST_`)."""

import os
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, dataclass_transform, get_origin
from urllib.parse import urlsplit

import msgspec
import orjson

from waypost.base.declared import Declaring, Field, fields, read_setting
from waypost.base.errors import SettingInvalid
from waypost.base.secret import Secret

PREFIX = "WAYPOST_"
CommaList = tuple[str, ...]


@dataclass_transform(field_specifiers=(Field,), kw_only_default=True, frozen_default=True)
class Settings(msgspec.Struct, metaclass=Declaring, frozen=True):
    """What an operator may set; every field has a working default for one machine."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks one.")
    processes: int = Field(default=1, ge=1, le=64, description="Server processes behind the port.")
    public_url: str | None = Field(
        default=None,
        description="How the outside reaches this server (link pages, webhooks), without a trailing slash.",
    )
    data_dir: Path = Field(
        default=Path(".waypost"), description="Folder of the embedded database and the key file."
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL (sqlite or postgresql+asyncpg); unset: SQLite in data_dir.",
    )
    key_file: Path | None = Field(
        default=None,
        description="The vault's keyring; unset: keys.json in data_dir, made at first start.",
    )
    operator_token: Secret | None = Field(
        default=None,
        description="Lets its bearer create environments and API tokens; unset: made at first start "
        "and kept in data_dir/operator-token.",
    )
    catalog: CommaList = Field(
        default=(),
        description="More catalog folders (comma-separated), read after the built-in one.",
    )
    base_urls: dict[str, str] = Field(
        default={},
        description="Provider base URLs to use instead of the manifest's, as JSON: "
        '{"acme": "http://127.0.0.1:8025/v1"}.',
    )
    allow_addresses: CommaList = Field(
        default=(),
        description="Private networks outgoing calls may reach (comma-separated CIDRs); "
        "needed for a sandbox on loopback.",
    )
    oauth_clients: dict[str, dict[str, str]] = Field(
        default={},
        description='OAuth apps by integration, as JSON: {"name": {"id": "…", "secret": "…"}}.',
    )
    http: Literal["fast", "plain"] = Field(
        default="fast",
        description="How this server speaks HTTP: fast (a protocol and a pool of its own) or plain "
        "(uvicorn's and aiohttp's).",
    )
    connect_timeout: float = Field(default=10.0, gt=0, description="Seconds to reach a provider.")
    first_byte_timeout: float = Field(
        default=60.0, gt=0, description="Seconds until a provider's answer begins."
    )
    idle_timeout: float = Field(
        default=60.0, gt=0, description="Seconds between two bytes of an answer."
    )
    total_timeout: float = Field(default=300.0, gt=0, description="Seconds for a whole call.")
    max_body_bytes: int = Field(
        default=40 * 1024 * 1024,
        gt=0,
        description="Largest body read whole (unified, proxy, custom).",
    )
    max_stream_bytes: int = Field(
        default=1024 * 1024 * 1024,
        gt=0,
        description="Largest body streamed through the passthrough.",
    )
    max_send_bytes: int = Field(
        default=64 * 1024 * 1024,
        gt=0,
        description="Largest body of a call that sends or carries an Idempotency-Key, on the passthrough.",
    )
    keep_answers_hours: float = Field(
        default=24.0,
        ge=24.0,
        description="How long the first answer to an Idempotency-Key is given again.",
    )
    max_kept_answer_bytes: int = Field(
        default=64 * 1024,
        ge=0,
        description="Largest answer kept for its Idempotency-Key; a larger one is not given again.",
    )
    not_received_minutes: float = Field(
        default=15.0,
        ge=5.0,
        description="How long a send whose end is unknown is looked for at the provider before it "
        "counts as not received and its Idempotency-Key sends again.",
    )
    wait_seconds: float = Field(
        default=10.0,
        ge=0,
        description="How long a transactional call waits for the rate budget unless it says.",
    )
    flow_wait_seconds: float = Field(
        default=30.0, ge=0, description="The same for calls of the lane flow."
    )
    bulk_wait_seconds: float = Field(
        default=60.0, ge=0, description="The same for calls of the lane bulk."
    )
    sync_wait_seconds: float = Field(
        default=120.0, ge=0, description="The same for calls of the lane sync."
    )
    most_waiting: int = Field(
        default=1000,
        ge=1,
        description="How many calls may wait for one class of an account's budget, in each process.",
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis or Valkey that shares rate budgets between processes and hosts, as "
        "redis://…; unset: each process has its part of every allowance.",
    )
    budget_processes: int | None = Field(
        default=None,
        ge=1,
        description="Server processes on all hosts together; unset: those of this host.",
    )
    provider_plans: dict[str, str] = Field(
        default={},
        description='The plan assumed for an integration\'s limits, as JSON: {"name": "plan"}.',
    )
    run_jobs: bool = Field(
        default=True,
        description="Whether this process does durable work (deliveries, syncs); false where others do.",
    )
    keep_events_days: int = Field(
        default=90, ge=1, description="Days after which events and ended runs of syncs are deleted."
    )
    webhook_signature: Literal["base64", "hex"] = Field(
        default="base64", description="How X-Truto-Signature is written: base64 or hex."
    )
    log_level: str = Field(default="info", description="debug, info, warning or error.")
    log_format: str = Field(default="text", description="text for people, json for machines.")
    test_clock: Path | None = Field(
        default=None, description="For tests: a file holding the Unix time every process reads."
    )
    test_crash_point: str | None = Field(
        default=None, description="For tests: where in a send this process kills itself."
    )

    def database_place(self) -> str:
        """Return where the database is, for people: no user, no password."""
        if not self.database_url:
            return f"the folder {self.data_dir} (WAYPOST_DATA_DIR)"
        parts = urlsplit(self.database_url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path} (WAYPOST_DATABASE_URL)"

    def sqlalchemy_url(self) -> str:
        """Return the database's URL."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_dir / 'waypost.sqlite3').resolve()}"


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; raise SettingInvalid naming each wrong one."""
    given = {**_given(os.environ, except_for=overrides), **overrides}  # noqa: TID251 - this is the place
    read: dict[str, Any] = {}
    problems = []
    for name, field in fields(Settings).items():
        if name not in given:
            continue
        try:
            read[name] = read_setting(given[name], field.annotation, field.declared.bounds)
            _RULES.get(name, _anything)(read[name])
        except ValueError as error:
            problems.append(f"{PREFIX}{name.upper()}: {error}")
    if problems:
        raise SettingInvalid(f"Settings are wrong: {'; '.join(problems)}")
    return Settings(**read)


def _anything(_: Any) -> None:
    pass


def _not_empty(token: Secret | None) -> None:
    if token is not None and not token.reveal().strip():
        raise ValueError("is empty: set a token, or unset it and one is made")


def _web_addresses(urls: dict[str, str]) -> None:
    for name, url in urls.items():
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"{name}: {url!r} is no http or https address")


_RULES: dict[str, Callable[[Any], None]] = {
    "operator_token": _not_empty,
    "base_urls": _web_addresses,
}


def _given(environment: Mapping[str, str], *, except_for: Iterable[str]) -> dict[str, Any]:
    """Return what the environment sets, by field; a name may be in small letters too."""
    # The name in capitals comes last, and so wins.
    named = {name.upper(): environment[name] for name in sorted(environment, reverse=True)}
    given: dict[str, Any] = {}
    for name, field in fields(Settings).items():
        text = named.get(f"{PREFIX}{name.upper()}")
        if text is not None and name not in except_for:
            given[name] = _json(name, text) if get_origin(field.annotation) is dict else text
    return given


def _json(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        # `from None`, and nothing but the name: the value may be a secret.
        raise SettingInvalid(
            f"Settings are wrong: {PREFIX}{name.upper()} is to be JSON, and is not."
        ) from None


_TOOLS = ("WAYPOST_DEMO_", "WAYPOST_FACTS")
"""Variables of the demo and the tests."""


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """Return a warning for every WAYPOST_ variable that is no setting, with the nearest one."""
    known = [f"WAYPOST_{name.upper()}" for name in fields(Settings)]
    warnings = []
    for name in sorted(environment):
        if not name.startswith("WAYPOST_") or name.upper() in known or name.startswith(_TOOLS):
            continue
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        warnings.append(f"{name} is not a setting{hint}")
    return warnings
