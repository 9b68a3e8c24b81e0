"""One measured run: wrk sends, /proc tells what the server used for it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.machine import CannotMeasure
from bench.processes import Program

_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


@dataclass(frozen=True)
class Target:
    """Whom to ask for what."""

    program: Program
    path: str
    token: str = "bench"
    script: Path | None = None
    """What wrk asks for instead of the path."""

    @property
    def name(self) -> str:
        """Return the program's name."""
        return self.program.name

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.program.port}{self.path}"


@dataclass(frozen=True)
class Run:
    """What one run showed: requests per second, and times in µs (`cpu` per request)."""

    rate: float
    p50: float
    p99: float
    cpu: float


def measure(target: Target, *, connections: int, seconds: int, core: int) -> Run:
    """Load a server; raises CannotMeasure when a single answer was not a success."""
    pinned = ["taskset", "-c", str(core)]
    load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    header = ["-H", f"Authorization: Bearer {target.token}"]
    if target.script is not None:
        header += ["-s", str(target.script)]
    before = target.program.cpu_seconds()
    done = subprocess.run(
        [*pinned, *load, *header, target.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    used = target.program.cpu_seconds() - before
    if done.returncode != 0:
        raise CannotMeasure(f"wrk failed on {target.name}: {done.stderr or done.stdout}")
    return read_report(done.stdout, used, target.name)


def read_report(report: str, cpu_seconds: float, name: str) -> Run:
    """Read wrk's report; raises CannotMeasure for failed answers or broken connections."""
    for line in report.splitlines():
        if "Non-2xx or 3xx responses" in line or "Socket errors" in line:
            raise CannotMeasure(f"A run against {name} had failures, so it does not count: {line}")
    requests = int(_found(r"(\d+) requests in", report, name))
    return Run(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", report, name)),
        p50=_micros(_found(r"50%\s+([\d.]+[a-z]+)", report, name)),
        p99=_micros(_found(r"99%\s+([\d.]+[a-z]+)", report, name)),
        cpu=cpu_seconds * 1e6 / max(1, requests),
    )


def _found(pattern: str, report: str, name: str) -> str:
    match = re.search(pattern, report)
    if match is None:
        raise CannotMeasure(f"wrk's report on {name} cannot be read:\n{report}")
    return match.group(1)


def _micros(text: str) -> float:
    unit = text.lstrip("0123456789.")
    return float(text.removesuffix(unit)) * _UNITS[unit]
