"""`./dev demo`: start both programs on loopback, tell the story, stay up until Ctrl-C."""

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from demo.servers import CouldNotStart, command, refuse_busy_port, running
from demo.story import Story, UnexpectedReply, World
from demo.voice import Voice

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("WAYPOST_DEMO_STATE", ROOT / ".waypost"))


def main() -> int:
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="./dev demo",
        description="Link a MailerSend account (in a sandbox on this machine), read its team, send a mail.",
        epilog="Ports: WAYPOST_DEMO_PORT (8080), WAYPOST_DEMO_SANDBOX_PORT (8025), "
        "WAYPOST_DEMO_SMTP_PORT (2525).",
    )
    parser.add_argument(
        "--exit", action="store_true", help="end after the story instead of staying up"
    )
    options = parser.parse_args()
    voice = Voice()
    try:
        with ExitStack() as stack:
            world = _start(stack, voice)
            Story(world, voice).tell()
            _write_down(world)
            _farewell(world, voice)
            if not options.exit:
                _stay()
    except CouldNotStart as problem:
        sys.stderr.write(f"\n{problem}\n")
        return 1
    except UnexpectedReply as problem:
        sys.stderr.write(f"\nThe story broke off: {problem}\nLogs: {STATE / 'demo'}\n")
        return 1
    except KeyboardInterrupt:
        voice.say("\nStopped.")
    return 0


def _start(stack: ExitStack, voice: Voice) -> World:
    port = int(os.environ.get("WAYPOST_DEMO_PORT", "8080"))
    sandbox_port = int(os.environ.get("WAYPOST_DEMO_SANDBOX_PORT", "8025"))
    refuse_busy_port(port, "WAYPOST_DEMO_PORT", "the platform")
    refuse_busy_port(sandbox_port, "WAYPOST_DEMO_SANDBOX_PORT", "the sandbox")
    smtp_port = int(os.environ.get("WAYPOST_DEMO_SMTP_PORT", "2525"))
    refuse_busy_port(smtp_port, "WAYPOST_DEMO_SMTP_PORT", "the sandbox's SMTP")
    voice.title("Waypost demo: one customer's MailerSend account, linked and called")
    voice.chapter("Two programs on this machine")
    folder = STATE / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    world = World(
        platform=f"http://127.0.0.1:{port}",
        operator_token=secrets.token_urlsafe(24),
        sandbox=f"http://127.0.0.1:{sandbox_port}",
        sandbox_token=f"mlsn.{secrets.token_hex(32)}",
        smtp_port=smtp_port,
    )
    sandbox = [command("waypost-sandbox"), "--port", str(sandbox_port), "--demo-seed"]
    sandbox += ["--smtp-port", str(smtp_port)]
    stack.enter_context(
        running(
            [*sandbox, "--api-token", world.sandbox_token],
            url=f"{world.sandbox}/_sandbox/health",
            log=folder / "sandbox.log",
        )
    )
    voice.good(f"sandbox   {world.sandbox}/v1/   a MailerSend-compatible server")
    stack.enter_context(
        running(
            [command("waypost"), "serve", "--port", str(port)],
            url=f"{world.platform}/readyz",
            log=folder / "platform.log",
            environment={
                "WAYPOST_DATA_DIR": str(folder / "data"),
                "WAYPOST_OPERATOR_TOKEN": world.operator_token,
                "WAYPOST_BASE_URLS": json.dumps({"mailersend": f"{world.sandbox}/v1"}),
                "WAYPOST_ALLOW_ADDRESSES": "127.0.0.0/8",
                # So that the provider's webhooks come, and events with them.
                "WAYPOST_PUBLIC_URL": world.platform,
            },
        )
    )
    voice.good(
        f"platform  {world.platform}/     SQLite and a key file in {_short(folder / 'data')}"
    )
    return world


def _write_down(world: World) -> None:
    facts = {
        "platform": {"url": world.platform, "api_token": world.api_token},
        "sandbox": {
            "url": f"{world.sandbox}/v1/",
            "control_url": f"{world.sandbox}/_sandbox",
            "api_token": world.sandbox_token,
            "smtp": {"host": "127.0.0.1", "port": world.smtp_port},
        },
        "integrated_account_id": world.account_id,
    }
    _keep("demo.json", json.dumps(facts, indent=2) + "\n")
    names = {"WAYPOST": world.platform, "TOKEN": world.api_token, "ACCOUNT": world.account_id}
    _keep("demo.env", "".join(f"export {name}='{value}'\n" for name, value in names.items()))


def _keep(name: str, text: str) -> None:
    target = STATE / name
    target.touch(mode=0o600)
    target.write_text(text)


def _farewell(world: World, voice: Voice) -> None:
    voice.chapter("Your turn")
    voice.say("Link an account by hand. Open:")
    voice.say(f"  {world.link_url}")
    voice.say("and paste this sandbox token:")
    voice.say(f"  {world.sandbox_token}")
    voice.say()
    voice.say(f"API reference          {world.platform}/docs")
    voice.say(f"The sandbox's mailbox  {world.sandbox}/")
    voice.say(f"Tokens and addresses   {_short(STATE / 'demo.json')}; for the README's curl lines:")
    voice.say(f"                       . {_short(STATE / 'demo.env')}")


def _stay() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write("\nRunning until Ctrl-C.\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
