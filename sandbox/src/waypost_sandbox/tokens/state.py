"""The rules of API tokens."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import show_in_token, show_small
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.scopes import FULL_SCOPES, SCOPES
from waypost_sandbox.world.things import Json, Token

STATUSES = ("pause", "unpause")


def create_token(account: Account, body: Json) -> Token:
    """Issue a token; an unknown domain is taken for none, as one recording suggests."""
    check = Check(body)
    check.field("name").required().string().longest(50)
    check.field("scopes").required().array().each_of(SCOPES)
    check.field("domain_id").string()
    check.refuse_if_wrong()
    domain_id = body.get("domain_id")
    token = Token(
        id=ids.make_token_id(),
        secret=ids.make_token_secret(),
        name=body["name"],
        scopes=list(body["scopes"]),
        created_at=account.now(),
        domain_id=domain_id if domain_id in account.domains else None,
        has_full=set(FULL_SCOPES) <= set(body["scopes"]),
    )
    account.tokens[token.id] = token
    return token


def rename_token(token: Token, body: Json) -> None:
    """Give a token another name, and a status when one is sent."""
    check = Check(body)
    check.field("name").required().string().longest(50)
    check.field("status").one_of(STATUSES)
    check.refuse_if_wrong()
    token.name = body["name"]
    if body.get("status"):
        token.paused = body["status"] == "pause"


def switch_token(token: Token, body: Json) -> None:
    """Pause a token, or let it work again."""
    check = Check(body)
    check.field("status").required().one_of(STATUSES)
    check.refuse_if_wrong()
    token.paused = body["status"] == "pause"


def show_new_token(account: Account, token: Token) -> Json:
    """Show a token with its secret, this once."""
    domain = account.domains.get(token.domain_id or "")
    return {
        "id": token.id,
        "accessToken": token.secret,
        "name": token.name,
        "created_at": write_time(token.created_at),
        "scopes": token.scopes,
        "has_full": token.has_full,
        "domain": show_in_token(domain) if domain else None,
        # That it is masked is public, how is a GUESS.
        "preview": f"{token.secret[:9]}...{token.secret[-4:]}",
        "expires_at": None,
    }


def show_token(account: Account, token: Token) -> Json:
    """Show a token without its secret."""
    return {
        "id": token.id,
        "name": token.name,
        "status": "pause" if token.paused else "unpause",
        "created_at": write_time(token.created_at),
        "scopes": token.scopes,
        "domain": show_small(account.domains.get(token.domain_id or "")),
    }
