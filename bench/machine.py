"""What the machine offers a measurement: cores, programs, free ports, and how busy it is."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}


class CannotMeasure(RuntimeError):
    """Something a measurement needs is missing, or went wrong in it; says what to do."""


def cores() -> tuple[int, int]:
    """Return the core of the servers and the core of the load; the same one when there is no other."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[min(1, len(usable) - 1)]


def need(*programs: str) -> None:
    """Have these programs, by apt where they are missing and we may; raises CannotMeasure."""
    missing = [_PACKAGES[name] for name in programs if not found(name)]
    if not missing:
        return
    wanted = f"apt-get install -y {' '.join(missing)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotMeasure(f"The benchmark needs more programs: {wanted}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
    ):
        subprocess.run(command, capture_output=True, check=False, env=env)
    if not all(map(found, programs)):
        raise CannotMeasure(f"This did not work, try it by hand: {wanted}")


def found(program: str) -> str | None:
    """Return a program's path, also where only the administrator's PATH would find it."""
    return shutil.which(program, path=_PATH)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that vouches for itself, and its key; return their files."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-out", str(certificate), "-keyout", str(key)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotMeasure(f"openssl made no certificate: {done.stderr[-200:]}")
    return certificate, key


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def busy_share(seconds: float = 1.0) -> float:
    """Return how much of a core others use right now: 0 is quiet, 1 a whole core."""
    before, total_before = _ticks()
    time.sleep(seconds)
    after, total_after = _ticks()
    share = (after - before) / max(1, total_after - total_before)
    return share * (os.cpu_count() or 1)


def _ticks() -> tuple[int, int]:
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def described() -> str:
    """Return the machine in one line: the numbers mean nothing without it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    model = next(models, platform.machine())
    options = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    built = "" if is_optimised(options, sys.base_prefix) else " (built without optimisations)"
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}{built}"


def is_optimised(options: str, prefix: str) -> bool:
    """Say whether a Python was built by profile, by what it was configured with and where it lives.

    It makes 1.4 times the speed (3.11, measured).
    """
    # Debian and its like build by profile without that option, and keep its flags out of what
    # sysconfig knows, so that extensions do not inherit them (Debian bug 934771).
    return "--enable-optimizations" in options or prefix == "/usr"
