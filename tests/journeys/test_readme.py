"""What the README and the guides show is run here as it stands, so that it cannot rot."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.journeys.test_demo import environment
from tests.support.platform_process import platform_process
from tests.support.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
CALLS = (ROOT / "docs" / "guides" / "calls.md").read_text()
SANDBOX = (ROOT / "docs" / "guides" / "sandbox.md").read_text()
STATUS = "\n%{http_code} %{url}\n"


def blocks(text: str, language: str, section: str) -> list[str]:
    """Return the code blocks of one section of a page."""
    (found,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```", found, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shell:
    """A shell as its reader has it, in a folder of its own; curl also tells each status."""

    folder: Path

    def run(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def curl(self, script: str) -> list[tuple[int, str]]:
        """Run a script; return (status, body) of each curl whose answer is shown."""
        told = self.run(f"curl() {{ command curl -sS -w '{STATUS}' \"$@\"; }}\n{script}")
        answers = re.findall(r"(.*?)\n(\d{3}) http\S+\n", told, re.DOTALL)
        return [(int(status), body) for body, status in answers]


@contextmanager
def demo(folder: Path) -> Iterator[Shell]:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=environment(folder / ".waypost"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = ""
        while "Running until Ctrl-C" not in told:
            line = process.stdout.readline()
            assert line, f"the demo ended:\n{told}"
            told += line
        yield Shell(folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    with demo(tmp_path_factory.mktemp("readme")) as running:
        yield running


def test_the_calls_of_the_readme(shell: Shell) -> None:
    (script,) = blocks(README, "sh", "What it looks like")
    answers = shell.curl(script)
    assert [status for status, _ in answers] == [200, 200, 200, 200, 202]
    link, users, domains, quota, sent = (body for _, body in answers)
    assert json.loads(link)["link_token"]
    assert len(json.loads(users)["result"]) == 3
    assert len(json.loads(domains)["result"]) == 2
    assert "quota" in json.loads(quota)["result"]
    assert "x-message-id" in sent
    assert "waypost-origin: provider" in sent


def test_the_sdk_of_the_readme(shell: Shell) -> None:
    (program,) = blocks(README, "python", "What it looks like")
    (shell.folder / "program.py").write_text(program)
    told = shell.run(f". .waypost/demo.env; {sys.executable} -W error program.py")
    assert "northwindcoffee.example" in told


def test_the_calls_of_the_guide(shell: Shell) -> None:
    (script,) = re.findall(r"^```sh\n(.*?)^```", CALLS, re.MULTILINE | re.DOTALL)
    answers = shell.curl(f". .waypost/demo.env\n{script}")
    assert [status for status, _ in answers] == [200] * 4


def test_running_it_oneself(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    _, script = blocks(README, "sh", "Run it yourself")
    with platform_process(tmp_path) as platform:
        (tmp_path / ".waypost").mkdir()
        (tmp_path / ".waypost" / "operator-token").write_text(platform.operator_token)
        assert "http://127.0.0.1:8080" in script
        script = script.replace("http://127.0.0.1:8080", platform.url)
        # Where a line keeps a field of the answer, curl may tell no status.
        told = Shell(tmp_path).run(f'curl() {{ command curl -fsS "$@"; }}\n{script}')
    installed, rest = told.split("Open ")
    assert json.loads(installed)["is_enabled"] is True
    assert "/connect-account?link_token=" in rest
    assert json.loads(rest.partition(" token.\n")[2])["result"] == []


def test_serving_against_the_sandbox(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = dict(re.findall(r"^export (WAYPOST_\w+)=(.+)$", SANDBOX, re.MULTILINE))
    assert set(settings) == {"WAYPOST_BASE_URLS", "WAYPOST_ALLOW_ADDRESSES"}
    own = sandbox.account()
    base_urls = settings["WAYPOST_BASE_URLS"].strip("'").replace("http://127.0.0.1:8025", own.root)
    allowed = settings["WAYPOST_ALLOW_ADDRESSES"]
    with platform_process(tmp_path, base_urls=base_urls, allow_addresses=allowed) as platform:
        (tmp_path / ".waypost").mkdir()
        (tmp_path / ".waypost" / "operator-token").write_text(platform.operator_token)
        script = blocks(README, "sh", "Run it yourself")[1]
        script = script.replace("http://127.0.0.1:8080", platform.url)
        submit = json.dumps({"integration": "mailersend", "fields": {"api_token": own.api_token}})
        told = Shell(tmp_path).run(
            f"{script}\ncurl -s $WAYPOST/connect-account/link -H 'Accept: application/json' "
            f"-H 'Content-Type: application/json' -d '{submit[:-1]}, \"link_token\": \"'$LINK'\"}}'"
        )
    assert json.loads(told[told.rindex('{"result"') :])["status"] == "active"


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [ROOT / "sandbox" / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            goal = (page.parent / path) if path else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
