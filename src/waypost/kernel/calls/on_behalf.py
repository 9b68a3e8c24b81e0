"""Call a provider as a linked account: bind, pace, authorize, send, and remember what it meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.base.asgi import Scope
from waypost.base.clock import Clock, monotonic
from waypost.base.errors import (
    InvalidRequest,
    MethodNotSupported,
    NotFound,
    ProviderRefused,
    WaypostError,
)
from waypost.base.ids import jitter
from waypost.base.tasks import Sleep
from waypost.engine.auth import authorize
from waypost.engine.call import CallPlan, ListPage, call, list_page, send_once
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.load import LoadedIntegration
from waypost.engine.match import Match, PathMatcher
from waypost.engine.request import CallInput
from waypost.engine.transport import (
    Deadlines,
    Headers,
    OutgoingRequest,
    ProviderResponse,
    Transport,
    WholeResponse,
)
from waypost.kernel.accounts import AccountForCall, Accounts
from waypost.kernel.calls.budget import AccountBudget, Budgets
from waypost.kernel.calls.trace import CallTrace, Traces
from waypost.kernel.environments import Caller
from waypost.kernel.manifests import Manifests


@dataclass(frozen=True, slots=True)
class Bound:
    """An account ready to be called: its integration, where it lives, its budget."""

    account: AccountForCall
    loaded: LoadedIntegration
    base_url: str
    matcher: PathMatcher
    budget: AccountBudget

    @property
    def integration(self) -> Integration:
        """Return the integration's manifest."""
        return self.loaded.integration


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What an operator chose about calls."""

    deadlines: Deadlines = Deadlines()
    body_limit: int = 64 * 1024 * 1024
    base_urls: Mapping[str, str] = field(default_factory=dict)
    wait: float = 10.0
