"""Accounts and tenants as the wire shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from waypost.base.clock import iso
from waypost.kernel.accounts import Account, wire_account
from waypost.kernel.installs import Install
from waypost.kernel.manifests import Manifests
from waypost.kernel.tenants import Tenant


def shown_accounts(
    accounts: Sequence[Account], installs: Mapping[str, Install], manifests: Manifests
) -> list[dict[str, Any]]:
    """Show accounts, given the installs of their environment by id."""
    loaded = manifests.catalog.integrations
    return [
        wire_account(
            each,
            installs[each.install_id],
            loaded[each.integration].integration if each.integration in loaded else None,
        )
        for each in accounts
        if each.install_id in installs
    ]


def sandbox_account(account: dict[str, Any]) -> dict[str, Any]:
    """Show the mark that an account is a sandbox; it is known by the account's id."""
    return {
        "id": account["id"],
        "integrated_account": account,
        "created_at": account["created_at"],
        "updated_at": account["updated_at"],
    }


def own_context(shown: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return an account's context for its holder: the shown one and its OAuth access token.

    File pickers of published clients need that token; no other secret leaves this way.
    """
    oauth = whole.get("oauth")
    token = oauth.get("token") if isinstance(oauth, Mapping) else None
    if not isinstance(token, Mapping) or "access_token" not in token:
        return dict(shown)
    mine = dict(shown.get("oauth") or {})
    mine["token"] = {**(mine.get("token") or {}), "access_token": token["access_token"]}
    return {**shown, "oauth": mine}


def without_token(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context that a holder sends back, without the token it was shown."""
    oauth = context.get("oauth")
    if not isinstance(oauth, Mapping):
        return dict(context)
    return {**context, "oauth": {name: each for name, each in oauth.items() if name != "token"}}


def tenant(record: Tenant) -> dict[str, Any]:
    """Show a tenant."""
    return {
        "id": record.id,
        "environment_id": record.environment_id,
        "name": record.name,
        "metadata": record.metadata,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }
