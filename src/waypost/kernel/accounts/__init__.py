"""Linked accounts: their states, their credentials, and what a call needs of them."""

from waypost.kernel.accounts.directory import Accounts
from waypost.kernel.accounts.model import Account, AccountForCall, wire_account
from waypost.kernel.accounts.states import STATUSES, Status, Verdict, can_call
from waypost.kernel.accounts.store import ACCOUNT_FILTERS

__all__ = [
    "ACCOUNT_FILTERS",
    "STATUSES",
    "Account",
    "AccountForCall",
    "Accounts",
    "Status",
    "Verdict",
    "can_call",
    "wire_account",
]
