"""The page's own routes: what may be asked for, and the headers that guard it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from sandbox.tests.world import World

STATIC = Path(__file__).resolve().parents[1] / "src" / "waypost_sandbox" / "page" / "static"
UI = "/_sandbox/ui"


def test_every_file_is_served_and_names_only_files_that_are_there(world: World) -> None:
    for path in STATIC.rglob("*.*"):
        name = path.relative_to(STATIC).as_posix()
        answer = world.client.get(f"{world.root}{UI}/{name}")
        assert answer.status_code == 200, name
        assert answer.content == path.read_bytes()
        assert answer.headers["x-content-type-options"] == "nosniff"
        for wanted in re.findall(r'from "(\.[^"]+)"', answer.text):
            assert (path.parent / wanted).resolve().is_file(), f"{name} wants {wanted}"
        for wanted in re.findall(rf'(?:src|href)="{UI}/([^"]+\.(?:js|css|svg))"', answer.text):
            assert (STATIC / wanted).is_file(), f"{name} wants {wanted}"


def test_the_files_are_small_and_markup_is_never_written_by_script() -> None:
    for path in STATIC.rglob("*.js"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) < 200, path.name
        for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert danger not in text, f"{path.name} uses {danger}"
    for path in STATIC.rglob("*.*"):
        for url in re.findall(r"https?://[^\s\"'`)]+", path.read_text("utf-8")):
            # A namespace is a name, nothing is fetched from it.
            assert url.startswith("http://www.w3.org/"), f"{path.name} names {url}"


def test_the_page_has_a_strict_policy_and_is_asked_for_again_cheaply(world: World) -> None:
    answer = world.client.get(f"{world.root}/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "style=" not in answer.text
    assert not re.search(r"<script(?![^>]*src=)", answer.text)
    again = world.client.get(f"{world.root}/", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "../routes.py",
        "%2e%2e/routes.py",
        "js",
        "data/nothing",
        "data/emails/unknown",
        "data/emails/unknown/html",
        "data/emails/unknown/source",
        "data/emails/unknown/attachments/0",
        "data/emails/a/b/c/d",
        "data/calls/none",
        "data/pulse?account=unknown",
    ],
)
def test_anything_else_is_not_there(world: World, name: str) -> None:
    assert world.client.get(f"{world.root}{UI}/{name}").status_code == 404


def test_looking_changes_nothing(world: World) -> None:
    assert world.client.post(f"{world.root}{UI}/data/pulse").status_code == 405
    before = world.control("GET", "/calls")
    for what in ("pulse", "accounts", "whereabouts", "emails", "calls", "webhooks"):
        url = f"{world.root}{UI}/data/{what}"
        assert world.client.get(url, params={"account": world.account_id}).status_code == 200
    assert world.control("GET", "/calls") == before


def test_another_site_s_page_may_not_turn_the_knobs(world: World) -> None:
    def clear(origin: str) -> httpx.Response:
        return world.client.request(
            "DELETE",
            f"{world.root}/_sandbox/faults",
            params={"account": world.account_id},
            headers={"Origin": origin},
        )

    world.control("POST", "/faults", [{"path": "/email", "status": 500}])
    assert clear("https://elsewhere.example").status_code == 403
    # What is kept in a frame of its own says "null".
    assert clear("null").status_code == 403
    assert len(world.control("GET", "/faults")["data"]) == 1
    assert clear(world.root).status_code == 200
    assert world.control("GET", "/faults")["data"] == []


def test_the_rows_are_searched_filtered_and_cut(world: World) -> None:
    for to in ("ada@customer.test", "bounce+hard@customer.test", "bea@customer.test"):
        world.api("POST", "/email", json=_email(to))
    world.advance(10)

    def rows(**query: str | int) -> list[tuple[str, str]]:
        answer = world.client.get(
            f"{world.root}{UI}/data/emails", params={"account": world.account_id, **query}
        ).json()
        return [(row["recipient"].partition("@")[0], row["state"]) for row in answer["rows"]]

    everything = [("bea", "delivered"), ("bounce+hard", "hard_bounced"), ("ada", "delivered")]
    assert rows() == everything
    assert rows(q="ADA customer") == [("ada", "delivered")]
    assert rows(q="nothing of the kind") == []
    assert rows(state="failed") == [("bounce+hard", "hard_bounced")]
    assert rows(state="arrived", q="bea") == [("bea", "delivered")]
    assert rows(limit=2) == everything[:2]


def _email(to: str) -> dict[str, object]:
    return {
        "from": {"email": "hello@shop.test"},
        "to": [{"email": to}],
        "subject": "Hello",
        "text": "Plain",
    }
