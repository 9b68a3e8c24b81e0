"""The tests' own PostgreSQL leaves nothing behind, however a test run ends."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from tests.support.postgres import URL, NoPostgres, find_binaries, sweep

_START = """
import sys, time
from tests.support.postgres import postgres_server
with postgres_server() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def _servers(owner: int) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"/{owner}-" in command and "postgres" in command:
            found.append(command)
    return found


@pytest.mark.skipif(URL is not None, reason="TEST_POSTGRES_URL names a server: none is started")
def test_the_server_of_a_killed_run_is_swept() -> None:
    try:
        find_binaries()
    except NoPostgres as error:
        pytest.skip(str(error))
    process = subprocess.Popen([sys.executable, "-c", _START], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"postgresql://" in process.stdout.readline()
    assert _servers(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    for _ in range(100):
        sweep()
        if not _servers(process.pid):
            return
    raise AssertionError(_servers(process.pid))
