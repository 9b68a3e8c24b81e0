"""The `waypost` command."""

import sys
from pathlib import Path

import click

from waypost import __version__
from waypost.base.errors import WaypostError
from waypost.entrypoints.cli.progress import progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="waypost")
def commands() -> None:
    """Waypost links your customers' accounts and calls their providers through one API.

    Settings are read from WAYPOST_* environment variables; docs/reference/settings.md lists them.
    """


@commands.command()
@click.option("--host", default=None, help="Address to listen on (WAYPOST_HOST, 127.0.0.1).")
@click.option("--port", type=int, default=None, help="Port to listen on (WAYPOST_PORT, 8080).")
@click.option("--processes", type=int, default=None, help="Server processes behind the port.")
def serve(host: str | None, port: int | None, processes: int | None) -> None:
    """Run the server until it is stopped."""
    from waypost.entrypoints.serve import run  # noqa: PLC0415 - the other commands start faster

    given = {"host": host, "port": port, "processes": processes}
    run({name: value for name, value in given.items() if value is not None})


@commands.command()
def prepare() -> None:
    """Check the catalog, bring schema and keys in order, and stop (serve does it by itself)."""
    import asyncio  # noqa: PLC0415

    from waypost.entrypoints.prepare import prepare  # noqa: PLC0415

    asyncio.run(prepare())


@commands.command()
def migrate() -> None:
    """Bring the database's schema up to date and stop (serve does it by itself)."""
    import asyncio  # noqa: PLC0415

    from waypost.entrypoints.upkeep import migrate_database  # noqa: PLC0415

    asyncio.run(migrate_database())
    click.echo("The schema is up to date.")


@commands.group()
def integration() -> None:
    """Work on integration folders."""


@integration.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Read one integration's folder and list every problem with file, line and column."""
    from waypost.engine.conformance import check_folder  # noqa: PLC0415

    problems = check_folder(folder)
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo(f"{folder.name}: nothing to complain about.")


@commands.group()
def vault() -> None:
    """Look after the keys that protect stored credentials."""


@vault.command("rotate")
def rotate() -> None:
    """Make a new key-encryption key and re-wrap every data key with it, while serving goes on."""
    import asyncio  # noqa: PLC0415

    from waypost.entrypoints.upkeep import rotate_keys  # noqa: PLC0415

    with progress("Re-wrapping data keys") as told:
        lines = asyncio.run(rotate_keys(told))
    for line in lines:
        click.echo(line)


@commands.group()
def sync() -> None:
    """Run sync jobs of a server, and watch them."""


@sync.command("run")
@click.argument("job")
@click.argument("account")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The server.")
@click.option(
    "--token", envvar="WAYPOST_API_TOKEN", required=True, help="An API token (WAYPOST_API_TOKEN)."
)
@click.option("--args", "given", default="{}", help="The run's arguments, as a JSON object.")
def run_sync(job: str, account: str, url: str, token: str, given: str) -> None:
    """Run the sync job JOB for ACCOUNT and show how far it is until it has ended."""
    import json  # noqa: PLC0415

    from waypost.entrypoints.cli.sync import Server, follow  # noqa: PLC0415

    try:
        args = json.loads(given)
    except ValueError:
        raise click.BadParameter("it is no JSON", param_hint="--args") from None
    order = {"sync_job_id": job, "integrated_account_id": account, "args": args}
    status = follow(Server(url, token), order, Progress())
    if sys.stdout.isatty():
        click.echo()
    sys.exit(0 if status == "completed" else 1)


class Progress:
    """Show lines one after the other, or on a terminal one in the place of the other."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, line: str) -> None:
        """Show a line, unless it says what the last one said."""
        if line == self._last:
            return
        if sys.stdout.isatty():
            click.echo(f"\r{line:<{len(self._last)}}", nl=False)
        else:
            click.echo(line)
        self._last = line


def main() -> None:
    """Run a command; errors of ours are one line on stderr."""
    try:
        commands()
    except WaypostError as error:
        click.echo(f"waypost: {error.message}", err=True)
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"waypost: {place}{error.strerror or error}", err=True)
        sys.exit(1)
