"""The start page and the API reference: ours whole, for browsers and for programs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.browser import UNREADABLE, chromium
from tests.support.served import Served, served

from waypost import __version__


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("pages")) as running:
        yield running


def get(platform: Served, path: str, accept: str = "*/*") -> httpx.Response:
    return httpx.get(platform.url + path, headers={"accept": accept}, trust_env=False)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_name_no_other_host_and_allow_none(platform: Served, path: str) -> None:
    page = get(platform, path, "text/html,*/*;q=0.8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.text)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "*" not in policy


def test_the_start_page_says_where_one_is(platform: Served) -> None:
    page = get(platform, "/", "text/html").text
    for said in (__version__, 'href="docs"', 'href="openapi.json"', "POST /link-token"):
        assert said in page


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_programs_get_json_there(platform: Served, accept: str) -> None:
    answer = get(platform, "/", accept)
    assert (answer.status_code, answer.json()["version"]) == (200, __version__)
    for name in ("docs", "openapi"):
        assert get(platform, answer.json()[name]).status_code == 200


@pytest.fixture(scope="module")
def page(platform: Served) -> Iterator[tuple[Any, list[str]]]:
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: asked.append(f"error: {error}"))
        yield page, asked
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reference_works_without_another_host(
    platform: Served, page: tuple[Any, list[str]], scheme: str, tmp_path: Path
) -> None:
    tab, asked = page
    tab.emulate_media(color_scheme=scheme)
    tab.goto(f"{platform.url}/docs")
    tab.wait_for_selector("#operations details")
    assert tab.locator("#operations details").count() > 60
    tab.get_by_label("Find").fill("post link-token")
    shown = tab.locator("#operations details:visible")
    assert shown.count() == 1
    shown.locator("summary").click()
    assert "curl -X POST" in shown.locator("pre").first.inner_text()
    assert f"{platform.url}/link-token" in shown.locator("pre").first.inner_text()
    tab.get_by_label("Find").fill("get /ping")
    shown.locator("summary").click()
    shown.get_by_role("button", name="Send").click()
    tab.get_by_text(f'"version": "{__version__}"').wait_for()
    assert tab.evaluate(UNREADABLE) == []
    strangers = [each for each in asked if not each.startswith(platform.url)]
    assert not strangers, f"another host, or complaints of the browser: {strangers}"


@pytest.mark.browser
def test_an_operation_is_tried_with_its_parameters_and_token(
    platform: Served, page: tuple[Any, list[str]]
) -> None:
    tab, _ = page
    tab.goto(f"{platform.url}/docs")
    tab.wait_for_selector("#operations details")
    tab.get_by_label("Find").fill("post /environment create")
    box = tab.locator("#operations details:visible").first
    box.locator("summary").click()
    tab.get_by_label("Token").fill(platform.operator_token)
    box.get_by_label("Body").fill('{"name": "By hand"}')
    assert """-d '{"name": "By hand"}'""" in box.locator("pre").first.inner_text()
    assert platform.operator_token not in box.locator("pre").first.inner_text()
    box.get_by_role("button", name="Send").click()
    tab.get_by_text('"name": "By hand"').last.wait_for()
    tab.get_by_label("Find").fill("get /unified/{model}/{resource}/{id} unified record")
    one = tab.locator("#operations details:visible").first
    one.locator("summary").click()
    one.get_by_label("model", exact=True).fill("user-directory")
    one.get_by_label("id", exact=True).fill("a/b")
    one.get_by_label("remote_query").fill("remote_query[x]=1")
    shown = one.locator("pre").first.inner_text()
    assert "/unified/user-directory/{resource}/a%2Fb?remote_query[x]=1" in shown
