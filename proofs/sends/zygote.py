"""Start `waypost serve` by a fork of a process that has imported it: the same program, sooner.

Reads one JSON list per line and answers one: `["start", environment, log]` gives the process id,
`["poll", id]` gives null or how the process ended (minus the signal's number).
"""

import json
import os
import sys
from typing import Any

import uvicorn.lifespan.on
import uvicorn.loops.uvloop

import waypost.adapters.dbos_jobs
import waypost.entrypoints.serve
import waypost.entrypoints.worker
from waypost.entrypoints.cli.main import commands

__all__ = ["main", "uvicorn", "waypost"]


def main() -> None:
    """Serve orders until the end of the input."""
    for line in sys.stdin:
        order, *rest = json.loads(line)
        answer: Any = _start(*rest) if order == "start" else _poll(*rest)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def _start(environment: dict[str, str], log: str) -> int:
    process = os.fork()
    if process:
        return process
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["waypost", "serve"]
    try:
        commands(["serve"])
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(0)


def _poll(process: int) -> int | None:
    ended, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    main()
