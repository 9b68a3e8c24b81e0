"""Accounts and tenants as the wire shows them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from waypost.base.clock import iso
from waypost.base.errors import Forbidden
from waypost.kernel.accounts import Account, wire_account
from waypost.kernel.accounts.context import PROTECTED
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


def own_change(
    context: Mapping[str, Any], *, shown: Mapping[str, Any], secret_names: Collection[str]
) -> dict[str, Any]:
    """Return what a holder changes in its account's context; the token it was shown may come back.

    `shown` is the context as the holder sees it. Raises Forbidden, naming the field, for a
    credential: a holder uses its account's credentials, it does not choose them.
    """
    for name in context:
        if name in PROTECTED or name in secret_names:
            raise _not_yours(name)
    if "oauth" not in context:
        return dict(context)
    oauth, known = context["oauth"], shown.get("oauth")
    if not isinstance(oauth, Mapping):
        raise _not_yours("oauth")
    _refuse_other_token(oauth, known if isinstance(known, Mapping) else {})
    return {**context, "oauth": {name: each for name, each in oauth.items() if name != "token"}}


def _refuse_other_token(oauth: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if "token" not in oauth:
        return
    token, mine = oauth["token"], known.get("token") or {}
    if not isinstance(token, Mapping):
        raise _not_yours("oauth.token")
    for name, value in token.items():
        if name not in mine or mine[name] != value:
            raise _not_yours(f"oauth.token.{name}")


def _not_yours(name: str) -> Forbidden:
    field = f"context.{name}"
    return Forbidden(
        f"{field} is a credential: an account token cannot change it.",
        details={"failures": [{"field": field, "message": "is a credential"}]},
    )


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
