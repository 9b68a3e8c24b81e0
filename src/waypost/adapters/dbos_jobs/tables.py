"""DBOS's own tables, made by a process of their own: it takes 23 MiB that a server need not keep."""

import asyncio
import sys

from waypost.adapters.dbos_jobs.ground import keep_quiet
from waypost.base.errors import StorageUnavailable
from waypost.base.log import get_logger

_log = get_logger("waypost.jobs")


async def make_tables(url: str, *, here: bool = False) -> None:
    """Make the tables; raises StorageUnavailable."""
    if here or "dbos" in sys.modules:  # already paid for, as in tests
        await asyncio.to_thread(_migrate, url)
        return
    # By standard input: a command line can be read by others, and the URL holds a password.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "waypost.adapters.dbos_jobs.tables",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    shown, _ = await child.communicate(url.encode())
    if child.returncode != 0:
        last = shown.decode(errors="replace").strip().rpartition("\n")[2]
        _log.error("jobs_tables_failed", reason=last)
        raise StorageUnavailable("The tables of durable work could not be made.")


def main() -> None:
    """Read a database URL from standard input and make the tables there."""
    _migrate(sys.stdin.read())


def _migrate(url: str) -> None:
    from dbos import DBOS  # noqa: PLC0415 - only this process loads it

    keep_quiet()
    DBOS.migrate(url)


if __name__ == "__main__":
    main()
