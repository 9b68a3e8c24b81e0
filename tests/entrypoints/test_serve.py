"""Where the server listens, what is said when it cannot, and what the watching process loads."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from waypost.base.errors import SettingInvalid
from waypost.entrypoints.serve import listen

PROGRAM = Path(sys.executable).with_name("waypost")


def test_port_nought_is_any_free_one() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingInvalid, match=f"Port {port} .* in use .* WAYPOST_PORT"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(SettingInvalid, match="WAYPOST_HOST"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_serve_on_a_taken_port_says_one_line_and_ends(tmp_path: Path, processes: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = subprocess.run(
            [str(PROGRAM), "serve", "--port", port, "--processes", processes],
            env={"WAYPOST_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert told.returncode == 1
    assert told.stdout == ""
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"waypost: Port {port} of 127.0.0.1 is in use already.")


def test_ctrl_c_ends_without_complaint(tmp_path: Path) -> None:
    with subprocess.Popen(
        [str(PROGRAM), "serve", "--port", "0"],
        env={"WAYPOST_DATA_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stderr is not None
        said = ""
        while "token is in" not in said:
            line = server.stderr.readline()
            assert line, said
            said += line
        port = re.search(r"listens on http://127\.0\.0\.1:(\d+) ", said)
        assert port is not None
        url = f"http://127.0.0.1:{port[1]}/ping"
        assert httpx.get(url, timeout=60, trust_env=False).status_code == 200
        server.send_signal(signal.SIGINT)
        _, rest = server.communicate(timeout=60)
    assert (server.returncode, "Abort" in rest) == (0, False)


def test_who_only_watches_over_workers_loads_nothing_of_theirs() -> None:
    code = (
        "import sys, waypost.entrypoints.serve\n"
        "theirs = {'aiohttp', 'sqlalchemy', 'yaml', 'waypost.entrypoints.wiring'}\n"
        "print(*sorted(theirs & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
