"""The composition root: settings to adapters, adapters to kernel, kernel to the list of features."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.dbos_jobs import DbosJobs, DbosWorker
from waypost.adapters.fast_http.client import FastClient
from waypost.adapters.fast_http.manners import CarefulProtocol
from waypost.adapters.fast_http.protocol import careful, fast
from waypost.adapters.kept_file import kept
from waypost.adapters.key_file import KeyFile
from waypost.adapters.metrics import Metrics
from waypost.adapters.migrations import upgrade
from waypost.base.alarm import SetAlarm, TurnedAlarms, loop_alarm, sleep_by
from waypost.base.clock import Clock, file_clock
from waypost.base.database import Database, refuse_inside_transaction
from waypost.base.errors import SettingInvalid, StorageUnavailable
from waypost.base.ids import new_token, random_bytes
from waypost.base.page import CursorSeal
from waypost.base.secret import Secret
from waypost.base.settings import Settings
from waypost.base.tasks import BackgroundTasks
from waypost.engine.auth import OAuthApp
from waypost.engine.limits import Lane
from waypost.engine.transport import Deadlines, Transport
from waypost.entrypoints.http.app import Application, ASGIApp, Handler, by_path
from waypost.entrypoints.http.late import Late
from waypost.entrypoints.http.operators import Operators
from waypost.entrypoints.http.problems import problem, refusal, status_of
from waypost.entrypoints.http.repeated import Repeated
from waypost.entrypoints.preflight import serving_catalog
from waypost.entrypoints.work import start_up, subscribe, work
from waypost.features.custom.forward import Custom
from waypost.features.passthrough.forward import Passthrough
from waypost.features.passthrough.straight import StraightPassthrough
from waypost.features.proxy.forward import Proxy
from waypost.features.timeline.read import PATH, Timeline
from waypost.features.unified.serve import Unified
from waypost.kernel.accounts import Accounts
from waypost.kernel.calls.budget import Budgets
from waypost.kernel.calls.cell import Cells
from waypost.kernel.calls.ledger import Ledgers, OwnLedgers
from waypost.kernel.calls.lookup import Lookup
from waypost.kernel.calls.on_behalf import Calls, CallSettings
from waypost.kernel.calls.record import Recorder
from waypost.kernel.calls.refresh import Refresher
from waypost.kernel.calls.store import insert_batch
from waypost.kernel.calls.straight import StraightCalls
from waypost.kernel.calls.trace import Traces
from waypost.kernel.calls.turn import Patience
from waypost.kernel.environments import Environments
from waypost.kernel.events import Events
from waypost.kernel.hooks import Hooks
from waypost.kernel.installs import Installs
from waypost.kernel.jobs import Handlers
from waypost.kernel.kernel import Kernel
from waypost.kernel.manifests import Manifests
from waypost.kernel.mappings import Mappings
from waypost.kernel.reconciliation.reconcile import Reconciler
from waypost.kernel.sends import crash_points
from waypost.kernel.sends.sends import Sends, SendSettings, build_sends
from waypost.kernel.suppressions import Suppressions
from waypost.kernel.tenants import Tenants
from waypost.kernel.vault import Rotation, Vault

IDLE_SECONDS = 60.0
"""How long a caller's connection is kept between two requests."""
LAST_SECONDS = 1.0
"""How long a process that stops still takes requests on connections it has, if others serve on."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One process of the platform, ready to be served."""

    kernel: Kernel
    application: Application


def data_plane(kernel: Kernel) -> Mapping[str, Handler]:
    """Return the surfaces that answer without the web framework."""
    cells = Cells(kernel.manifests, kernel.mappings)
    return {
        "unified": by_path(
            (PATH, Timeline(kernel.database, kernel.events, kernel.sends.ledger.flush)),
            Unified(kernel.calls, kernel.manifests, cells),
        ),
        "proxy": Proxy(kernel.calls),
        "custom": Custom(kernel.calls),
        "passthrough": Passthrough(kernel.calls),
    }


