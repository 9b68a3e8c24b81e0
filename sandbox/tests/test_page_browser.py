"""The page as a person uses it, in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.tests.browser import NAMELESS, UNREADABLE, chromium, watched_page
from sandbox.tests.test_inbound import add_route, deliver, make_mail
from sandbox.tests.test_smtp import find_smtp
from sandbox.tests.world import World, make_email

HTML = '<h1 id="greeting">Hello Ada</h1><p><img src="cid:logo" alt="logo"></p><p><a href="https://shop.test/x">Shop</a></p>'
DOT = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
    )
).decode()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Any, world: World) -> Iterator[Any]:
    with watched_page(browser, world.root, viewport={"width": 1280, "height": 800}) as page:
        yield page
        assert page.strayed == []
        assert page.broken == []


def visit(page: Any, world: World, view: str = "outbox") -> None:
    page.goto(f"{world.root}/?account={world.account_id}#/{view}")


def test_a_mail_is_sent_and_appears_and_is_read(page: Any, world: World) -> None:
    visit(page, world)
    page.get_by_text("No mail yet").wait_for()
    assert "curl" in page.get_by_label("A command that sends an email").inner_text()
    file = {"filename": "notes.txt", "content": base64.b64encode(b"Remember").decode()}
    logo = {"filename": "logo.png", "content": DOT, "disposition": "inline", "id": "logo"}
    sent = world.send(
        html=HTML,
        subject="Your order",
        tags=["order"],
        cc=[{"email": "bea@customer.test"}],
        attachments=[{**file, "disposition": "attachment"}, logo],
    )
    assert sent.status_code == 202
    # It comes by itself, is said, and waits, for the clock stands still.
    row = page.get_by_role("link", name="ada@customer.test")
    row.wait_for()
    assert "Queued" in row.inner_text()
    world.advance(10)
    row.get_by_text("Delivered").wait_for()
    row.click()
    opened = page.get_by_role("article")
    opened.get_by_role("heading", name="Your order").wait_for()
    assert "bea@customer.test: Delivered" in opened.inner_text()
    frame = page.frame_locator("iframe.letter")
    assert frame.get_by_role("heading", name="Hello Ada").inner_text() == "Hello Ada"
    assert frame.get_by_alt_text("logo").evaluate("image => image.naturalWidth") == 1
    page.get_by_role("tab", name="Text").click()
    assert page.get_by_label("Text of the email").inner_text() == "Plain"
    page.get_by_role("tab", name="Headers").click()
    headers = page.get_by_role("table", name="Headers").inner_text()
    assert "Shop <hello@shop.test>" in headers
    assert "Your order" in headers
    page.get_by_role("tab", name="Source").click()
    source = page.get_by_label("Source of the email")
    source.wait_for()
    assert "MIME-Version: 1.0" in source.inner_text()
    page.get_by_role("tab", name="Attachments (2)").click()
    with page.expect_download() as download:
        page.get_by_role("listitem").filter(has_text="notes.txt").get_by_text("Download").click()
    assert download.value.suggested_filename == "notes.txt"
    assert download.value.path().read_bytes() == b"Remember"
    page.get_by_role("tab", name="History").click()
    assert "Delivered" in page.locator(".history").inner_text()


def test_a_bounce_is_made_and_the_address_is_suppressed(page: Any, world: World) -> None:
    world.send()
    world.advance(10)
    visit(page, world)
    page.get_by_role("link", name="ada@customer.test").click()
    page.get_by_role("button", name="Hard bounce").click()
    article = page.get_by_role("article")
    article.get_by_label("State: Hard bounce").wait_for()
    article.get_by_text("is on the list of hard bounces").wait_for()
    assert "bounced for good" in page.get_by_role("status").inner_text()
    rows = world.api("GET", "/suppressions/hard-bounces").json()["data"]
    assert [row["recipient"]["email"] for row in rows] == ["ada@customer.test"]
    page.get_by_role("tab", name="History").click()
    assert "550" in page.locator(".history").inner_text()


@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("Soft bounce", "Soft bounce"),
        ("Complaint", "Complaint"),
        ("Open", "Opened"),
        ("Click", "Clicked"),
        ("Unsubscribe", "Unsubscribed"),
        ("Defer", "Deferred"),
    ],
)
def test_anything_else_can_be_made_to_happen(
    page: Any, world: World, button: str, state: str
) -> None:
    world.send()
    world.advance(1)
    visit(page, world)
    page.get_by_role("link", name="ada@customer.test").click()
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("article").get_by_label(f"State: {state}").wait_for()


def test_reading_does_not_count_as_an_open_until_images_are_loaded(page: Any, world: World) -> None:
    world.seed(account={"features": {}})
    world.send(html="<p>Look</p>", settings={"track_opens": True})
    world.advance(10)
    visit(page, world)
    page.get_by_role("link", name="ada@customer.test").click()
    article = page.get_by_role("article")
    page.frame_locator("iframe.letter").get_by_text("Look").wait_for()
    page.get_by_role("tab", name="History").click()
    assert "Opened" not in page.locator(".history").inner_text()
    page.get_by_role("tab", name="HTML").click()
    page.get_by_label("Load remote images").check()
    article.get_by_label("State: Opened").wait_for()


def test_searching_and_filtering(page: Any, world: World) -> None:
    world.send(subject="First")
    world.api("POST", "/email", json=make_email("bounce+hard@customer.test"))
    world.advance(10)
    visit(page, world)
    rows = page.locator(".rows li")
    rows.nth(1).wait_for()
    assert "bounce+hard" in rows.first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type("first")
    page.get_by_text("1 of 2").wait_for()
    assert "First" in rows.first.inner_text()
    page.keyboard.type("x")
    page.get_by_text("Nothing matches").wait_for()
    page.get_by_label("Search recipient").fill("")
    page.get_by_label("Show emails that are").select_option("failed")
    page.get_by_text("1 of 2").wait_for()
    assert "bounce+hard" in rows.first.inner_text()


def test_faults_are_set_used_up_and_cleared(page: Any, world: World) -> None:
    visit(page, world, "faults")
    page.get_by_text("No faults are set").wait_for()
    page.get_by_label("What happens").select_option("503")
    page.get_by_label("Method").select_option("POST")
    page.get_by_label("Path, a glob").fill("/email")
    page.get_by_label("How many times").fill("2")
    page.get_by_role("button", name="Set the fault").click()
    row = page.get_by_role("row").filter(has_text="POST /email")
    row.get_by_text("2 ×").wait_for()
    assert world.send().status_code == 503
    row.get_by_text("1 ×").wait_for()
    page.get_by_label("What happens").select_option("custom")
    page.get_by_label("Status").fill("418")
    page.get_by_label("Body").fill('{"message": "tea"}')
    page.get_by_label("Every time").check()
    page.get_by_label("Method").select_option("GET")
    page.get_by_label("Path, a glob").fill("/domains*")
    page.get_by_role("button", name="Set the fault").click()
    page.get_by_text("always").wait_for()
    answer = world.api("GET", "/domains")
    assert (answer.status_code, answer.json()) == (418, {"message": "tea"})
    page.get_by_role("button", name="Remove the fault of /email").click()
    row.wait_for(state="detached")
    assert world.send().status_code == 202
    assert world.api("GET", "/domains").status_code == 418
    page.get_by_role("button", name="Clear all").click()
    page.get_by_text("No faults are set").wait_for()
    assert world.api("GET", "/domains").status_code == 200


def test_the_clock_is_turned(page: Any, world: World) -> None:
    world.control("POST", "/clock", {"now": None})
    visit(page, world, "clock")
    page.get_by_text("Running").wait_for()
    page.get_by_role("button", name="Freeze", exact=True).click()
    page.get_by_text("Frozen", exact=True).wait_for()
    before = world.control("GET", "/clock")
    assert before["frozen"] is True
    world.send()
    page.get_by_role("button", name="+ 1 hour").click()
    page.get_by_text("things happened").wait_for()
    after = world.control("GET", "/clock")["now"]
    assert after[:10] >= before["now"][:10]
    assert after != before["now"]
    assert world.control("GET", "/outbox")["data"][0]["status"] == "delivered"
    page.get_by_role("button", name="+ 1 day").click()
    page.get_by_text("nothing was due").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Running").wait_for()
    assert world.control("GET", "/clock")["frozen"] is False


def test_calls_are_listed_and_opened(page: Any, world: World) -> None:
    world.send(subject=None)
    world.control("POST", "/faults", [{"path": "/domains", "status": 500}])
    world.api("GET", "/domains?limit=10")
    visit(page, world, "calls")
    rows = page.locator(".rows li")
    rows.nth(1).wait_for()
    assert "/domains?limit=10" in rows.first.inner_text()
    assert "status 500" in rows.first.inner_text()
    page.get_by_label("Show calls that were").select_option("4")
    page.get_by_text("1 of 2").wait_for()
    rows.first.get_by_role("link").click()
    article = page.get_by_role("article")
    article.get_by_role("heading", name="POST /v1/email").wait_for()
    assert "subject" in article.get_by_label("Body of the answer").inner_text()
    assert "hello@shop.test" in article.get_by_label("Body of the call").inner_text()
    assert "(redacted)" in article.inner_text()
    assert world.token not in article.inner_text()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_text("The calls were forgotten").wait_for()
    assert world.control("GET", "/calls")["data"] == []


def test_webhook_calls_are_shown_with_their_tries(page: Any, world: World) -> None:
    hook = {
        "url": "http://127.0.0.1:9/hook",
        "name": "Hook",
        "events": ["activity.delivered"],
        "domain_id": world.domains["shop.test"],
        "version": 2,
        "enabled": True,
    }
    world.seed(webhooks=[hook])
    world.send()
    world.advance(10)
    visit(page, world, "webhooks")
    call = page.locator(".delivery").first
    call.wait_for()
    assert "activity.delivered" in call.inner_text()
    call.locator("summary").click()
    assert "ada@customer.test" in call.get_by_label("Body of the webhook call").inner_text()


def test_what_an_inbound_route_forwards_is_in_the_outbox(page: Any, world: World) -> None:
    route = add_route(world, "", forwards=[{"type": "email", "value": "boss@b.test"}])
    deliver(world, make_mail(Subject="Which size?"), route["address"])
    visit(page, world)
    row = page.get_by_role("link", name="boss@b.test")
    row.click()
    article = page.get_by_role("article")
    article.get_by_label("State: Forwarded").wait_for()
    article.get_by_text("an inbound route forwarded it").wait_for()
    assert not page.get_by_role("button", name="Hard bounce").is_visible()
    page.get_by_role("tab", name="Source").click()
    source = page.get_by_label("Source of the email")
    source.wait_for()
    assert "Subject: Which size?" in source.inner_text()


def test_each_account_is_looked_at_by_itself(page: Any, world: World, make_world: Any) -> None:
    other = make_world(name="The other one")
    world.send(subject="Only here")
    visit(page, world)
    page.get_by_text("Only here").wait_for()
    page.get_by_label("Account").select_option(other.account_id)
    page.get_by_text("No mail yet").wait_for()
    assert f"account={other.account_id}" in page.url
    # What it proposes is for this account, not for the first.
    command = page.get_by_label("A command that sends an email").inner_text()
    assert f"/seed?account={other.account_id}'" in command
    assert other.token in command
    page.goto(f"{world.root}/?account={world.account_id}#/outbox")
    page.get_by_text("Only here").wait_for()


def test_the_page_says_where_things_are_and_what_it_is_not(page: Any, world: World) -> None:
    made = world.api(
        "POST",
        f"/domains/{world.domains['shop.test']}/smtp-users",
        json={"name": "relay", "enabled": True},
    ).json()["data"]
    visit(page, world, "connect")
    where = page.get_by_role("main")
    where.get_by_text(f"{world.root}/v1/", exact=True).wait_for()
    shown = where.inner_text()
    host, port = find_smtp(world)
    for wanted in (world.token, f"{host}:{port}", made["username"], made["password"]):
        assert wanted in shown
    assert "not affiliated with MailerSend" in where.inner_text()
    page.get_by_role("link", name="COVERAGE.md").first.click()
    page.get_by_text("# Coverage").wait_for()


def test_an_account_that_is_gone_gives_way_to_the_first(page: Any, world: World) -> None:
    page.goto(f"{world.root}/?account=gone#/outbox")
    page.get_by_text("That account is gone").wait_for()
    page.locator(".rows").wait_for()


def test_it_is_used_by_keyboard(page: Any, world: World) -> None:
    for subject in ("One", "Two"):
        world.send(subject=subject)
    world.advance(10)
    visit(page, world)
    page.locator(".rows li").nth(1).wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator(".rows a").first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("heading", name="One").wait_for()
    page.get_by_role("tab", name="HTML").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Text").get_attribute("aria-selected") == "true"
    page.keyboard.press("End")
    assert page.get_by_role("tab", name="History").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1280])
def test_it_can_be_read_at_every_width_in_light_and_dark(
    browser: Any, world: World, scheme: str, width: int
) -> None:
    for to in ("bounce+hard@customer.test", "defer@customer.test", "open@customer.test"):
        world.api("POST", "/email", json=make_email(to))
    world.advance(70)
    world.send(subject=None)
    world.control("POST", "/faults", [{"path": "/x", "drop": "after"}])
    email_id = world.control("GET", "/outbox")["data"][0]["email_id"]
    options = {"viewport": {"width": width, "height": 700}, "color_scheme": scheme}
    views = ["outbox", f"outbox/{email_id}", "calls", "calls/4", "faults", "clock", "webhooks"]
    with watched_page(browser, world.root, **options) as page:
        visit(page, world)
        page.locator(".rows li").first.wait_for()
        for view in [*views, "connect"]:
            page.evaluate("view => { location.hash = `#/${view}`; }", view)
            page.wait_for_function("document.querySelector('#view').textContent.length > 40")
            page.wait_for_timeout(150)
            assert page.evaluate(UNREADABLE) == [], view
            assert page.evaluate(NAMELESS) == [], view
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), view
        assert page.broken == []
        assert page.strayed == []


def test_a_narrow_screen_shows_the_list_or_the_email(browser: Any, world: World) -> None:
    world.send()
    with watched_page(browser, world.root, viewport={"width": 390, "height": 800}) as page:
        visit(page, world)
        row = page.get_by_role("link", name="ada@customer.test")
        row.click()
        page.get_by_role("heading", name="Hello").wait_for()
        assert not row.is_visible()
        page.get_by_role("link", name="‹ Outbox").click()
        row.wait_for()


def test_silence_is_said_and_ends(page: Any, world: World) -> None:
    visit(page, world)
    page.locator(".rows").wait_for()
    page.context.route("**/ui/data/pulse*", lambda route: route.abort())
    page.get_by_text("The sandbox does not answer").wait_for()
    page.context.unroute("**/ui/data/pulse*")
    page.get_by_text("The sandbox does not answer").wait_for(state="hidden", timeout=15_000)
