"""DBOS's tables are made by a process of their own."""

import subprocess
import sys

import pytest
from sqlalchemy import create_engine

from waypost.adapters.dbos_jobs.ground import has_tables, has_work
from waypost.adapters.dbos_jobs.tables import make_tables
from waypost.base.errors import StorageUnavailable

pytestmark = pytest.mark.anyio


async def test_a_fresh_database_gets_its_tables(tmp_path, monkeypatch) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    engine = create_engine(url)
    assert not has_tables(engine)
    monkeypatch.delitem(sys.modules, "dbos", raising=False)  # as in a server
    await make_tables(url)
    assert has_tables(engine)
    assert not has_work(engine)
    engine.dispose()


async def test_a_database_that_cannot_be_written_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "dbos", raising=False)
    with pytest.raises(StorageUnavailable):
        await make_tables(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}")


def test_a_server_without_work_does_not_load_dbos() -> None:
    code = "import sys, waypost.entrypoints.wiring; print('dbos' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
