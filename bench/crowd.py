"""The same call beside many accounts and many call records, put into the database as they are."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.load import Target
from bench.platform_setup import Installation, link_another

CALLED = 10
"""How many accounts are called in turn."""
ACCOUNTS = (10, 10_000, 1_000_000)
RECORDS = 2_000_000
_AT_ONCE = 20_000
_SCRIPT = """
local paths = {%s}
local at = 0
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
"""


def crowds(
    installation: Installation, target: Target, say: Callable[[str], None]
) -> Iterator[tuple[str, Target]]:
    """Yield what the database holds, and whom to measure then; more each time."""
    accounts = [link_another(target, number) for number in range(CALLED)]
    with (
        tempfile.TemporaryDirectory(prefix="waypost-crowd-") as folder,
        sqlite3.connect(installation.folder / "data" / "waypost.sqlite3", timeout=60) as database,
    ):
        script = Path(folder) / "turns.lua"
        paths = ", ".join(f'"/passthrough/{account}/templates"' for account in accounts)
        script.write_text(_SCRIPT % paths)
        spread = replace(target, script=script)
        for count in ACCOUNTS:
            say(f"{count:,} accounts")
            _copy(database, "account", accounts[0], count)
            yield f"{count:,} accounts", spread
        say(f"{RECORDS:,} call records")
        last = database.execute("SELECT max(id) FROM call_record").fetchone()[0]
        _copy(database, "call_record", last, RECORDS)
        yield f"{ACCOUNTS[-1]:,} accounts, {RECORDS:,} call records", spread


def _copy(database: sqlite3.Connection, table: str, example: str, wanted: int) -> None:
    """Repeat a row under other ids until there are so many."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    others = ", ".join(name for name in columns if name not in ("id", "sequence"))
    (held,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    while held < wanted:
        count = min(_AT_ONCE, wanted - held)
        with database:  # short transactions: the server writes, too
            database.execute(
                f"INSERT INTO {table} (id, {others}) "
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                f"SELECT lower(hex(randomblob(16))), {others} FROM n, {table} WHERE id = ?",
                (count, example),
            )
        held += count
