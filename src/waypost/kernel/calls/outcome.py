"""What a provider's status means for the account that was called."""

from waypost.kernel.accounts import AccountForCall, Accounts
from waypost.kernel.calls.trace import CallTrace


class Outcomes:
    """Change an account's state by the answers it gets; the usual answer costs nothing."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def matters(self, account: AccountForCall, status: int) -> bool:
        """Say whether `settle` would look at a status at all."""
        return status in (401, 403) or (account.is_ailing and 200 <= status < 300)

    async def settle(self, account: AccountForCall, status: int, trace: CallTrace) -> None:
        """Remember a 401, a 403, or the first success after one of them."""
        record = trace.record
        if status == 401:
            record.needs_reauth = True
            await self._accounts.mark_unauthorized(account)
        elif status == 403:
            await self._accounts.mark_forbidden(
                account,
                resource=record.resource,
                method=record.method,
                missing_scopes=trace.scopes,
            )
        elif 200 <= status < 300 and account.is_ailing:
            await self._accounts.mark_succeeded(account, began_at=record.at)
