"""The admin half: every feature's routes in one application of the web framework."""

from fastapi import APIRouter, FastAPI

from waypost.entrypoints.http.web import build_web
from waypost.features.accounts.routes import routes as account_routes
from waypost.features.catalog.routes import routes as catalog_routes
from waypost.features.environments.routes import routes as environment_routes
from waypost.features.inbound.routes import routes as inbound_routes
from waypost.features.installs.routes import routes as install_routes
from waypost.features.link.routes import routes as link_routes
from waypost.features.log.routes import routes as log_routes
from waypost.features.overrides.routes import routes as override_routes
from waypost.features.provider_hooks.routes import routes as provider_hook_routes
from waypost.features.sends.routes import routes as send_routes
from waypost.features.suppressions.routes import routes as suppression_routes
from waypost.features.syncs.routes import routes as sync_routes
from waypost.features.unbuilt.routes import routes as unbuilt_routes
from waypost.features.vault.routes import routes as vault_routes
from waypost.features.webhooks.routes import routes as webhook_routes
from waypost.kernel.kernel import Kernel


def build_admin(kernel: Kernel) -> FastAPI:
    """Return the application of every route that is not the data plane's or the operators'."""
    return build_web(routers(kernel))


def routers(kernel: Kernel) -> list[APIRouter]:
    """Return every feature's routes, in the order of the API reference."""
    return [
        environment_routes(kernel),
        catalog_routes(kernel),
        install_routes(kernel),
        link_routes(kernel),
        account_routes(kernel),
        override_routes(kernel),
        webhook_routes(kernel),
        inbound_routes(kernel),
        suppression_routes(kernel),
        provider_hook_routes(kernel),
        sync_routes(kernel),
        log_routes(kernel),
        send_routes(kernel),
        vault_routes(kernel),
        unbuilt_routes(kernel),
    ]