def build_platform(settings: Settings, *, transport: Transport | None = None) -> Platform:
    """Put a process together; nothing is opened until its lifespan starts."""
    metrics = Metrics()
    kernel = build_kernel(settings, transport=transport, metrics=metrics)

    worker = _worker(kernel)

    async def start() -> None:
        try:
            await bring_up(kernel)
            await worker.start()
            kernel.calls.budgets.start()
            await start_up(kernel)
        except BaseException:
            await kernel.database.close()
            raise
        reconciler = build_reconciler(kernel)
        kernel.tasks.start(reconciler.run(), name="reconcile sends")
        kernel.tasks.start(reconciler.hold(), name="hold sends")

    async def stop() -> None:
        await worker.stop()
        await kernel.calls.budgets.stop()
        await kernel.recorder.close()
        await kernel.sends.ledger.flush()
        await kernel.tasks.close()
        await kernel.transport.close()
        await kernel.database.close()

    inner = Operators(
        Repeated(
            Late(lambda: _admin(kernel)),
            kernel.sends.repeats,
            most_bytes=kernel.settings.max_body_bytes,
        ),
        on_start=start,
        on_stop=stop,
        ready=kernel.rotation.check,
        metrics=metrics.text,
    )
    application = Application(
        inner=inner,
        data_plane=data_plane(kernel),
        authenticate=kernel.environments.authenticate,
        protocol=_protocol(kernel),
    )
    return Platform(kernel, application)


def _worker(kernel: Kernel) -> DbosWorker:
    assert isinstance(kernel.jobs, DbosJobs)
    kernel.jobs.handlers.add(work(kernel))
    subscribe(kernel)
    runs = kernel.settings.run_jobs
    return DbosWorker(kernel.jobs, kernel.database, kernel.tasks, runs=runs)


async def bring_up(kernel: Kernel) -> None:
    """Bring the schema up to date and see that no key is missing; raises OperatorError."""
    try:
        await upgrade(kernel.database)
    except StorageUnavailable as error:
        place = kernel.settings.database_place()
        raise StorageUnavailable(f"{error.message.rstrip('.')}. It is at {place}.") from None
    await kernel.rotation.prepare()


def _protocol(kernel: Kernel) -> type[CarefulProtocol]:
    """Return how this process speaks with callers; with our own pool some calls pass straight."""
    # With nobody beside it, a process that stops loses calls however long it listens to the old ones.
    last_seconds = LAST_SECONDS if kernel.settings.processes > 1 else 0.0
    if not isinstance(kernel.transport, FastClient):
        return careful(refusal, idle_seconds=IDLE_SECONDS, last_seconds=last_seconds)
    straight = StraightCalls(
        kernel.calls,
        accounts=kernel.accounts,
        environments=kernel.environments,
        recorder=kernel.recorder,
        clock=kernel.clock,
    )
    decide = StraightPassthrough(straight)
    return fast(
        refusal,
        decide,
        kernel.transport.pool,
        idle_seconds=IDLE_SECONDS,
        last_seconds=last_seconds,
    )


