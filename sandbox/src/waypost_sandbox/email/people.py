"""Checks of a send's people: its sender and everyone it goes to."""

from __future__ import annotations

from typing import Any

from waypost_sandbox.email import errors
from waypost_sandbox.wire.check import Field, Problems
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Json, Template, Token

FIELDS = ("to", "cc", "bcc")
_LIMITS = {"to": 50, "cc": 10, "bcc": 10}
_LIMITS_UNAPPROVED = {"to": 10, "cc": 1, "bcc": 1}
_IDENTITY_PLANS = ("Starter", "Professional", "Enterprise")
# The real numbers are unknown.
_TRIAL_UNIQUE_RECIPIENTS = 10


def read_sender(body: Json, template: Template | None) -> Json:
    """Return the sender of a send, or of its template."""
    sender = body.get("from")
    if sender is None and template is not None and template.sender is not None:
        return template.sender
    return sender if isinstance(sender, dict) else {}


def check_sender(
    problems: Problems,
    account: Account,
    token: Token | None,
    body: Json,
    template: Template | None,
) -> Domain | None:
    """Check the sender and return the domain it may write from."""
    sender = read_sender(body, template)
    email = Field(problems, "from.email", sender.get("email")).required().string().email()
    domain = None
    if not email.is_wrong and isinstance(email.value, str):
        domain = find_sending_domain(account, email.value)
        if domain is None or (token and token.domain_id not in (None, domain.id)):
            email.fail(errors.UNVERIFIED)
    _check_name(problems, "from.name", sender.get("name"))
    return domain


def find_sending_domain(account: Account, address: str) -> Domain | None:
    """Return the verified domain, or identity's domain, that the address may write from."""
    host = address.rpartition("@")[2].lower()
    fitting = [
        domain
        for domain in account.domains.values()
        if domain.is_verified and (host == domain.name or host.endswith(f".{domain.name}"))
    ]
    if fitting:
        # A subdomain that is a domain of its own is closer than its parent.
        return max(fitting, key=lambda domain: len(domain.name))
    if account.has_feature("sender_identities", _IDENTITY_PLANS):
        for identity in account.rows("identities").values():
            if identity["is_verified"] and str(identity["email"]).lower() == address.lower():
                return account.domains.get(identity["domain_id"])
    return None


def check_people(problems: Problems, account: Account, domain: Domain | None, body: Json) -> None:
    """Check recipients, copies, blind copies and the reply address."""
    may_repeat = domain is not None and domain.settings["ignore_duplicated_recipients"]
    limits = _limits_of(account)
    for name in FIELDS:
        field = Field(problems, name, body.get(name))
        if name == "to":
            field.required()
        field.array()
        if field.is_wrong or not isinstance(field.value, list):
            continue
        if len(field.value) > limits[name]:
            field.fail(errors.too_many_recipients(name))
        addresses = [_check_person(problems, f"{name}.{i}", p) for i, p in enumerate(field.value)]
        if not may_repeat:
            for address in _repeated(addresses):
                problems.add(name, errors.duplicated(address, name))
    _check_reply_to(problems, body.get("reply_to"))


def _limits_of(account: Account) -> dict[str, int]:
    """Return how many each field may hold; a trial's number of To addresses is disputed."""
    settings = account.settings
    if settings.plan == "Trial":
        return {**_LIMITS_UNAPPROVED, "to": int(settings.features.get("trial_to", 10))}
    return _LIMITS if settings.approved else _LIMITS_UNAPPROVED


def _check_person(problems: Problems, name: str, person: Any) -> str | None:
    given = person if isinstance(person, dict) else {}
    email = Field(problems, f"{name}.email", given.get("email")).required().string().email()
    _check_name(problems, f"{name}.name", given.get("name"))
    return None if email.is_wrong else email.value


def _check_name(problems: Problems, name: str, value: Any) -> None:
    field = Field(problems, name, value).string()
    if isinstance(value, str) and (";" in value or "," in value):
        field.fail(errors.BAD_NAME.format(name=name))


def _repeated(addresses: list[str | None]) -> list[str]:
    seen: set[str] = set()
    repeated: list[str] = []
    for address in addresses:
        if address is None:
            continue
        if address.lower() in seen and address not in repeated:
            repeated.append(address)
        seen.add(address.lower())
    return repeated


def _check_reply_to(problems: Problems, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        # One object only; a list of them reads as an object without an address.
        problems.add("reply_to.email", errors.NOT_ONE_ADDRESS)
        return
    _check_person(problems, "reply_to", value)


def check_trial(problems: Problems, account: Account, domain: Domain | None, body: Json) -> None:
    """Check the limits of email quotas and of trial accounts."""
    settings = account.settings
    quota = settings.features.get("email_quota")
    if quota is not None and len(account.emails) >= int(quota):
        problems.add("from.email", errors.EMAIL_QUOTA)
    if settings.plan != "Trial":
        return
    trial_quota = settings.features.get("trial_email_quota")
    is_trial = domain is not None and domain.is_trial_domain
    if is_trial and trial_quota is not None and len(account.emails) >= int(trial_quota):
        problems.add("from.email", errors.TRIAL_QUOTA)
    given = {address.lower() for address in list_addresses(body)}
    if settings.admin_email and given - {settings.admin_email.lower()}:
        problems.add("to", errors.ADMIN_ONLY)
        return
    known = {recipient.email.lower() for recipient in account.recipients.values()}
    most = settings.features.get("trial_unique_recipients", _TRIAL_UNIQUE_RECIPIENTS)
    if len(known | given) > int(most):
        problems.add("to", errors.UNIQUE_RECIPIENTS)


def list_people(body: Json) -> list[tuple[str, Json]]:
    """Return every well-formed person a send goes to, with the field they stand in."""
    people: list[tuple[str, Json]] = []
    for name in FIELDS:
        given = body.get(name)
        for person in given if isinstance(given, list) else []:
            if isinstance(person, dict) and isinstance(person.get("email"), str):
                people.append((name, person))
    return people


def list_addresses(body: Json) -> list[str]:
    """Return every address a send goes to."""
    return [person["email"] for _, person in list_people(body)]
