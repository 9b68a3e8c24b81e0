"""The database's schema brought up to this version by Alembic, one process at a time."""

import logging
import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from waypost.base.database import Database
from waypost.base.errors import StorageUnavailable
from waypost.base.log import get_logger

SCHEMA = Path(__file__).resolve().parents[1] / "schema"
_REVISION = re.compile(r"^(down_revision|revision)\b[^=]*=\s*(.*)$", re.MULTILINE)
_NAME = re.compile(r"[\"']([^\"']+)[\"']")

_log = get_logger("waypost.migrations")


async def upgrade(database: Database) -> None:
    """Run the migrations that this database lacks, all or none; nothing when it lacks none.

    Raises StorageUnavailable, also for a database that a newer version has already changed.
    """
    await database.run_alone(_upgrade)


def heads() -> set[str]:
    """Return the newest revisions this version knows; one, unless branches wait to be joined."""
    named: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (SCHEMA / "versions").glob("*.py"):
        for word, value in _REVISION.findall(file.read_text()):
            named[word].update(_NAME.findall(value))
    return named["revision"] - named["down_revision"]


def _upgrade(connection: Connection) -> None:
    before = _revisions(connection)
    wanted = heads()
    if before == wanted:
        return
    logging.getLogger("alembic").setLevel(logging.WARNING)  # what it did is told below, once
    # A server that has nothing to upgrade does without Alembic's 11 MB.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCHEMA).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    if before - known:
        raise StorageUnavailable(
            f"The database was changed by a newer version of this program (revision "
            f"{', '.join(before - known)}): run that version again, or restore an older backup."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
    _log.info("schema_upgraded", before=sorted(before), after=sorted(wanted))


def _revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
