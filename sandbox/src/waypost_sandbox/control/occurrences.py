"""Things that the world outside does: confirm an address, take an invite, text a number."""

from __future__ import annotations

from collections.abc import Callable

from waypost_sandbox import ids
from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.identities.state import KIND as IDENTITIES
from waypost_sandbox.identities.state import confirm_identity, find_by_email
from waypost_sandbox.sms.hooks import receive_sms
from waypost_sandbox.users.state import accept_invite
from waypost_sandbox.wire.answer import RefusalError
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json


def _confirm(account: Account, payload: Json) -> Json:
    identity_id = payload.get("identity_id")
    try:
        if identity_id is None:
            identity_id = find_by_email(account, str(payload.get("email")))["id"]
    except RefusalError:
        raise refuse_control("no identity has that address", status=404) from None
    if identity_id not in account.rows(IDENTITIES):
        raise refuse_control(f"no identity has the id {identity_id!r}", status=404)
    confirm_identity(account, str(identity_id))
    return {"data": [{"type": payload["type"], "identity_id": identity_id}]}


def _accept(account: Account, payload: Json) -> Json:
    invite = account.invites.get(str(payload.get("invite_id")))
    if invite is None:
        raise refuse_control(f"no invite has the id {payload.get('invite_id')!r}", status=404)
    user = accept_invite(account, invite)
    return {"data": [{"type": payload["type"], "user_id": user.id}]}


def _receive(account: Account, payload: Json) -> Json:
    sender, to, text = (payload.get(name) for name in ("from", "to", "text"))
    if not (isinstance(sender, str) and isinstance(to, str) and isinstance(text, str)):
        raise refuse_control("say {'type': 'sms.inbound', 'from', 'to', 'text'}")
    done = receive_sms(account, sender, to, text)
    if done is None:
        raise refuse_control(f"the account has no number {to!r}", status=404)
    return {"data": [{"type": payload["type"], **done}]}


def _receive_whatsapp(account: Account, payload: Json) -> Json:
    row: Json = {
        "id": ids.make_object_id(account.now()),
        "type": "text",
        "created_at": write_time(account.now()),
        **{name: payload[name] for name in ("from", "to", "text") if name in payload},
    }
    account.rows("whatsapp_inbound_messages")[str(row["id"])] = row
    return {"data": [{"type": payload["type"], "id": row["id"]}]}


# What may be said under `type`, with the keys that each takes.
OCCURRENCES: dict[str, tuple[Callable[[Account, Json], Json], tuple[str, ...]]] = {
    "sender_identity.verified": (_confirm, ("identity_id", "email")),
    "invite.accepted": (_accept, ("invite_id",)),
    "sms.inbound": (_receive, ("from", "to", "text")),
    "whatsapp.inbound": (_receive_whatsapp, ("from", "to", "text")),
}


def is_occurrence(payload: Json) -> bool:
    """Say whether the payload names something that the world outside does."""
    _, keys = OCCURRENCES.get(str(payload.get("type")), (None, ()))
    return any(key in payload for key in keys)


def let_occur(account: Account, payload: Json) -> Json:
    """Let it happen."""
    act, keys = OCCURRENCES[payload["type"]]
    for key in payload:
        if key not in (*keys, "type"):
            raise refuse_control(f"unknown key {key!r}", key, keys)
    return act(account, payload)
