"""What a person asks of suppressions: add, remove, check, import, export."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.base.listing import Listing
from waypost.features.suppressions.pushing import Pushing
from waypost.features.suppressions.shapes import (
    MOST_SHOWN,
    NewSuppression,
    PushWish,
    Row,
    header_line,
    line_of,
    read_rows,
)
from waypost.kernel.kernel import Kernel
from waypost.kernel.suppressions import Fact, HeldBack, Suppression
from waypost.kernel.suppressions.address import read_address
from waypost.kernel.suppressions.model import (
    EVERYWHERE,
    HERE,
    account_scope,
    checked_reason,
    domain_scope,
)
from waypost.kernel.suppressions.policy.directory import Policy
from waypost.kernel.suppressions.pushes.directory import Pushes

_PAGE = 1000
_MOST_ADDRESSES = 1000


class Desk:
    """Serve what is asked; every environment is the caller's own."""

    def __init__(self, kernel: Kernel) -> None:
        self.pushes = Pushes(kernel.database, clock=kernel.clock)
        self._policy = Policy(kernel.database, clock=kernel.clock)
        self._pushing = Pushing(kernel)
        self._suppressions = kernel.suppressions
        self._accounts = kernel.accounts
        self._tenants = kernel.tenants

    async def pushed(self, environment_id: str, tenant_id: str) -> dict[str, Any]:
        """Show what is pushed for a tenant, and how far each of its accounts is."""
        said = await self._policy.said(environment_id, tenant_id)
        found = await self._policy.accounts(environment_id, tenant_id)
        progress = await self.pushes.progress(environment_id, [each for each, _ in found])
        accounts = [
            {
                "integrated_account_id": account_id,
                "push": said.of(account_id) if self._pushing.can_push(integration) else "off",
                "is_own": said.is_own(account_id),
                "can_push": self._pushing.can_push(integration),
                **progress[account_id],
            }
            for account_id, integration in found
        ]
        return {"tenant_id": tenant_id, "push": said.tenant, "accounts": accounts}

    async def set_push(self, environment_id: str, body: PushWish, *, by: str) -> dict[str, Any]:
        """Set what is pushed, and begin; raises InvalidRequest, NotFound."""
        account_id = body.integrated_account_id
        tenant_id = await self.tenant(environment_id, body.tenant_id, account_id)
        await self._policy.say(environment_id, tenant_id, account_id, body.push, by)
        for each, integration in await self._policy.accounts(environment_id, tenant_id):
            if account_id in (None, each):
                await self.pushes.retry_refused(environment_id, each)
                await self._pushing.ask(environment_id, each, integration)
        return await self.pushed(environment_id, tenant_id)

    async def add(
        self, environment_id: str, body: NewSuppression, *, by: str | None = None
    ) -> list[Suppression]:
        """Hold addresses back; raises InvalidRequest, NotFound."""
        given = [*(body.addresses or ()), *((body.address,) if body.address is not None else ())]
        if not given or len(given) > _MOST_ADDRESSES:
            raise InvalidRequest(f"Give 'address', or 1 to {_MOST_ADDRESSES} of 'addresses'.")
        tenant_id = await self.tenant(environment_id, body.tenant_id, body.integrated_account_id)
        scope = _scope(body.scope, body.integrated_account_id, body.domain)
        fact = Fact(
            tenant_id=tenant_id,
            address="",
            reason=checked_reason(body.reason),
            scope=scope,
            origin=HERE,
            source="api",
            detail=body.detail,
            by=by,
        )
        facts = [replace(fact, address=read_address(each)) for each in dict.fromkeys(given)]
        return await self._suppressions.add(environment_id, facts)

    async def tenant(
        self, environment_id: str, tenant_id: str | None, account_id: str | None
    ) -> str:
        """Return the tenant that is meant; raises InvalidRequest, NotFound."""
        if account_id is not None:
            found = (await self._accounts.get(environment_id, account_id)).tenant_id
            if tenant_id not in (None, found):
                raise InvalidRequest("The account is another tenant's.")
            return found
        if tenant_id is None:
            raise InvalidRequest("'tenant_id' is missing, or 'integrated_account_id'.")
        await self._tenants.get(environment_id, tenant_id)
        return tenant_id

    async def check(
        self, environment_id: str, account_id: str, addresses: Sequence[str], sender: str | None
    ) -> list[HeldBack]:
        """Return who of some addresses is held back from an account; raises NotFound."""
        await self._accounts.get(environment_id, account_id)
        domain = read_address(sender).rpartition("@")[2] if sender else None
        asked = [(read_address(each), domain) for each in addresses]
        return await self._suppressions.check(environment_id, account_id, asked)

    async def take_in(
        self, environment_id: str, tenant_id: str, raw: bytes, *, by: str | None = None
    ) -> int:
        """Import a CSV file, refused whole where a line is wrong; return how many entries it holds.

        It is written in pieces; where that is cut off, importing it again does the rest. Raises
        InvalidRequest whose `details.failures` names lines.
        """
        await self._tenants.get(environment_id, tenant_id)
        facts: list[Fact] = []
        failures: list[dict[str, object]] = []
        known: set[str] = set()
        for row in read_rows(raw):
            try:
                if row.is_active:
                    await self._check_account(environment_id, tenant_id, row, known)
                    facts.append(_fact(tenant_id, row, by))
            except InvalidRequest as error:
                failures.append({"line": row.line, "message": error.message})
        if failures:
            first = f"Line {failures[0]['line']}: {failures[0]['message']}"
            more = f" and {len(failures) - 1} more lines" if failures[1:] else ""
            raise InvalidRequest(first + more, details={"failures": failures[:MOST_SHOWN]})
        await self._suppressions.add(environment_id, facts)
        return len(facts)

    async def _check_account(
        self, environment_id: str, tenant_id: str, row: Row, known: set[str]
    ) -> None:
        account_id = row.integrated_account_id
        if account_id is not None and account_id not in known:
            await self.tenant(environment_id, tenant_id, account_id)
            known.add(account_id)

    async def lines(self, environment_id: str, listing: Listing) -> AsyncIterator[str]:
        """Yield the lines of an export, a page of entries at a time."""
        yield header_line()
        place = replace(listing, limit=_PAGE)
        while True:
            page = await self._suppressions.list(environment_id, place)
            yield "".join(line_of(each) for each in page.items)
            if page.next is None:
                return
            place = replace(place, after=page.next)


def _fact(tenant_id: str, row: Row, by: str | None) -> Fact:
    return Fact(
        tenant_id=tenant_id,
        address=read_address(row.address),
        reason=checked_reason(row.reason),
        scope=_scope(row.scope, row.integrated_account_id, row.domain),
        origin=HERE,
        source="import",
        detail=row.detail,
        by=by,
    )


def _scope(scope: str | None, account_id: str | None, domain: str | None) -> str:
    """Return the scope that is meant; an account or a domain that is named is the scope."""
    named = "domain" if domain else "account" if account_id else "all"
    chosen = scope or named
    if chosen == "all":
        return EVERYWHERE
    if chosen == "account" and account_id:
        return account_scope(account_id)
    if chosen == "domain" and domain:
        return domain_scope(domain)
    if chosen in ("account", "domain"):
        wanted = "integrated_account_id" if chosen == "account" else "domain"
        raise InvalidRequest(f"The scope '{chosen}' needs '{wanted}'.")
    raise InvalidRequest("scope must be all, account or domain")
