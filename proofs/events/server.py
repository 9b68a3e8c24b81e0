"""A `waypost serve` with workers that may be killed, one or all, and started again where it was."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 90.0


class Server:
    """The program on one data folder and one port, in a process group of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = folder / "clock"
        self.log = folder / "platform.log"
        self.operator_token = "operator-of-the-proof"
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.killed_workers = 0
        self.killed_whole = 0
        given = {
            "data_dir": str(folder / "data"),
            "port": str(self._port),
            "public_url": self.url,
            "operator_token": self.operator_token,
            "allow_addresses": "127.0.0.0/8",
            "log_level": "warning",
            **settings,
        }
        self._environment = {f"WAYPOST_{name.upper()}": value for name, value in given.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **more: str) -> None:
        """Start it; it answers when this returns."""
        given = {f"WAYPOST_{name.upper()}": value for name, value in more.items()}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(Path(sys.executable).with_name("waypost")), "serve"],
                env={**os.environ, **self._environment, **given},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"the platform did not start:\n{self.log.read_text()[-3000:]}")

    def kill_worker(self, chance: random.Random) -> None:
        """Kill one of the workers; the program starts another."""
        workers = self._workers()
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
            self.killed_workers += 1

    def kill_whole(self) -> None:
        """Kill the program and all its workers at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.killed_whole += 1

    def stop(self) -> None:
        """End it in the usual way, or by force."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def cpu_seconds(self) -> float:
        """Return the processor time of the program and its workers that live."""
        assert self._process is not None
        ticks = 0
        for pid in (self._process.pid, *self._children()):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _workers(self) -> list[int]:
        return [pid for pid in self._children() if "spawn_main" in _command(pid)]

    def _children(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Admin:
    """Its admin API, as the proof uses it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = httpx.Client(trust_env=False, timeout=30)
        self.token = server.operator_token

    def ask(self, verb: str, path: str, **body: Any) -> Any:
        """Ask for one thing; what it answers is a success."""
        answer = self._http.request(
            verb,
            self._server.url + path,
            json=body or None,
            headers={"authorization": f"Bearer {self.token}"},
        )
        assert answer.is_success, answer.text
        return answer.json()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
