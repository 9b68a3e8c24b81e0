"""The demo is the main job: it runs from start to end, over HTTP, and says where everything is."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "WAYPOST_DEMO_STATE": str(tmp_path),
        "WAYPOST_DEMO_PORT": str(free_port()),
        "WAYPOST_DEMO_SANDBOX_PORT": str(free_port()),
        "WAYPOST_DEMO_SMTP_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    ports = environment(tmp_path)
    told = subprocess.run(
        [sys.executable, "-m", "demo", "--exit"],
        cwd=ROOT,
        env=ports,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    for said in (
        "is connecting",
        "9 of 12 domains verified",
        "is active, for tenant acme-books",
        "can send",
        "3 full pages of ours",
        "and 7 more",
        "2 pages of /proxy/domains",
        "x-message-id",
        "is delivered",
        "call records at /log",
        "/connect-account?link_token=",
    ):
        assert said in told.stdout, f"the story does not say {said!r}:\n{told.stdout}"
    facts = json.loads((tmp_path / "demo.json").read_text())
    assert {name: set(part) for name, part in facts.items() if isinstance(part, dict)} == {
        "platform": {"url", "api_token"},
        "sandbox": {"url", "control_url", "api_token", "smtp"},
    }
    assert facts["platform"]["url"] == f"http://127.0.0.1:{ports['WAYPOST_DEMO_PORT']}"
    assert facts["platform"]["api_token"]
    assert facts["sandbox"]["api_token"]
    assert facts["sandbox"]["url"].endswith("/v1/")
    assert facts["sandbox"]["control_url"].endswith("/_sandbox")
    assert facts["sandbox"]["smtp"] == {
        "host": "127.0.0.1",
        "port": int(ports["WAYPOST_DEMO_SMTP_PORT"]),
    }
    assert facts["integrated_account_id"] in told.stdout
    assert f"ACCOUNT='{facts['integrated_account_id']}'" in (tmp_path / "demo.env").read_text()
    for kept in ("demo.json", "demo.env"):
        assert (tmp_path / kept).stat().st_mode & 0o077 == 0


def test_it_stays_up_until_it_is_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Running until Ctrl-C" in line:
            break
    else:
        process.wait(timeout=30)
        pytest.fail(f"the demo ended by itself:\n{''.join(lines)}")
    facts = json.loads((tmp_path / "demo.json").read_text())
    page = next(line.strip() for line in lines if "/connect-account?link_token=" in line)
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert b"MailerSend" in answer.read()
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert "Stopped" in rest
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(facts["platform"]["url"] + "/ping", timeout=5)


def test_a_busy_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = subprocess.run(
            [sys.executable, "-m", "demo", "--exit"],
            cwd=ROOT,
            env=environment(tmp_path, WAYPOST_DEMO_PORT=port),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert told.returncode == 1
    assert "WAYPOST_DEMO_PORT=" in told.stderr
    assert "Traceback" not in told.stderr
