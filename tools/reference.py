"""Write the pages that are generated from the code: `./dev docs`.

PAGES is the whole list. A test compares every page with what this module would write.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from inspect import getdoc
from pathlib import Path

from tools.interfaces import cli_page, http_page
from waypost.base import errors
from waypost.base.declared import fields
from waypost.base.settings import Settings
from waypost.engine.manifest.json_schema import schema_texts
from waypost.engine.manifest.reference import reference_page
from waypost.entrypoints.http.problems import STATUSES
from waypost.kernel.events import types

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "waypost"
MADE = "<!-- Made by ./dev docs. Change the code it is made from, not this page. -->\n\n"

WHO_ACTS = {
    errors.CallerError: "Whoever sent the request",
    errors.AccountError: "The owner of the linked account",
    errors.ProviderError: "The provider, or time",
    errors.ManifestError: "The author of the integration",
    errors.OperatorError: "Whoever runs this server",
}

FLOORS = ("entrypoints", "features", "adapters", "kernel", "engine", "base")


def all_errors() -> list[type[errors.WaypostError]]:
    """Return every error class in the order in which the tree is written."""
    defined = vars(errors).values()
    return [
        thing
        for thing in defined
        if isinstance(thing, type) and issubclass(thing, errors.WaypostError)
    ]


def errors_page() -> str:
    """Return the page of all errors, family by family."""
    lines = [
        "# Errors\n\n",
        MADE,
        "Every answer that is an error has the body `{statusCode, error, message, code}`, often\n"
        "with `details`. Branch on `code`: it is stable, the message is for people. The header\n"
        "`waypost-origin` says whose answer it is, `platform` or `provider`.\n",
    ]
    for family, who in WHO_ACTS.items():
        lines.append(f"\n## {family.__name__}: {who.lower()} must act\n")
        members = [kind for kind in all_errors() if issubclass(kind, family)]
        lines += [error_entry(kind) for kind in members]
    return "".join(lines)


def error_entry(kind: type[errors.WaypostError]) -> str:
    """Return one error's entry: code, status, what it means."""
    status = STATUSES.get(kind, 500)
    shown = "the provider's own" if kind is errors.ProviderRefused else str(status)
    first, _, rest = (getdoc(kind) or "").partition("\n")
    more = f"\n{rest.strip()}\n" if rest.strip() else ""
    return f"\n### `{kind.code}`\n\n{first} (`{kind.__name__}`, status {shown})\n{more}"


def settings_page() -> str:
    """Return the page of all settings."""
    lines = [
        "# Settings\n\n",
        MADE,
        "Settings are environment variables, read once at start. Every one has a default that\n"
        "works on one machine. A wrong value stops the start and names the variable.\n\n",
        "| Variable | Default | What it does |\n|---|---|---|\n",
    ]
    for name, field in fields(Settings).items():
        default = shown_default(field.declared.default)
        description = field.declared.description.replace("|", "\\|")
        lines.append(f"| `WAYPOST_{name.upper()}` | {default} | {description} |\n")
    return "".join(lines)


def shown_default(value: object) -> str:
    """Return a default as one would type it; nothing for an empty collection."""
    return f"`{value}`" if value not in (None, (), {}, "") else ""


def events_page() -> str:
    """Return the page of all types of events, as an endpoint may ask for them."""
    families = {
        "Messages": types.MESSAGE,
        "Text messages": types.SMS,
        "What else a provider tells": types.PROVIDER,
        "Accounts and installs": types.ACCOUNT,
        "Syncs": types.SYNC,
        "Of Waypost itself": types.WAYPOST,
    }
    lines = [
        "# Types of events\n\n",
        MADE,
        "What `event_types` of a webhook and `event_type` of a replay may name; any other is refused\n"
        "with 400. Names with a colon are Truto's on the wire, kept so that its clients work here;\n"
        "names with a dot are Waypost's own. An integration of your own may map to more, which\n"
        "may be asked for while it is loaded. There are no wildcards: leave `event_types` out to\n"
        "hear everything. [Events](../guides/events.md) shows what a payload holds.\n",
    ]
    for title, family in families.items():
        lines.append(f"\n## {title}\n\n| Type | When |\n|---|---|\n")
        lines += [f"| `{name}` | {when} |\n" for name, when in family.items()]
    lines.append("\n## Taken, but never told\n\nTruto's clients may ask for these:\n\n")
    lines += [f"- `{name}`\n" for name in types.NEVER_TOLD]
    return "".join(lines)


def architecture_page() -> str:
    """Return ARCHITECTURE.md with its table of rooms as the code has them now."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    before, _, rest = text.partition("<!-- rooms: made by ./dev docs -->\n")
    _, _, after = rest.partition("<!-- end of rooms -->\n")
    rows = [
        f"| {floor} | `{name}` | {promise} |\n"
        for floor in FLOORS
        for name, promise in rooms(PACKAGE / floor)
    ]
    table = f"| Floor | Room | Promise |\n|---|---|---|\n{''.join(rows)}"
    return f"{before}<!-- rooms: made by ./dev docs -->\n\n{table}\n<!-- end of rooms -->\n{after}"


def rooms(floor: Path) -> Iterator[tuple[str, str]]:
    """Yield the rooms of a floor: packages, and modules that lie directly on it."""
    for path in sorted(floor.iterdir()):
        if (path / "__init__.py").exists():
            yield f"{path.name}/", promise_of(path / "__init__.py")
        elif path.suffix == ".py" and path.name != "__init__.py":
            yield path.name, promise_of(path)


def promise_of(file: Path) -> str:
    """Return the first line of a module's docstring."""
    first = (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]
    return first.replace("|", "\\|")


def schema_pages() -> dict[str, Callable[[], str]]:
    """Return the JSON Schemas that editors use for the files of a catalogue."""
    texts = schema_texts()
    return {
        f"src/waypost/catalog/schemas/{name}": partial(texts.__getitem__, name) for name in texts
    }


PAGES: dict[str, Callable[[], str]] = {
    "ARCHITECTURE.md": architecture_page,
    "docs/reference/cli.md": partial(cli_page, MADE),
    "docs/reference/errors.md": errors_page,
    "docs/reference/events.md": events_page,
    "docs/reference/http.md": partial(http_page, MADE),
    "docs/reference/manifest.md": partial(reference_page, MADE),
    "docs/reference/settings.md": settings_page,
    **schema_pages(),
}


def main() -> None:
    """Write every page and name those that changed."""
    for name, make in PAGES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = make()
        changed = not path.exists() or path.read_text() != text
        path.write_text(text)
        print(f"{'wrote' if changed else 'fresh'} {name}")


if __name__ == "__main__":
    main()
