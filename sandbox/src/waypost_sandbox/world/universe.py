"""All accounts of one server, and which of them a token opens."""

from __future__ import annotations

import hmac

from waypost_sandbox import ids
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Token


class Universe:
    """Keep the accounts apart and find the one that is meant."""

    def __init__(
        self,
        api_token: str | None = None,
        rate_limits: str = "documented",
        **defaults: object,
    ) -> None:
        """Begin with one account; `defaults` are settings that every account starts with."""
        self._api_token = api_token
        self._defaults = {"rate_limits": rate_limits, **defaults}
        self._root_url = "http://127.0.0.1:8025"
        # Grows with everything that may have changed something; what is kept on disk lags it.
        self.changes = 0
        # Where mail is taken, once it is: host and port.
        self.smtp: tuple[str, int] | None = None
        self.accounts: dict[str, Account] = {}
        self.reset()

    @property
    def first(self) -> Account:
        """Return the account that control calls mean when they name none."""
        return next(iter(self.accounts.values()))

    def reset(self) -> Account:
        """Forget everything; one account with one full-scope token remains."""
        self.accounts.clear()
        return self.add_account(self._api_token)

    def reset_account(self, account_id: str) -> Account:
        """Empty one account and leave the others alone."""
        fixed = self._api_token if self.first.id == account_id else None
        self.accounts[account_id] = self._make_account(account_id, fixed)
        return self.accounts[account_id]

    def add_account(self, secret: str | None = None) -> Account:
        """Add a world with one full-scope token."""
        account = self._make_account(ids.make_hashid(), secret)
        self.accounts[account.id] = account
        return account

    def _make_account(self, account_id: str, secret: str | None) -> Account:
        account = Account(id=account_id)
        account.root_url = self._root_url
        for name, value in self._defaults.items():
            setattr(account.settings, name, value)
        account.add_full_token(secret)
        return account

    def move_to(self, root_url: str) -> None:
        """Say where the server is reached from outside; tracked links begin with it."""
        self._root_url = root_url.rstrip("/")
        for account in self.accounts.values():
            account.root_url = self._root_url

    def find_token(self, secret: str) -> tuple[Account, Token] | None:
        """Return the account and token that a bearer secret opens."""
        given = secret.encode()
        for account in self.accounts.values():
            for token in account.tokens.values():
                if hmac.compare_digest(token.secret.encode(), given):
                    return account, token
        return None
