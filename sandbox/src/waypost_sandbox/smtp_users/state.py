"""The rules of SMTP users; all their successes are guesses from documentation."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Json

KIND = "smtp_users"
SHAPE: Json = {
    "id": None,
    "name": None,
    "username": None,
    "password": None,
    "enabled": True,
    "accessed_at": None,
    "server": "smtp.mailersend.net",
    "port": 587,
    "domain_id": None,
}


def list_smtp_users(account: Account, domain_id: str) -> list[Json]:
    """List a domain's SMTP users."""
    return [row for row in account.rows(KIND).values() if row.get("domain_id") == domain_id]


def find_smtp_user(account: Account, domain_id: str, smtp_user_id: str) -> Json:
    """Return an SMTP user of the domain, or refuse."""
    row = account.rows(KIND).get(smtp_user_id)
    if row is None or row.get("domain_id") != domain_id:
        raise refuse_not_found()
    return row


def create_smtp_user(account: Account, domain: Domain, body: Json) -> Json:
    """Add an SMTP user; its name and password are made here."""
    _check(body)
    row: Json = {
        **SHAPE,
        "id": ids.make_hashid(),
        "name": body["name"],
        "enabled": read_truth(body["enabled"]) if body.get("enabled") is not None else True,
        "domain_id": domain.id,
    }
    row |= make_credentials(domain)
    account.rows(KIND)[row["id"]] = row
    return row


def make_credentials(domain: Domain) -> Json:
    """Make a user name and a password for a domain."""
    return {
        "username": f"MS_{ids.make_secret()[:6]}@{domain.name}",
        "password": f"mssp.{ids.make_secret()[:7]}.{ids.make_hashid()}.{ids.make_secret()[:7]}",
    }


def update_smtp_user(row: Json, body: Json) -> None:
    """Rename an SMTP user or switch it; its user name stays."""
    _check(body)
    row["name"] = body["name"]
    if body.get("enabled") is not None:
        row["enabled"] = read_truth(body["enabled"])


def _check(body: Json) -> None:
    check = Check(body)
    check.field("name").required().string().longest(50)
    check.field("enabled").boolean()
    check.refuse_if_wrong()
