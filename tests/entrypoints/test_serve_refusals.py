"""A server that cannot start says in one line what is wrong and who must act, and exits with 1."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Spoil = Callable[[Path], dict[str, str]]
PASSWORD = "planted-1f93b2"


def emptied(name: str) -> Spoil:
    def spoil(data: Path) -> dict[str, str]:
        (data / name).write_bytes(b"")
        return {}

    return spoil


def written(name: str, text: str) -> Spoil:
    def spoil(data: Path) -> dict[str, str]:
        (data / name).write_text(text)
        (data / name).chmod(0o600)
        return {}

    return spoil


def folder_at(name: str) -> Spoil:
    def spoil(data: Path) -> dict[str, str]:
        (data / name).mkdir()
        return {}

    return spoil


def setting(name: str, value: str) -> Spoil:
    return lambda data: {name: value.replace("{data}", str(data))}


def a_newer_database(data: Path) -> dict[str, str]:
    with sqlite3.connect(data / "waypost.sqlite3") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999_future')")
    connection.close()
    return {}


def a_broken_catalogue(data: Path) -> dict[str, str]:
    folder = data / "mine" / "integrations" / "acme"
    folder.mkdir(parents=True)
    (folder / "integration.yaml").write_text("name: acme\nlable: Acme\n")
    return {"WAYPOST_CATALOG": str(data / "mine")}


REFUSALS: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "a setting that is no JSON": (
        setting("WAYPOST_BASE_URLS", "{" + PASSWORD),
        ("WAYPOST_BASE_URLS", "JSON"),
    ),
    "a setting of the wrong type": (setting("WAYPOST_PORT", "eighty"), ("WAYPOST_PORT",)),
    "a database that is down": (
        setting("WAYPOST_DATABASE_URL", f"postgresql://u:{PASSWORD}@127.0.0.1:1/x"),
        ("cannot be reached", "postgresql://127.0.0.1:1/x", "WAYPOST_DATABASE_URL"),
    ),
    "a database of a kind we lack": (
        setting("WAYPOST_DATABASE_URL", f"mysql://u:{PASSWORD}@127.0.0.1/x"),
        ("sqlite or postgresql", "mysql"),
    ),
    "a database newer than the program": (
        a_newer_database,
        ("newer version", "9999_future", "WAYPOST_DATA_DIR"),
    ),
    "a database file that is none": (
        written("waypost.sqlite3", "this is a text " * 500),
        ("database", "WAYPOST_DATA_DIR"),
    ),
    "an empty cursor key": (emptied("cursor-key"), ("cursor-key", "empty", "delete it")),
    "a short cursor key": (written("cursor-key", "short"), ("cursor-key", "32 bytes", "delete")),
    "an empty operator token": (emptied("operator-token"), ("operator-token", "empty")),
    "an unreadable cursor key": (folder_at("cursor-key"), ("cursor-key", "WAYPOST_DATA_DIR")),
    "a broken key file": (written("keys.json", "{" + PASSWORD), ("keys.json", "understood")),
    "an unreadable key file": (folder_at("keys.json"), ("keys.json", "WAYPOST_KEY_FILE")),
    "a data folder that is a file": (
        lambda data: {"WAYPOST_DATA_DIR": str(_file(data / "file"))},
        ("WAYPOST_DATA_DIR", "cannot be made"),
    ),
    "a data folder that cannot be made": (
        setting("WAYPOST_DATA_DIR", "/proc/waypost"),
        ("WAYPOST_DATA_DIR", "cannot be made"),
    ),
    "a catalogue that is not there": (
        setting("WAYPOST_CATALOG", "{data}/nowhere"),
        ("WAYPOST_CATALOG", "nowhere"),
    ),
    "a broken catalogue": (a_broken_catalogue, ("integration.yaml:2:1", "lable", "label")),
    "a host of another machine": (setting("WAYPOST_HOST", "192.0.2.1"), ("192.0.2.1",)),
}


def _file(path: Path) -> Path:
    path.write_text("a file")
    return path


# Every case in a process of its own, forked from one that has loaded the program.
FORKS = """
import json, os, sys, tempfile
from waypost.entrypoints import prepare, serve
from waypost.entrypoints.cli.main import main
told = {}
for name, given in json.load(sys.stdin).items():
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.environ.update(given)
            # `serve` takes its port and then runs `prepare`, which judges all the rest.
            sys.argv = ["waypost", "serve" if "WAYPOST_HOST" in given else "prepare"]
            code = 0
            try:
                main()
            except SystemExit as ended:
                code = ended.code
            except BaseException as error:
                print("Traceback", repr(error))
                code = 99
            sys.stdout.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        told[name] = [code, said.read()]
print(json.dumps(told))
"""


def bare_environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("WAYPOST_")}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Give the exit code and the words of every start that cannot go well."""
    cases = {}
    for name, (spoil, _) in REFUSALS.items():
        data = tmp_path_factory.mktemp("data")
        cases[name] = {"WAYPOST_DATA_DIR": str(data), "WAYPOST_PORT": "0", **spoil(data)}
    done = subprocess.run(
        [sys.executable, "-c", FORKS],
        input=json.dumps(cases),
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told: dict[str, tuple[int, str]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", REFUSALS)
def test_a_start_that_fails_is_one_clear_line(
    refused: dict[str, tuple[int, str]], name: str
) -> None:
    code, said = refused[name]
    assert code == 1, said
    lines = said.splitlines()
    assert lines[0].startswith("waypost: ")
    assert len(lines) == 1 or all("integration.yaml:" in line for line in lines), said
    assert all(word in said for word in REFUSALS[name][1]), said
    assert "Traceback" not in said
    assert PASSWORD not in said


def test_a_second_start_that_fails_is_as_clear(tmp_path: Path) -> None:
    """What was prepared before may be gone since: then the server itself is who finds out."""
    env = bare_environment() | {"WAYPOST_DATA_DIR": str(tmp_path / "data"), "WAYPOST_PORT": "0"}
    program = [sys.executable, "-c", "from waypost.entrypoints.cli.main import main; main()"]
    subprocess.run([*program, "prepare"], env=env, check=True, timeout=60, capture_output=True)
    env["WAYPOST_DATABASE_URL"] = f"postgresql://u:{PASSWORD}@127.0.0.1:1/x"
    done = subprocess.run(
        [*program, "serve"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stderr
    said = [line for line in done.stderr.splitlines() if "cannot be reached" in line]
    assert len(said) == 1, done.stderr
    assert "WAYPOST_DATABASE_URL" in said[0]
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
