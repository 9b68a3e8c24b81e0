"""Every example of MailerSend's manifest, sent through /proxy to a sandbox that holds its objects.

An example plays on 2026-11-19T12:00Z, so both clocks stand a day later. The objects an example
speaks of are seeded from the manifest's own examples of reading them. What the sandbox does not
have yet is counted, and named in the test's skip.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.sandbox import SandboxAccount
from tests.support.world import World

import waypost
from waypost.engine.manifest.integration import Example, Method
from waypost.engine.manifest.load import load_integration
from waypost.engine.query import encode_query

FOLDER = Path(waypost.__file__).parent / "catalog" / "integrations" / "mailersend"
INTEGRATION = load_integration(FOLDER).integration
NOW = "2026-11-20T12:00:00Z"
MISSING = "not yet"
VERBS = {"list": "GET", "get": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}
Row = dict[str, Any]


def examples() -> Iterator[tuple[str, str, Method, Example]]:
    for resource_name, resource in INTEGRATION.resources.items():
        for name, method in resource.methods.items():
            for example in method.examples:
                yield resource_name, name, method, example


EXAMPLES = list(examples())


@cache
def coverage() -> dict[str, str]:
    """Return what the sandbox says of each operation: `GET /domains/{}` → implemented."""
    command = [sys.executable, "-m", "waypost_sandbox", "coverage"]
    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^\| `(\w+) (\S+)` \| [^|]* \| ([^|]*) \|", page, re.MULTILINE)
    return {f"{verb} {re.sub(r'{[^}]*}', '{}', path)}": state for verb, path, state in rows}


def operation(method: Method) -> str:
    return f"{method.verb} {re.sub(r'{{[^}]*}}', '{}', method.path)}"


def identifier(row: Row) -> Any:
    return row.get("id") or row.get("message_id")


@cache
def readable() -> dict[str, dict[Any, Row]]:
    """Return every object the examples show, by resource and id; a single read says the most."""
    found: dict[str, dict[Any, Row]] = {}
    for wanted in ("create", "list", "get"):
        for resource, name, _, example in EXAMPLES:
            body = example.response
            data = body.get("data") if name == wanted and isinstance(body, dict) else None
            owner = {key: value for key, value in example.query.items() if key.endswith("_id")}
            for row in data if isinstance(data, list) else [data] if data else []:
                known = found.setdefault(resource, {}).setdefault(identifier(row), {})
                known.update({**owner, **row})
                known.pop("accessToken", None)  # it opens one account, and each test has its own
    return found


@cache
def _known(root: str) -> frozenset[str]:
    refusal = httpx.post(f"{root}/_sandbox/seed", json={"?": 1}, trust_env=False).json()
    return frozenset(refusal["known"])


def seed(there: SandboxAccount, name: str, example: Example) -> None:
    """Put the objects of all examples there, except one that this example is about to make."""
    made = {identifier(row) for row in _rows(example.response)} if name == "create" else set()
    things = {}
    for resource, rows in readable().items():
        kind = resource.replace("-", "_")
        if kind in _known(there.root):
            things[kind] = [row for key, row in rows.items() if key not in made]
    there.seed(now=NOW, account={"rate_limits": "off"}, **things)


def _rows(body: Any) -> list[Row]:
    data = body.get("data") if isinstance(body, dict) else None
    return [row for row in (data if isinstance(data, list) else [data]) if isinstance(row, dict)]


def call(world: World, resource: str, name: str, example: Example) -> Any:
    """Send an example as a caller of /proxy would."""
    verb = VERBS.get(name, "POST")
    path, query = f"/proxy/{resource}", dict(example.query)
    if name not in VERBS:
        path += f"/{name}"
    elif example.id is not None:
        path += f"/{example.id}"
    if name not in VERBS and example.id is not None:
        query["id"] = example.id
    body = {} if example.body is None else {"json": example.body}
    return world.request(verb, f"{path}?{encode_query(query)}", **body)


@pytest.mark.parametrize(
    ("resource", "name", "method", "example"),
    EXAMPLES,
    ids=[f"{resource}.{name}-{example.name}" for resource, name, _, example in EXAMPLES],
)
def test_example_is_accepted(
    world: World, resource: str, name: str, method: Method, example: Example
) -> None:
    if coverage().get(operation(method), MISSING) == MISSING:
        pytest.skip(f"the sandbox has no {operation(method)} yet")
    seed(world.sandbox, name, example)
    world.turn_to(NOW)
    answer = call(world, resource, name, example)
    accepted = {each.status for each in method.examples}
    assert answer.status_code in accepted, answer.text


def test_what_the_sandbox_lacks_is_known() -> None:
    lacking = sorted(
        {operation(method) for _, _, method, _ in EXAMPLES}
        - {each for each, state in coverage().items() if state != MISSING}
    )
    print(f"{len(lacking)} operations are not in the sandbox yet: {', '.join(lacking)}")  # noqa: T201
    assert len(coverage()) == 141
    assert len(lacking) <= 0
