"""Start programs on a core, read what they use, and stop them by their own ids."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.machine import CannotMeasure

START_SECONDS = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Program:
    """A running program with everything it started."""

    name: str
    process: subprocess.Popen[bytes]
    port: int

    def pids(self) -> list[int]:
        """Return its processes."""
        found = [self.process.pid]
        for pid in found:
            with suppress(OSError):
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
                found += [int(child) for child in children.split()]
        return found

    def cpu_seconds(self) -> float:
        """Return the processor time all its threads have used."""
        return sum(_cpu_ticks(pid) for pid in self.pids()) / _TICKS

    def memory(self) -> tuple[float, float]:
        """Return resident and proportional memory in MiB."""
        rolled = [_fields(f"/proc/{pid}/smaps_rollup") for pid in self.pids()]
        return sum(one.get("Rss", 0) for one in rolled), sum(one.get("Pss", 0) for one in rolled)

    @contextmanager
    def moved(self, core: int) -> Iterator[None]:
        """Have all its threads run on another core until the block ends."""
        before = {int(each.name): os.sched_getaffinity(int(each.name)) for each in self._threads()}
        try:
            for thread in before:
                os.sched_setaffinity(thread, {core})
            yield
        finally:
            for thread, cores in before.items():
                with suppress(OSError):
                    os.sched_setaffinity(thread, cores)

    def _threads(self) -> list[Path]:
        return [each for pid in self.pids() for each in Path(f"/proc/{pid}/task").iterdir()]

    def begin_peak(self) -> float:
        """Forget the highest memory so far; return the memory now, in MiB."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        return sum(_fields(f"/proc/{pid}/status").get("VmRSS", 0) for pid in self.pids())

    def peak(self) -> float:
        """Return the highest memory since `begin_peak`, in MiB."""
        return sum(_fields(f"/proc/{pid}/status").get("VmHWM", 0) for pid in self.pids())


def _fields(path: str) -> dict[str, float]:
    """Return the fields of a file of /proc that are told in kB, in MiB."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return {}
    split = (line.partition(":") for line in lines if line.endswith(" kB"))
    return {name: int(rest.split()[0]) / 1024 for name, _, rest in split}


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def as_installed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: with its bytecode kept, as after an installation.

    A program that compiles itself at every start is 5 MiB larger for it.
    """
    ours = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, **environment}


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    core: int | str,
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Run a program on one core until the block ends; raises CannotMeasure when it does not start."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=as_installed(environment or {}),
            start_new_session=True,
        )
    program = Program(name, process, port)
    try:
        _wait(program, log)
        yield program
    finally:
        _stop(process)


def _wait(program: Program, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and program.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", program.port), timeout=1):
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:]
    raise CannotMeasure(f"{program.name} did not start:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Its own session: the group is exactly what we started.
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return
