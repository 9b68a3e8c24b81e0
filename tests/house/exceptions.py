"""What is let off a rule of the house, and why. The lists only shrink: an entry that is no longer
needed fails the test that reads it.
"""

WITHOUT_A_TEST_FILE: dict[str, str] = {
    "src/waypost/kernel/kernel.py": "a list of parts without behaviour; wiring's tests build it",
}
"""Modules of src/waypost without a mirrored test file."""

LONG_FILES: dict[str, str] = {}
"""Files of more than 500 lines."""

LONG_FUNCTIONS: dict[str, str] = {}
"""`path:function` of more than 50 lines."""

SPEAKS_SQL: dict[str, str] = {}
"""Modules besides store.py and base/database.py that import SQLAlchemy."""

_BY_TOKEN = "the token is what says which environment"
_BY_OPERATOR = "the operator's keys wrap the data keys of every environment"
_BY_MAKER = "these ids were made by this process, for calls that are still under way"
_BY_AGE = "the operator says how long anything is kept"

_BY_STANDSTILL = "whoever finds a run that stands still takes it up, whose ever it is"
_BY_ABSENCE = "when nobody is here, nobody is told: what was missed is missed everywhere"

ACROSS_ENVIRONMENTS: dict[str, str] = {
    "src/waypost/features/link/store.py:find_token": _BY_TOKEN,
    "src/waypost/features/link/store.py:take_sign_in": _BY_TOKEN,
    "src/waypost/kernel/events/store.py:remove_older": _BY_AGE,
    "src/waypost/kernel/sends/store.py:hold_all": _BY_MAKER,
    "src/waypost/features/syncs/records/store.py:remove_older": _BY_AGE,
    "src/waypost/features/syncs/runs/store.py:remove_older": _BY_AGE,
    "src/waypost/features/syncs/runs/store.py:still": _BY_STANDSTILL,
    "src/waypost/features/inbound/store.py:beat": _BY_ABSENCE,
    "src/waypost/features/inbound/store.py:remove_older": _BY_AGE,
    "src/waypost/kernel/reconciliation/store.py:remove_expired": _BY_AGE,
    "src/waypost/kernel/hooks/store.py:list_active": _BY_ABSENCE,
    "src/waypost/kernel/vault/store.py:hold_keyring": _BY_OPERATOR,
    "src/waypost/kernel/vault/store.py:in_use": _BY_OPERATOR,
    "src/waypost/kernel/vault/store.py:not_wrapped_by": _BY_OPERATOR,
    "src/waypost/kernel/vault/store.py:rewrap": _BY_OPERATOR,
    "src/waypost/kernel/vault/store.py:wrapped_by": _BY_OPERATOR,
}
"""`path:function` of stores that do not name an environment."""


def unneeded(exceptions: dict[str, str], needed: set[str]) -> set[str]:
    """Return the entries to delete."""
    return exceptions.keys() - needed
