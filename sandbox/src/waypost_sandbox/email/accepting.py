"""What an accepted send becomes: a message, one email per recipient, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from waypost_sandbox import ids
from waypost_sandbox.activity.noting import note_event
from waypost_sandbox.delivery import hold_message, plan_sending
from waypost_sandbox.email.people import find_sending_domain, list_people, read_sender
from waypost_sandbox.email.personal import render_for
from waypost_sandbox.suppressions.state import EMAIL_REASONS, WARNING_REASONS, find_reasons
from waypost_sandbox.wire.check import read_truth
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Email, Json, Message, Template

_SUPPRESSED_PLANS = ("Starter", "Professional", "Enterprise")


@dataclass(slots=True)
class Accepted:
    """The outcome of an accepted send."""

    message: Message | None
    is_paused: bool = False
    suppressed: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class _Send:
    account: Account
    domain: Domain
    template: Template | None
    message: Message

    @property
    def body(self) -> Json:
        return self.message.request


def accept_send(account: Account, body: Json) -> Accepted:
    """Turn a send that passed its checks into a message; if all are suppressed, into none."""
    template = account.templates.get(body.get("template_id") or "")
    sender = read_sender(body, template)
    domain = find_sending_domain(account, sender["email"])
    if domain is None:
        raise AssertionError("a send is accepted only after its sender was checked")
    people = _unique_people(body)
    held_back = {
        person["email"].lower(): kinds
        for person in people
        if (kinds := find_reasons(account, domain.id, person["email"]))
    }
    suppressed = [
        _show_suppressed(person, held_back[person["email"].lower()])
        for person in people
        if person["email"].lower() in held_back
    ]
    if len(suppressed) == len(people):
        return Accepted(None, suppressed=suppressed)
    send = _Send(account, domain, template, _make_message(account, domain, body, sender))
    for person in people:
        _add_email(send, person["email"], held_back.get(person["email"].lower(), []))
    is_paused = bool(domain.settings["send_paused"])
    if is_paused:
        hold_message(domain, send.message)
    else:
        plan_sending(account, send.message)
    return Accepted(send.message, is_paused, suppressed)


def _unique_people(body: Json) -> list[Json]:
    people: dict[str, Json] = {}
    for _, person in list_people(body):
        people.setdefault(person["email"].lower(), person)
    return list(people.values())


def _show_suppressed(person: Json, kinds: list[str]) -> Json:
    return {
        "email": person["email"],
        "name": person.get("name"),
        "reasons": [WARNING_REASONS[kind] for kind in kinds],
    }


def _make_message(account: Account, domain: Domain, body: Json, sender: Json) -> Message:
    now = account.now()
    message = Message(
        id=ids.make_object_id(now),
        domain_id=domain.id,
        created_at=now,
        updated_at=now,
        request={**body, "from": sender},
        send_at=parse_moment(body["send_at"]) if body.get("send_at") else None,
    )
    account.messages[message.id] = message
    return message


def _add_email(send: _Send, address: str, kinds: list[str]) -> None:
    account, body = send.account, send.body
    now = account.now()
    recipient = account.ensure_recipient(send.domain.id, address)
    recipient.updated_at = now
    recipient.email_count += 1
    email_id = ids.make_object_id(now)
    subject, html, text = render_for(
        account, body, send.template, address=address, email_id=email_id
    )
    email = Email(
        id=email_id,
        message_id=send.message.id,
        domain_id=send.domain.id,
        recipient_id=recipient.id,
        sender=body["from"]["email"],
        subject=subject,
        created_at=now,
        updated_at=now,
        text=text,
        html=html,
        template_id=body.get("template_id") or "",
        tags=_read_tags(body, send.template),
        headers=body.get("headers"),
        suppression_reason=EMAIL_REASONS[kinds[0]] if kinds else None,
        shows_content=_keeps_content(send),
    )
    account.emails[email.id] = email
    send.message.email_ids.append(email.id)
    note_event(account, email, "queued")
    if kinds:
        email.status = "rejected"
        if account.has_feature("activity_suppressed", _SUPPRESSED_PLANS):
            note_event(account, email, "suppressed")


def _read_tags(body: Json, template: Template | None) -> list[str] | None:
    return body.get("tags") or (template.tags if template else None) or None


def _keeps_content(send: _Send) -> bool:
    settings = send.body.get("settings")
    own = settings.get("track_content") if isinstance(settings, dict) else None
    if own is None:
        return bool(send.domain.settings["track_content"])
    return read_truth(own)
