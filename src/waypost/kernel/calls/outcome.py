"""What a provider's status means for the account that was called."""

from waypost.kernel.accounts import AccountForCall, Accounts
from waypost.kernel.calls.trace import CallTrace


class Outcomes:
    """Change an account's state by the answers it gets; the usual answer costs nothing."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def settle(self, account: AccountForCall, status: int, trace: CallTrace | None) -> None:
        """Remember a 401, a 403, or the first success after one of them."""
        if status == 401:
            if trace is not None:
                trace.record.needs_reauth = True
            await self._accounts.mark_unauthorized(account)
        elif status == 403:
            record = trace.record if trace else None
            await self._accounts.mark_forbidden(
                account,
                resource=record.resource if record else None,
                method=record.method if record else None,
            )
        elif 200 <= status < 300 and account.has_trouble:
            await self._accounts.mark_succeeded(account)
