"""The control plane's own routes, under /_sandbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from waypost_sandbox import __version__
from waypost_sandbox.control.clock import show_clock, turn_clock
from waypost_sandbox.control.deliveries import list_deliveries
from waypost_sandbox.control.events import make_event
from waypost_sandbox.control.faults import add_faults, show_fault
from waypost_sandbox.control.outbox import list_inbound_mails, list_letters, read_raw, show_message
from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.control.seeding import apply_settings, seed_account, seed_demo
from waypost_sandbox.due import settle
from waypost_sandbox.wire.answer import Answer, RefusalError, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json
from waypost_sandbox.world.universe import Universe

_LOG = logging.getLogger("waypost_sandbox")

ControlAct = Callable[[Universe, Call], Any]


def answer_control(universe: Universe, call: Call) -> Answer:
    """Answer one control call; it needs no token and is counted nowhere."""
    path = call.path.rstrip("/") or "/"
    try:
        act = _find_act(call.method, path)
        made = act(universe, call)
        return made if isinstance(made, Answer) else answer_json(made)
    except RefusalError as refusal:
        return refusal.answer
    except Exception as error:  # ours to repair: say so, and stay up
        _LOG.exception("%s /_sandbox%s broke the sandbox; please report it", call.method, path)
        return answer_json({"message": f"the sandbox broke on this call: {error!r}"}, 500)


def _find_act(method: str, path: str) -> ControlAct:
    act = ROUTES.get((method, path))
    if act is not None:
        return act
    if method == "GET" and path.startswith("/outbox/"):
        return _get_outbox_message
    known = [f"{name} /_sandbox{route}" for name, route in ROUTES]
    raise refuse_control(f"no control call is {method} /_sandbox{path}", status=404, known=known)


def pick_accounts(universe: Universe, call: Call, *, may_be_all: bool = False) -> list[Account]:
    """Return the accounts that a control call means: by default the first."""
    wanted = dict(call.query).get("account")
    if wanted is None:
        return [universe.first]
    if wanted == "*" and may_be_all:
        return list(universe.accounts.values())
    if wanted not in universe.accounts:
        raise refuse_control(f"no account has the id {wanted!r}", status=404)
    return [universe.accounts[wanted]]


def _one(universe: Universe, call: Call) -> Account:
    account = pick_accounts(universe, call)[0]
    settle(account)
    return account


def _health(universe: Universe, _: Call) -> Json:
    smtp = {"host": universe.smtp[0], "port": universe.smtp[1]} if universe.smtp else None
    return {
        "status": "ok",
        "version": __version__,
        "accounts": len(universe.accounts),
        "smtp": smtp,
    }


def _add_account(universe: Universe, call: Call) -> Json:
    body = call.read_said()
    body = body if isinstance(body, dict) else {}
    for key in body:
        if key != "account":
            raise refuse_control(f"unknown key {key!r}", key, ["account"])
    account = universe.add_account()
    try:
        apply_settings(account, body.get("account") or {})
    except RefusalError:
        del universe.accounts[account.id]
        raise
    return {"account_id": account.id, "api_token": account.first_full_secret()}


def _list_accounts(universe: Universe, _: Call) -> Json:
    return {
        "data": [
            {
                "account_id": account.id,
                "plan": account.settings.plan,
                "state": account.settings.state,
                **show_clock(account),
            }
            for account in universe.accounts.values()
        ]
    }


def _reset(universe: Universe, call: Call) -> Json:
    wanted = dict(call.query).get("account")
    if wanted is None:
        account = universe.reset()
    else:
        account = universe.reset_account(_one(universe, call).id)
    return {"api_token": account.first_full_secret(), "account_id": account.id}


def _seed(universe: Universe, call: Call) -> Json:
    account = _one(universe, call)
    if dict(call.query).get("demo") is not None:
        seed_demo(account)
    else:
        payload = call.read_said()
        _refuse_tokens_of_others(universe, account, payload)
        seed_account(account, payload)
    return {"api_token": account.first_full_secret(), "account_id": account.id}


def _refuse_tokens_of_others(universe: Universe, account: Account, payload: Any) -> None:
    """A bearer token opens one account: the same secret in two would silently open the elder."""
    rows = payload.get("tokens") if isinstance(payload, dict) else None
    for row in rows if isinstance(rows, list) else ():
        secret = row.get("accessToken") if isinstance(row, dict) else None
        found = universe.find_token(secret) if isinstance(secret, str) else None
        if found is not None and found[0] is not account:
            raise refuse_control(
                f"tokens: this accessToken opens the account {found[0].id!r} already; choose another"
            )


def _turn_clock(universe: Universe, call: Call) -> Json:
    payload = call.read_said()
    turned = [turn_clock(each, payload) for each in pick_accounts(universe, call, may_be_all=True)]
    return turned[0]


def _get_clock(universe: Universe, call: Call) -> Json:
    return show_clock(_one(universe, call))


def _list_faults(universe: Universe, call: Call) -> Json:
    return {"data": [show_fault(fault) for fault in _one(universe, call).faults]}


def _add_faults(universe: Universe, call: Call) -> Json:
    add_faults(_one(universe, call), call.read_said())
    return _list_faults(universe, call)


def _clear_faults(universe: Universe, call: Call) -> Json:
    _one(universe, call).faults.clear()
    return {"data": []}


def _make_event(universe: Universe, call: Call) -> Json:
    return make_event(_one(universe, call), call.read_said())


def _list_outbox(universe: Universe, call: Call) -> Json:
    return list_letters(_one(universe, call))


def _get_outbox_message(universe: Universe, call: Call) -> Json | Answer:
    account, query = _one(universe, call), dict(call.query)
    message_id = call.path.rstrip("/").rpartition("/")[2]
    if query.get("format") == "raw":
        return read_raw(account, message_id, query.get("recipient"))
    return show_message(account, message_id)


def _list_deliveries(universe: Universe, call: Call) -> Json:
    return list_deliveries(_one(universe, call), dict(call.query))


def _clear_deliveries(universe: Universe, call: Call) -> Json:
    account = _one(universe, call)
    account.deliveries.clear()
    account.warnings.clear()
    return {"data": []}


def _list_inbound(universe: Universe, call: Call) -> Json:
    return list_inbound_mails(_one(universe, call))


def _list_calls(universe: Universe, call: Call) -> Json:
    return {"data": list(_one(universe, call).calls)}


def _clear_calls(universe: Universe, call: Call) -> Json:
    account = _one(universe, call)
    account.calls.clear()
    account.calls_size = 0
    return {"data": []}


ROUTES: dict[tuple[str, str], ControlAct] = {
    ("GET", "/health"): _health,
    ("POST", "/accounts"): _add_account,
    ("GET", "/accounts"): _list_accounts,
    ("POST", "/reset"): _reset,
    ("POST", "/seed"): _seed,
    ("POST", "/clock"): _turn_clock,
    ("GET", "/clock"): _get_clock,
    ("POST", "/faults"): _add_faults,
    ("GET", "/faults"): _list_faults,
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/events"): _make_event,
    ("GET", "/outbox"): _list_outbox,
    ("GET", "/webhook-deliveries"): _list_deliveries,
    ("DELETE", "/webhook-deliveries"): _clear_deliveries,
    ("GET", "/inbound"): _list_inbound,
    ("GET", "/calls"): _list_calls,
    ("DELETE", "/calls"): _clear_calls,
}
