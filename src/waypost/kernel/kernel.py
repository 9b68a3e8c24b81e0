"""Everything the kernel offers, in one frozen handful for the features."""

from dataclasses import dataclass

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.page import CursorSeal
from waypost.base.settings import Settings
from waypost.base.tasks import BackgroundTasks
from waypost.engine.transport import Transport
from waypost.kernel.accounts import Accounts
from waypost.kernel.calls.on_behalf import Calls
from waypost.kernel.calls.record import Recorder
from waypost.kernel.environments import Environments
from waypost.kernel.events import Events
from waypost.kernel.hooks import Hooks
from waypost.kernel.installs import Installs
from waypost.kernel.jobs import Jobs
from waypost.kernel.manifests import Manifests
from waypost.kernel.mappings import Mappings
from waypost.kernel.sends.sends import Sends
from waypost.kernel.suppressions import Suppressions
from waypost.kernel.tenants import Tenants
from waypost.kernel.vault import Keyring, Rotation, Vault


@dataclass(frozen=True, slots=True)
class Kernel:
    """The parts of the kernel; features take this and nothing below it."""

    settings: Settings
    clock: Clock
    database: Database
    tasks: BackgroundTasks
    transport: Transport
    cursors: CursorSeal
    manifests: Manifests
    environments: Environments
    vault: Vault
    rotation: Rotation
    keyring: Keyring
    events: Events
    jobs: Jobs
    hooks: Hooks
    installs: Installs
    mappings: Mappings
    tenants: Tenants
    accounts: Accounts
    calls: Calls
    recorder: Recorder
    sends: Sends
    suppressions: Suppressions
