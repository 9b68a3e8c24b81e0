"""Where everything is: what to put into the settings of a client."""

from __future__ import annotations

from urllib.parse import urlsplit

from waypost_sandbox import __version__
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json
from waypost_sandbox.world.universe import Universe


def show_whereabouts(universe: Universe, account: Account, call: Call) -> Json:
    """Show addresses and a token of the account that may do everything, if it has one."""
    full = (each.secret for each in account.tokens.values() if each.has_full and not each.paused)
    control = f"{call.base_url.removesuffix('/v1')}/_sandbox"
    is_first = account is universe.first
    return {
        "version": __version__,
        "api": f"{call.base_url}/",
        "control": control,
        "seed": f"{control}/seed" if is_first else f"{control}/seed?account={account.id}",
        "api_token": next(full, None),
        "sender": _find_sender(account),
        "smtp": _show_smtp(universe, account, call),
        "forwards_to": account.settings.forward_smtp,
    }


def _show_smtp(universe: Universe, account: Account, call: Call) -> Json | None:
    """Show where mail is taken, and an SMTP user of the account that may send there."""
    if universe.smtp is None:
        return None
    host, port = universe.smtp
    if host in ("0.0.0.0", "::"):  # noqa: S104 - it is looked at, not listened on
        host = urlsplit(call.base_url).hostname or host
    users = (each for each in account.rows("smtp_users").values() if each["enabled"])
    user = next(users, {"username": None, "password": None})
    return {"host": host, "port": port, "user": user["username"], "password": user["password"]}


def _find_sender(account: Account) -> str | None:
    """Return an address that the account may send from."""
    names = [domain.name for domain in account.domains.values() if domain.is_verified]
    return f"hello@{names[0]}" if names else None


def list_accounts(universe: Universe) -> Json:
    """List the accounts, the first one first."""
    return {
        "accounts": [
            {"account_id": each.id, "name": each.settings.name, "plan": each.settings.plan}
            for each in universe.accounts.values()
        ]
    }
