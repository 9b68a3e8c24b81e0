"""Nonsense after our own OpenAPI document: `./dev proof openapi [--examples N] [--seed N]`.

Every operation of `/openapi.json` is called with whatever schemathesis makes of it, right and wrong,
half of the time about an account that exists. Whatever is asked, the answer is never a fault of ours.
"""

import argparse
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from tests.support.platform_process import platform_process
from tests.support.sandbox import sandbox_process

from proofs.rate_budget import link

_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@dataclass
class Fuzzed:
    """What came of it: answers by status, and each fault of ours with what was asked."""

    operations: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Say it for a person."""
        told = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items()))
        total = self.answers.total()
        return f"{self.operations} operations, {total} calls ({told}), faults of ours {len(self.faults)}"


def fuzz(url: str, token: str, real: Mapping[str, str], *, examples: int, seed: int) -> Fuzzed:
    """Call every operation of a server `examples` times; `real` are path parameters that exist."""
    found = Fuzzed()
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        schema = schemathesis.openapi.from_dict(http.get("/openapi.json").json())
        for operation in _operations(schema):
            found.operations += 1
            _fuzz_one(operation, http, headers, real, found, examples=examples, seed=seed)
    return found


def _operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def _fuzz_one(
    operation: Any,
    http: httpx.Client,
    headers: Mapping[str, str],
    real: Mapping[str, str],
    found: Fuzzed,
    *,
    examples: int,
    seed: int,
) -> None:
    chance = random.Random(seed)

    def call(case: Any) -> None:
        if chance.random() < 0.5 and operation.method.upper() != "DELETE":
            case.path_parameters = {
                name: real.get(name, value) for name, value in case.path_parameters.items()
            }
        if "integrated_account_id" in (case.query or {}) and chance.random() < 0.5:
            case.query = {**case.query, "integrated_account_id": real["account_id"]}
        asked = case.as_transport_kwargs(base_url=str(http.base_url).rstrip("/"))
        asked = {name: value for name, value in asked.items() if name in _PASSED}
        made = {name.lower(): value for name, value in (asked.get("headers") or {}).items()}
        asked["headers"] = {**made, **headers, "prefer": "wait=1"}
        try:
            answer = http.request(**asked)
        except (httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
            return  # no client can say it
        found.answers[answer.status_code] += 1
        is_theirs = answer.headers.get("waypost-origin") == "provider"
        if answer.status_code >= 500 and not is_theirs:
            found.faults.append(f"{asked} -> {answer.status_code} {answer.text[:300]}")

    making: Any = given(operation.as_strategy())
    chosen: Any = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=_QUIET,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how much schemathesis and hypothesis had to throw away
        seeded(seed)(chosen(making(call)))()


_PASSED = {"method", "url", "params", "headers", "json", "data", "content", "files", "cookies"}


def main(arguments: Sequence[str]) -> int:
    """Run it on both ways of speaking HTTP; return 0 when there was no fault of ours."""
    parser = argparse.ArgumentParser(prog="./dev proof openapi")
    parser.add_argument("--examples", type=int, default=40, help="calls of each operation")
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args(arguments)
    faults = 0
    for http in ("fast", "plain"):
        with tempfile.TemporaryDirectory() as folder, sandbox_process() as sandbox:
            urls = f'{{"mailersend": "{sandbox.root}/v1"}}'
            with platform_process(Path(folder), base_urls=urls, http=http) as platform:
                token, account = link(platform, sandbox.account())
                real = {"account_id": account}
                found = fuzz(platform.url, token, real, examples=given_.examples, seed=given_.seed)
        print("\n".join([f"── {http}: {found.line()}", *found.faults[:10]]), flush=True)
        faults += len(found.faults)
    return min(1, faults)
