"""The command `waypost-sandbox`."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waypost_sandbox import __version__

if TYPE_CHECKING:
    from waypost_sandbox.world.account import Account

_ABOUT = """\
Run a MailerSend-compatible server for development and tests, with its SMTP relay. It
accepts emails and keeps them; nothing leaves this machine unless you say so. Everything is
held in memory and gone when it ends, or in a file (--state). Not affiliated with MailerSend."""
SMTP_PORT = 2525
_EXAMPLES = """\
examples:
  waypost-sandbox                            on http://127.0.0.1:8025
  waypost-sandbox --port 0                   on a free port, printed in the start line
  waypost-sandbox --demo-seed                with a small believable company inside
  waypost-sandbox --seed world.yaml          with your own world inside
  waypost-sandbox --state box.sqlite         what is in it is there again next time
  waypost-sandbox --forward-smtp 127.0.0.1:1025   into a mail catcher as well
  waypost-sandbox coverage                   print which operations it has, as Markdown
  curl -X POST http://127.0.0.1:8025/_sandbox/clock -d '{"advance": 60}'
"""


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="waypost-sandbox",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command", nargs="?", choices=("serve", "coverage"), default="serve", help="what to do"
    )
    _add_addresses(parser)
    _add_contents(parser)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _add_addresses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=8025, help="port to listen on; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--smtp-port",
        type=_read_smtp_port,
        metavar="PORT",
        help="port to take mail on, with STARTTLS; 0 takes a free one, off takes no mail "
        "(2525; a free one when --port is 0 or 2525 is taken)",
    )
    parser.add_argument(
        "--forward-smtp",
        metavar="HOST:PORT",
        type=_read_server,
        help="hand sent mail to this SMTP server as well, such as a local mail catcher",
    )
    parser.add_argument(
        "--public-url",
        metavar="URL",
        help="where recipients reach this server; tracked links begin with it (its own address)",
    )
    parser.add_argument(
        "--webhooks",
        choices=("local", "anywhere"),
        default="local",
        help="which webhook addresses are called: those on this machine and private networks, "
        "or all (%(default)s)",
    )


def _add_contents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep",
        metavar="N",
        type=int,
        default=100_000,
        help="messages each account keeps, the oldest go first; 0 keeps all (%(default)s)",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="SQLite file that the accounts live in; without it they are gone at the end",
    )
    parser.add_argument(
        "--api-token", metavar="TOKEN", help="token of the first account (random unless given)"
    )
    parser.add_argument(
        "--seed", metavar="FILE", type=Path, help="YAML or JSON file, as POST /_sandbox/seed takes"
    )
    parser.add_argument(
        "--demo-seed", action="store_true", help="start with the demo company inside"
    )
    parser.add_argument(
        "--rate-limits",
        choices=("documented", "off"),
        default="documented",
        help="requests per minute of every account (%(default)s)",
    )


def _read_smtp_port(text: str) -> int:
    """Read a port; `off` is -1."""
    port = -1 if text == "off" else int(text)
    if not -1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


def _read_server(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    options = make_parser().parse_args(arguments)
    if options.command == "coverage":
        from waypost_sandbox.coverage import write_coverage  # noqa: PLC0415 - start fast

        sys.stdout.write(write_coverage())
        return 0
    return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    from waypost_sandbox.control.seeding import seed_account, seed_demo  # noqa: PLC0415
    from waypost_sandbox.server import bind_socket, run_server  # noqa: PLC0415
    from waypost_sandbox.wire.answer import RefusalError  # noqa: PLC0415
    from waypost_sandbox.world.universe import Universe  # noqa: PLC0415

    universe = Universe(
        options.api_token,
        options.rate_limits,
        webhook_reach=options.webhooks,
        forward_smtp=options.forward_smtp,
        keep_messages=options.keep or None,
    )
    state, is_new = None, True
    if options.state is not None:
        from waypost_sandbox.state_file import StateFile, StateFileError  # noqa: PLC0415

        try:
            state = StateFile(options.state)
            is_new = not state.load(universe)
        except StateFileError as error:
            return _fail(str(error))
    if not is_new and options.api_token:
        _allow_token(universe.first, options.api_token)
    try:
        # A file that has a world already is not seeded again.
        if options.demo_seed and is_new:
            seed_demo(universe.first)
        if options.seed is not None and is_new:
            seed_account(universe.first, _read_seed(options.seed))
    except RefusalError as refusal:
        return _fail(f"the seed is not right: {json.loads(refusal.answer.body)['message']}")
    except (OSError, ValueError) as error:
        return _fail(f"the seed file cannot be read: {error}")
    try:
        listener = bind_socket(options.host, options.port)
    except OSError as error:
        return _fail(f"cannot listen on {options.host}:{options.port}: {error}; try --port 0")
    try:
        mail = _bind_mail(options)
    except OSError as error:
        return _fail(f"cannot take mail on {options.host}:{options.smtp_port}: {error}")
    run_server(universe, listener, mail=mail, public_url=options.public_url, state=state)
    return 0


def _allow_token(account: Account, secret: str) -> None:
    """Let a token in that the kept world may not know."""
    if all(token.secret != secret for token in account.tokens.values()):
        account.add_full_token(secret)


def _bind_mail(options: argparse.Namespace) -> socket.socket | None:
    """Bind the socket for mail; only a port that was asked for by name must be free."""
    from waypost_sandbox.server import bind_socket  # noqa: PLC0415

    wanted = options.smtp_port
    if wanted == -1:
        return None
    if wanted is not None:
        return bind_socket(options.host, wanted)
    if options.port == 0:
        return bind_socket(options.host, 0)
    try:
        return bind_socket(options.host, SMTP_PORT)
    except OSError:
        return bind_socket(options.host, 0)


def _read_seed(path: Path) -> Any:
    text = path.read_text("utf-8")
    if path.suffix.lower() == ".json":
        return json.loads(text)
    try:
        import yaml  # noqa: PLC0415 - only a YAML seed needs it
    except ImportError:
        raise ValueError("a YAML seed needs PyYAML; install it, or use JSON") from None
    try:
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _fail(message: str) -> int:
    sys.stderr.write(f"waypost-sandbox: {message}\n")
    return 2
