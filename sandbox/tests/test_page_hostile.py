"""Mail is not to be trusted: whatever it holds, it can do nothing to the page or the world."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.tests.browser import chromium, watched_page
from sandbox.tests.world import World

HOSTILE = """<!doctype html><html><head>
<base href="https://evil.test/" target="_top">
<meta http-equiv="refresh" content="0;url=/">
<link rel="stylesheet" href="https://evil.test/style.css">
<link rel="prefetch" href="https://evil.test/prefetch">
<script>parent.hacked = 1; alert(1); fetch('/_sandbox/reset', {method: 'POST'})</script>
<style>@import url(https://evil.test/import.css); p { background: url(https://evil.test/css.png) }</style>
</head><body onload="parent.hacked = 2">
<p id="seen">Seen</p>
<img src="https://evil.test/pixel.png" onerror="parent.hacked = 3; alert(3)">
<img src="x" onerror="alert(4)"><svg onload="alert(5)"><script>alert(6)</script></svg>
<iframe src="/_sandbox/ui/data/whereabouts"></iframe>
<iframe srcdoc="<script>top.hacked = 7</script>"></iframe>
<object data="https://evil.test/object"></object><embed src="https://evil.test/embed">
<form id="f" action="/_sandbox/reset" method="post" target="_top"><button id="go">Win</button></form>
<a id="script" href="javascript:alert(8)">one</a>
<a id="top" href="https://evil.test/top" target="_top">two</a>
<video src="https://evil.test/film" autoplay></video>
<input autofocus onfocus="alert(9)">
</body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def email_id(world: World) -> str:
    sent = world.send(
        html=HOSTILE,
        subject="<img src=x onerror=alert(10)>",
        text="<script>alert(11)</script>",
        to=[{"email": "ada@customer.test", "name": "<b onmouseover=alert(12)>Ada</b>"}],
    )
    assert sent.status_code == 202, sent.text
    world.advance(10)
    found: str = world.control("GET", "/outbox")["data"][0]["email_id"]
    return found


def test_hostile_mail_is_shown_and_does_nothing(browser: Any, world: World, email_id: str) -> None:
    with watched_page(browser, world.root) as page:
        page.goto(f"{world.root}/?account={world.account_id}#/outbox/{email_id}")
        frame = page.frame_locator("iframe.letter")
        frame.get_by_text("Seen").wait_for()
        for tab in ("Text", "Headers", "Source", "History", "HTML"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(100)
        frame.get_by_text("Seen").wait_for()
        # A person who is curious clicks everywhere.
        frame.locator("#go").click()
        frame.locator("#script").click(no_wait_after=True)
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.broken == []
        assert [url for url in page.strayed if "evil" in url] == []
        # Its title is text.
        assert page.get_by_role("heading", name="<img src=x onerror=alert(10)>").count() == 1
        # The page is still here, and so is the world.
        assert page.url.endswith(f"#/outbox/{email_id}")
    assert len(world.control("GET", "/outbox")["data"]) == 1


def test_its_frame_has_an_origin_of_its_own(browser: Any, world: World, email_id: str) -> None:
    with watched_page(browser, world.root) as page:
        page.goto(f"{world.root}/?account={world.account_id}#/outbox/{email_id}")
        page.frame_locator("iframe.letter").get_by_text("Seen").wait_for()
        element = page.locator("iframe.letter")
        allowed = element.get_attribute("sandbox")
        assert "allow-same-origin" not in allowed
        assert "allow-scripts" not in allowed
        assert "allow-top-navigation" not in allowed
        assert page.evaluate("document.querySelector('iframe.letter').contentDocument") is None


def test_opened_alone_it_is_still_kept_in(browser: Any, world: World, email_id: str) -> None:
    with watched_page(browser, world.root) as page:
        url = f"{world.root}/_sandbox/ui/data/emails/{email_id}/html?account={world.account_id}"
        answer = page.goto(url)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-popups")
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        page.wait_for_timeout(300)
        assert page.broken == []
        assert [url for url in page.strayed if "evil" in url] == []


def test_remote_images_are_loaded_only_when_asked_for(
    browser: Any, world: World, email_id: str
) -> None:
    with watched_page(browser, world.root) as page:
        page.goto(f"{world.root}/?account={world.account_id}#/outbox/{email_id}")
        page.frame_locator("iframe.letter").get_by_text("Seen").wait_for()
        assert page.strayed == []
        page.get_by_label("Load remote images").check()
        page.wait_for_timeout(500)
        assert "https://evil.test/pixel.png" in page.strayed
        # Still no frames, objects or scripts, and nothing that was not allowed.
        assert not {"https://evil.test/object", "https://evil.test/embed"} & set(page.strayed)
        assert page.broken == []
        assert page.evaluate("window.hacked") is None


def test_attachments_are_never_shown_in_the_page_s_origin(world: World) -> None:
    import base64

    evil = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
    name = 'a";\r\nx: y".svg'
    attached = [{"filename": name, "content": evil, "disposition": "attachment"}]
    sent = world.send(attachments=attached)
    assert sent.status_code == 202, sent.text
    world.advance(10)
    email_id = world.control("GET", "/outbox")["data"][0]["email_id"]
    url = f"{world.root}/_sandbox/ui/data/emails/{email_id}/attachments/0"
    answer = world.client.get(url, params={"account": world.account_id})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert "x" not in answer.headers
