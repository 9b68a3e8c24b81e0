"""What credentials may do, judged from read-only calls."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from waypost.base.errors import (
    BudgetExhausted,
    KeyMissing,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.engine.manifest.integration import Probe
from waypost.kernel.calls.probes import ProbeResult, decide, judge, outcome_of_status, run_probes


def probe(label: str = "Domains", **more: Any) -> Probe:
    return Probe(label=label, resource=label.lower(), **more)


def refused(status: int, message: str = "no") -> ProviderRefused:
    return ProviderRefused(message, status=status)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, "rejected"),
        (403, "forbidden"),
        (429, "busy"),
        (402, "failed"),
        (404, "failed"),
        (422, "failed"),
        (408, "unavailable"),
        (421, "unavailable"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
def test_a_status_says_who_is_to_act(status: int, outcome: str) -> None:
    assert outcome_of_status(status) == outcome
    assert judge(probe(), refused(status)).outcome == outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ProviderUnreachable(), "unavailable"),
        (ProviderTimedOut(deadline="total", seconds=1), "unavailable"),
        (ProviderGarbled(status=200), "unavailable"),
        (BudgetExhausted(retry_after=30), "busy"),
    ],
)
def test_no_usable_answer_is_not_the_owners_fault(error: Exception, outcome: str) -> None:
    result = judge(probe(), error)
    assert result.outcome == outcome
    assert result.message


def test_a_fault_of_ours_is_not_blamed_on_anyone_else() -> None:
    with pytest.raises(KeyMissing):
        judge(probe(), KeyMissing())


@pytest.mark.parametrize(
    ("shows", "body", "texts"),
    [
        (None, {"data": []}, ()),
        (
            "body.data.name",
            {"data": [{"name": "a.example"}, {"name": "b.example"}]},
            ("a.example", "b.example"),
        ),
        ("$string(body.left) & ' left'", {"left": 3}, ("3 left",)),
        ("body.absent", {}, ()),
        ("$error('boom')", {}, ()),
        ("body.n", {"n": list(range(12))}, (*map(str, range(8)), "and 4 more")),
    ],
)
def test_what_is_shown(shows: str | None, body: Any, texts: tuple[str, ...]) -> None:
    result = judge(probe(shows=shows), body)
    assert (result.outcome, result.shows) == ("granted", texts)


def test_an_accepted_error_status_counts_as_granted() -> None:
    assert judge(probe(accepts=(422,)), refused(422)).outcome == "granted"
    assert judge(probe(accepts=(422,)), refused(403)).outcome == "forbidden"


def test_a_secret_echoed_by_the_provider_is_cut() -> None:
    said = judge(probe(), refused(403, "the key s3cr3t-value may not"), ["s3cr3t-value"])
    shown = judge(probe(shows="body.echo"), {"echo": "you sent s3cr3t-value"}, ["s3cr3t-value"])
    assert "s3cr3t-value" not in repr(said) + repr(shown)


def result(outcome: Any, *, required: bool = False, **more: Any) -> ProbeResult:
    return ProbeResult("Domains", "domains", "list", outcome, required=required, **more)


@pytest.mark.parametrize(
    ("results", "passed", "blame"),
    [
        ([], True, None),
        ([result("granted")], True, None),
        (
            [result("granted"), result("forbidden"), result("unavailable"), result("busy")],
            True,
            None,
        ),
        ([result("granted", required=True), result("failed")], True, None),
        ([result("granted"), result("forbidden", required=True)], False, "owner"),
        ([result("granted"), result("unavailable", required=True)], False, "provider"),
        ([result("granted"), result("rejected")], False, "owner"),
        ([result("forbidden"), result("forbidden")], False, "owner"),
        ([result("unavailable"), result("busy")], False, "provider"),
        ([result("unavailable"), result("forbidden")], False, "owner"),
        ([result("failed", message="The account is closed.")], False, "owner"),
    ],
)
def test_who_may_become_active(results: list[ProbeResult], passed: bool, blame: str | None) -> None:
    verdict = decide(results, "Acme")
    assert (verdict.passed, verdict.blame) == (passed, blame)
    if not passed:
        assert verdict.error is not None
        assert "Acme" in verdict.error
        assert verdict.advice


def test_a_verdict_on_the_wire_names_every_probe() -> None:
    wire = decide([result("forbidden", scope="domains_read")], "Acme").wire()
    assert wire["success"] is False
    assert wire["who_must_act"] == "owner"
    assert "domains_read" in wire["error"]
    assert wire["probes"] == [
        {
            "label": "Domains",
            "resource": "domains",
            "method": "list",
            "outcome": "forbidden",
            "required": False,
            "scope": "domains_read",
            "shows": [],
        }
    ]


@pytest.mark.parametrize(
    "minutes", [(10, "a minute"), (600, "about 10 minutes"), (None, "a minute")]
)
def test_busy_says_how_long_to_wait(minutes: tuple[float | None, str]) -> None:
    seconds, words = minutes
    assert words in (decide([result("busy", retry_after=seconds)], "Acme").advice or "")


class Provider:
    """Answers each probe by its label; counts the calls and how many ran at once."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.running = self.most = 0

    async def ask(self, probe: Probe) -> Any:
        self.asked.append(probe.label)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        answer = self.answers[probe.label]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.anyio
async def test_required_probes_go_first_and_each_result_is_reported() -> None:
    provider = Provider({"A": {}, "B": refused(403), "C": {}})
    told: list[str] = []

    async def report(result: ProbeResult) -> None:
        told.append(result.label)

    probes = [probe("A"), probe("B"), probe("C", required=True)]
    results = await run_probes(probes, provider.ask, report)
    assert provider.asked[0] == "C"
    assert [one.label for one in results] == ["C", "A", "B"]
    assert sorted(told) == ["A", "B", "C"]


@pytest.mark.anyio
@pytest.mark.parametrize("first", [refused(401), refused(421), ProviderUnreachable()])
async def test_nothing_more_is_asked_after_a_hopeless_start(first: Exception) -> None:
    provider = Provider({"A": first, "B": {}})
    assert len(await run_probes([probe("A"), probe("B")], provider.ask)) == 1
    assert provider.asked == ["A"]


@pytest.mark.anyio
async def test_few_run_at_once() -> None:
    provider = Provider({str(number): {} for number in range(12)})
    await run_probes([probe(str(number)) for number in range(12)], provider.ask)
    assert 1 < provider.most <= 4


@pytest.mark.anyio
async def test_a_provider_that_never_answers_is_given_up() -> None:
    async def ask(_probe: Probe) -> Any:
        await asyncio.Event().wait()

    (only,) = await run_probes([probe()], ask, seconds=0.01)
    assert only.outcome == "unavailable"


@pytest.mark.anyio
async def test_without_probes_nothing_is_asked() -> None:
    assert await run_probes([], Provider({}).ask) == ()