def _admin(kernel: Kernel) -> ASGIApp:
    # The web framework and everything on it: decision 0009 says why it waits until it is wanted.
    from waypost.entrypoints.admin import build_admin  # noqa: PLC0415

    return build_admin(kernel)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every part of the kernel stands on."""

    settings: Settings
    clock: Clock
    set_alarm: SetAlarm
    database: Database
    tasks: BackgroundTasks
    transport: Transport
    manifests: Manifests
    keyring: KeyFile
    vault: Vault
    events: Events
    jobs: DbosJobs
    metrics: Metrics


def build_kernel(
    settings: Settings, *, transport: Transport | None = None, metrics: Metrics | None = None
) -> Kernel:
    """Build the kernel with the adapters that the settings name."""
    ground = _ground(settings, transport, metrics or Metrics())
    environments = Environments(
        ground.database,
        clock=ground.clock,
        tasks=ground.tasks,
        operator_token=operator_token(settings),
    )
    installs = _installs(ground)
    tenants = Tenants(ground.database, clock=ground.clock)
    accounts = _accounts(ground, environments, installs, tenants)
    cursors = _cursor_seal(settings.data_dir / "cursor-key")
    recorder = _recorder(ground)
    suppressions = Suppressions(ground.database, clock=ground.clock)
    sends = _sends(ground)
    sends.outbox.before_send = suppressions.before_send
    return Kernel(
        settings=settings,
        clock=ground.clock,
        database=ground.database,
        tasks=ground.tasks,
        transport=ground.transport,
        cursors=cursors,
        manifests=ground.manifests,
        environments=environments,
        vault=ground.vault,
        rotation=Rotation(ground.database, ground.keyring),
        keyring=ground.keyring,
        events=ground.events,
        jobs=ground.jobs,
        hooks=Hooks(ground.database, ground.vault, clock=ground.clock),
        installs=installs,
        mappings=Mappings(
            ground.database, manifests=ground.manifests, tasks=ground.tasks, clock=ground.clock
        ),
        tenants=tenants,
        accounts=accounts,
        calls=_calls(ground, accounts, installs, recorder, cursors, sends),
        recorder=recorder,
        sends=sends,
        suppressions=suppressions,
    )


def _accounts(
    ground: _Ground, environments: Environments, installs: Installs, tenants: Tenants
) -> Accounts:
    return Accounts(
        ground.database,
        vault=ground.vault,
        events=ground.events,
        environments=environments,
        installs=installs,
        tenants=tenants,
        manifests=ground.manifests,
        tasks=ground.tasks,
        clock=ground.clock,
        sleep=asyncio.sleep,
    )


def _installs(ground: _Ground) -> Installs:
    return Installs(
        ground.database,
        manifests=ground.manifests,
        vault=ground.vault,
        events=ground.events,
        clock=ground.clock,
    )


def _ground(settings: Settings, transport: Transport | None, metrics: Metrics) -> _Ground:
    clock = file_clock(settings.test_clock) if settings.test_clock else Clock()
    _make_folder(settings.data_dir)
    database = Database(settings.sqlalchemy_url())
    keyring = KeyFile(settings.key_file or settings.data_dir / "keys.json")
    return _Ground(
        settings=settings,
        clock=clock,
        set_alarm=TurnedAlarms(clock) if settings.test_clock else loop_alarm,
        database=database,
        tasks=BackgroundTasks(),
        transport=transport or _transport(settings),
        manifests=Manifests(serving_catalog(settings)),
        keyring=keyring,
        vault=Vault(database, keyring, clock=clock),
        events=Events(database, clock=clock),
        jobs=_jobs(settings, clock),
        metrics=metrics,
    )


def _transport(settings: Settings) -> Transport:
    guard = AddressGuard(settings.allow_addresses)
    if settings.http == "fast":
        return FastClient(guard, before_send=refuse_inside_transaction)
    # aiohttp, for whoever chose it: decision 0017.
    from waypost.adapters.http_client import HttpClient  # noqa: PLC0415

    return HttpClient(guard, before_send=refuse_inside_transaction)


def _jobs(settings: Settings, clock: Clock) -> DbosJobs:
    is_turned = settings.test_clock is not None
    return DbosJobs(settings.sqlalchemy_url(), Handlers(), clock, clock_is_turned=is_turned)


def _recorder(ground: _Ground) -> Recorder:
    async def write(rows: list[tuple[object, ...]]) -> None:
        await insert_batch(ground.database, rows)

    return Recorder(write, ground.tasks, count=ground.metrics.count)


def build_reconciler(kernel: Kernel) -> Reconciler:
    """Return what finds out how ambiguous sends ended."""
    return Reconciler(
        kernel.database,
        kernel.sends.outbox,
        kernel.vault,
        Lookup(kernel.calls, kernel.accounts, kernel.clock.now),
        clock=kernel.clock,
        # A call that another process is still at is no call that was not received.
        not_received_after=max(
            kernel.settings.not_received_minutes * 60.0, kernel.settings.total_timeout + 60.0
        ),
    )


def _sends(ground: _Ground) -> Sends:
    settings = ground.settings
    crash_points.arm(settings.test_crash_point)
    return build_sends(
        ground.database,
        ground.tasks,
        ground.vault,
        ground.clock,
        problem=problem,
        settings=SendSettings(
            keep_seconds=settings.keep_answers_hours * 3600.0,
            most_kept=settings.max_kept_answer_bytes,
        ),
    )


def _calls(
    ground: _Ground,
    accounts: Accounts,
    installs: Installs,
    recorder: Recorder,
    cursors: CursorSeal,
    sends: Sends,
) -> Calls:
    settings = ground.settings
    deadlines = Deadlines(
        settings.connect_timeout,
        settings.first_byte_timeout,
        settings.idle_timeout,
        settings.total_timeout,
    )
    return Calls(
        accounts=accounts,
        manifests=ground.manifests,
        transport=ground.transport,
        budgets=_budgets(ground),
        traces=Traces(ground.clock, recorder),
        cursors=cursors,
        clock=ground.clock,
        settings=CallSettings(
            deadlines=deadlines,
            body_limit=settings.max_body_bytes,
            stream_limit=settings.max_stream_bytes,
            base_urls=settings.base_urls,
            wait=settings.wait_seconds,
            send_limit=settings.max_send_bytes,
        ),
        sends=sends,
        refresher=Refresher(
            accounts=accounts,
            installs=installs,
            transport=ground.transport,
            clock=ground.clock,
            deadlines=deadlines,
            apps=_oauth_apps(settings),
        ),
        status_of=status_of,
        sleep=sleep_by(ground.set_alarm),
    )


def _budgets(ground: _Ground) -> Budgets:
    settings = ground.settings
    waits = {
        Lane.TRANSACTIONAL: settings.wait_seconds,
        Lane.FLOW: settings.flow_wait_seconds,
        Lane.BULK: settings.bulk_wait_seconds,
        Lane.SYNC: settings.sync_wait_seconds,
    }
    return Budgets(
        ground.clock,
        settings.provider_plans,
        set_alarm=ground.set_alarm,
        patience=Patience(waits, settings.most_waiting),
        ledgers=_ledgers(ground),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingInvalid(
            f"WAYPOST_DATA_DIR: the folder {folder} cannot be made ({error.strerror})."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingInvalid(f"WAYPOST_DATA_DIR: nothing can be written in {folder}.")


def _cursor_seal(file: Path) -> CursorSeal:
    try:
        return CursorSeal(kept(file, random_bytes(32)))
    except ValueError as error:
        raise SettingInvalid(
            f"The file {file} is no key ({error}) Put it back from its backup, or delete it and "
            "a new one is made: cursors handed out before are then refused."
        ) from None


def _ledgers(ground: _Ground) -> Ledgers | None:
    """Say where budgets are kept: shared, in parts, or whole here."""
    settings, clock = ground.settings, ground.clock
    processes = settings.budget_processes or settings.processes
    if settings.redis_url is None:
        return OwnLedgers(clock, processes) if processes > 1 else None
    # redis, for whoever has several hosts: decision 0017.
    from waypost.adapters.valkey import Fleet, FleetSettings, SharedBudgets  # noqa: PLC0415

    fleet = Fleet(FleetSettings(settings.redis_url, processes), clock, ground.tasks)
    return SharedBudgets(fleet, clock, ground.tasks)


def operator_token(settings: Settings) -> Secret:
    """Return the operator's token: the setting's, or the one made at first start."""
    if settings.operator_token is not None:
        return settings.operator_token
    made = kept(settings.data_dir / "operator-token", new_token().encode())
    return Secret(made.decode().strip())


def _oauth_apps(settings: Settings) -> dict[str, OAuthApp]:
    return {
        name: OAuthApp(app["id"], Secret(app["secret"]) if "secret" in app else None)
        for name, app in settings.oauth_clients.items()
    }
