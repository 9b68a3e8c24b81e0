"""The pages of what one can call: every HTTP route with the token it takes, every command."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from waypost.base.settings import read_settings
from waypost.entrypoints.admin import build_admin
from waypost.entrypoints.cli.main import commands
from waypost.entrypoints.http.doors import is_public, kinds_for
from waypost.entrypoints.wiring import build_kernel

Json = dict[str, Any]
TOKENS = {
    "operator": "operator",
    "api_token": "API token",
    "account_token": "account token",
}
_ANY = {"delete", "get", "head", "options", "patch", "post", "put"}


def http_page(made: str) -> str:
    """Return the page of every route, group by group."""
    document = openapi()
    lines = [
        "# HTTP routes\n\n",
        made,
        "Send the token as `Authorization: Bearer …`. No or an unknown token is 401, one of the\n"
        "wrong kind 403, and whatever belongs to another environment 404. `/openapi.json` says the\n"
        "same to programs, with every field; `/docs` shows it, and tries it out. Errors are in\n"
        "[errors.md](errors.md).\n",
    ]
    for group, rows in grouped(document).items():
        lines.append(f"\n## {group}\n\n| Call | Token | What it does |\n|---|---|---|\n")
        lines += rows
    return "".join(lines)


def openapi() -> Json:
    """Return the API's description, of a server that is put together and never started."""
    with TemporaryDirectory() as folder:
        kernel = build_kernel(read_settings(data_dir=Path(folder)))
        document: Json = build_admin(kernel).openapi()
    return document


def grouped(document: Json) -> dict[str, list[str]]:
    """Return the rows of the page by their group, in the order of the description."""
    groups: dict[str, list[str]] = {}
    for path, verb, operation in operations(document):
        group = (operation.get("tags") or ["others"])[0]
        groups.setdefault(group, []).append(row(path, verb, operation))
    return groups


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield every path, verb and description."""
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb in _ANY:
                yield path, verb.upper(), operation


def row(path: str, verb: str, operation: Json) -> str:
    """Return one route's row."""
    summary = " ".join(str(operation.get("summary") or "").split()).replace("|", "\\|")
    asked = [
        each["name"]
        for each in operation.get("parameters", [])
        if each.get("in") == "query" and "." not in each["name"]
    ]
    query = f" Query: {', '.join(f'`{name}`' for name in asked)}." if asked else ""
    return f"| `{verb} {path}` | {tokens(verb, path)} | {summary.rstrip('.')}.{query} |\n"


def tokens(verb: str, path: str) -> str:
    """Return which kinds of token a route takes, from the table that decides it."""
    if is_public(path):
        return "none"
    kinds = kinds_for(verb, path)
    return ", ".join(word for kind, word in TOKENS.items() if kind in kinds)


def cli_page(made: str) -> str:
    """Return the page of every command."""
    lines = [
        "# The `waypost` command\n\n",
        made,
        "Settings are environment variables ([settings.md](settings.md)); options win over them. An\n"
        "error is one line on stderr and exit code 1; a wrong command line is exit code 2.\n",
    ]
    for path, command in every_command(commands, "waypost"):
        context = click.Context(
            command, info_name=path, terminal_width=92, help_option_names=["-h", "--help"]
        )
        lines.append(f"\n## `{path}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "".join(lines)


def every_command(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and all below it, by the words one types."""
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from every_command(each, f"{path} {name}")
