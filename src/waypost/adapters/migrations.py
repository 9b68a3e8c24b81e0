"""The database's schema brought up to this version by Alembic, one process at a time."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from waypost.base.database import Database
from waypost.base.errors import StorageUnavailable

SCHEMA = Path(__file__).resolve().parents[1] / "schema"

_log = structlog.get_logger("waypost.migrations")


async def upgrade(database: Database) -> None:
    """Run the migrations that this database lacks, all or none; nothing when it lacks none.

    Raises StorageUnavailable, also for a database that a newer version has already changed.
    """
    await database.run_alone(_upgrade)


def heads() -> set[str]:
    """Return the newest revisions this version knows; one, unless branches wait to be joined."""
    return set(ScriptDirectory.from_config(_config()).get_heads())


def _upgrade(connection: Connection) -> None:
    config = _config()
    script = ScriptDirectory.from_config(config)
    before = set(MigrationContext.configure(connection).get_current_heads())
    wanted = set(script.get_heads())
    if before == wanted:
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if before - known:
        raise StorageUnavailable(
            f"The database was changed by a newer version (revision {', '.join(before - known)})."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
    _log.info("schema_upgraded", before=sorted(before), after=sorted(wanted))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCHEMA).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
