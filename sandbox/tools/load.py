"""Load the sandbox: many connections at once, and many messages with retention on.

    python sandbox/tools/load.py                          # 1,000 connections, 20,000 messages
    python sandbox/tools/load.py --messages 1000000       # the long run

Prints one line of JSON per tenth of the run (messages, errors, sends per second, the server's
memory), and a summary. Exits with 1 when a request failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

SEED = {"domains": [{"name": "load.example"}]}


def start(keep: int) -> tuple[subprocess.Popen[str], str, str]:
    """Start a sandbox and return it with its root and token."""
    command = [sys.executable, "-m", "waypost_sandbox", "--port", "0"]
    command += ["--rate-limits", "off", "--keep", str(keep), "--webhooks", "local"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    line = process.stdout.readline() if process.stdout else ""
    match = re.search(r"API (http://[^/]+)/v1/ .* api token (\S+)", line)
    if match is None:
        raise SystemExit(f"the sandbox did not start: {line!r}")
    return process, match[1], match[2]


def read_memory(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def make_send(number: int) -> dict[str, Any]:
    """Make a send to an address that no other send goes to."""
    return {
        "from": {"email": "hello@load.example"},
        "to": [{"email": f"person{number}@customer.example"}],
        "subject": f"Order {number}",
        "text": "Thank you for your order.",
        "html": '<p>Thank you for <a href="https://load.example/o">your order</a>.</p>',
    }


class Run:
    """One run: a number of connections that send until all is sent."""

    def __init__(self, root: str, token: str, pid: int, options: argparse.Namespace) -> None:
        self.root, self.pid, self.options = root, pid, options
        self.headers = {"Authorization": f"Bearer {token}"}
        self.sent = 0
        self.outcomes: Counter[str] = Counter()
        self.peak = 0.0
        self.began = time.monotonic()

    async def work(self, session: aiohttp.ClientSession) -> None:
        """Send one after the other over one connection."""
        while self.sent < self.options.messages:
            self.sent += 1
            number = self.sent
            try:
                async with session.post(f"{self.root}/v1/email", json=make_send(number)) as answer:
                    await answer.read()
                    self.outcomes[str(answer.status)] += 1
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self.outcomes[type(error).__name__] += 1
            if number % max(1, self.options.messages // 10) == 0:
                self.report()

    def report(self) -> None:
        """Print how far it is."""
        memory = read_memory(self.pid)
        self.peak = max(self.peak, memory)
        rate = round(self.sent / (time.monotonic() - self.began))
        line = {"sent": self.sent, **self.outcomes, "per_second": rate, "memory_mib": memory}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    async def go(self) -> None:
        """Open every connection and send."""
        connector = aiohttp.TCPConnector(limit=self.options.connections)
        timeout = aiohttp.ClientTimeout(total=120)
        async with aiohttp.ClientSession(
            connector=connector, headers=self.headers, timeout=timeout
        ) as session:
            async with session.post(f"{self.root}/_sandbox/seed", json=SEED) as answer:
                answer.raise_for_status()
            self.began = time.monotonic()
            workers = [self.work(session) for _ in range(self.options.connections)]
            await asyncio.gather(*workers)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Load a sandbox of its own.")
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--keep", type=int, default=2_000)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    process, root, token = start(options.keep)
    try:
        run = Run(root, token, process.pid, options)
        asyncio.run(run.go())
        took = time.monotonic() - run.began
        summary = {
            "connections": options.connections,
            "messages": run.sent,
            "outcomes": dict(run.outcomes),
            "seconds": round(took, 1),
            "per_second": round(run.sent / took),
            "peak_memory_mib": run.peak,
            "server_alive": process.poll() is None,
        }
        sys.stdout.write(json.dumps({"summary": summary}) + "\n")
        return int(set(run.outcomes) != {"202"})
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    raise SystemExit(main())
