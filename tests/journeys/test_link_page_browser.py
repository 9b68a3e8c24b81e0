"""The link page in a real browser, opened by the published SDK from another origin."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error
from tests.support.authorization_server import (
    AuthorizationServer,
    RegisteredApp,
    authorization_server,
)
from tests.support.browser import UNREADABLE, chromium, host_page
from tests.support.link_sdk import link_sdk
from tests.support.link_world import LinkWorld, Shop, link_world

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEY = "API token"


def press_last(button: Any) -> None:
    """Press a button that closes its own window: Playwright may learn of the end before the press."""
    try:
        button.click()
    except Error as error:
        if "has been closed" not in error.message:
            raise


@pytest.fixture(scope="module")
def oauth() -> Iterator[AuthorizationServer]:
    with authorization_server() as server:
        yield server


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, oauth: AuthorizationServer
) -> Iterator[LinkWorld]:
    folder = tmp_path_factory.mktemp("browser")
    with link_world(folder, authorization_url=oauth.url) as running:
        callback = f"{running.url}/connect-account/callback"
        oauth.apps["waypost-tests"] = RegisteredApp(
            "waypost-tests", "waypost-tests-secret", (callback,)
        )
        running.provider.accepted |= {f"access-{number}" for number in range(1, 200)}
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def app_origin() -> Iterator[str]:
    with host_page(link_sdk()) as origin:
        yield origin


@pytest.fixture
def shop(world: LinkWorld) -> Shop:
    return world.shop()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A fresh browser profile; whatever the pages complain about fails the test."""
    context = browser.new_context(viewport={"width": 800, "height": 900})
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))

    def hear(message: Any) -> None:
        # A refused status is the browser's remark on an answer the page handles itself.
        if message.type == "error" and "the server responded with a status" not in message.text:
            complaints.append(message.text)

    context.on("console", hear)
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def app(context: Any, app_origin: str) -> Any:
    page = context.new_page()
    page.goto(app_origin)
    page.wait_for_function("window.ready")
    return page


def open_popup(app: Any, shop: Shop, token: str, **options: Any) -> Any:
    chosen = {"baseUrl": shop.world.url, "iframe": False, **options}
    with app.expect_popup() as opened:
        app.evaluate("([token, options]) => window.link(token, options)", [token, chosen])
    popup = opened.value
    popup.wait_for_load_state()
    return popup


def settled(app: Any) -> Any:
    app.wait_for_function("window.settled")
    return app.evaluate("window.settled")


def connect(page: Any, key: str) -> None:
    page.get_by_label(KEY, exact=True).fill(key)
    page.get_by_role("button", name="Connect Acme Mail").click()


# ---- popup -----------------------------------------------------------------------------------------


def test_popup_from_the_list_to_the_account(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token())
    popup.get_by_role("link", name=re.compile("Acme Mail")).click()
    connect(popup, "good-key")
    popup.wait_for_event("close")
    result = settled(app)["resolved"]
    (account,) = shop.accounts()
    assert result == {
        "result": "success",
        "integration": "acme",
        "integrated_account_id": account.id,
        "is_truto": True,
    }
    assert account.status == "active"
    assert app.evaluate("window.messages") == [result]


def test_popup_shows_each_check_and_waits_when_something_is_missing(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme")
    connect(popup, "partly-key")
    done = popup.get_by_role("button", name="Done")
    done.wait_for()
    assert popup.get_by_role("heading", level=1).inner_text() == "Acme Mail is connected"
    text = popup.locator("main").inner_text()
    assert "mail.example.com" in text
    assert "<b>news</b>.example.com" in text
    assert "people_read" in text
    assert "Needed for: showing who may send" in text
    popup.wait_for_timeout(2_000)
    assert app.evaluate("window.settled") is None
    press_last(done)
    assert settled(app)["resolved"]["result"] == "success"


def test_popup_closed_on_the_success_page_still_succeeds(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme")
    connect(popup, "partly-key")
    popup.get_by_role("button", name="Done").wait_for()
    popup.close(run_before_unload=True)
    assert settled(app)["resolved"]["result"] == "success"
    assert len(app.evaluate("window.messages")) == 1


def test_popup_wrong_then_right(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme", noBack=True)
    connect(popup, "wrong-key")
    again = popup.get_by_role("button", name="Try again")
    again.wait_for()
    heading = popup.get_by_role("heading", level=1)
    assert heading.inner_text() == "Acme Mail did not accept these credentials"
    assert heading.evaluate("element => element === document.activeElement")
    assert app.evaluate("window.messages") == []
    again.click()
    assert popup.get_by_label(KEY, exact=True).evaluate("e => e === document.activeElement")
    connect(popup, "good-key")
    assert settled(app)["resolved"]["result"] == "success"
    assert len(shop.accounts()) == 1


def test_popup_wrong_and_given_up(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme")
    connect(popup, "wrong-key")
    press_last(popup.get_by_role("button", name="Close", exact=True))
    error = settled(app)["rejected"]
    (account,) = shop.accounts()
    assert error["error_type"] == "validation_error"
    assert error["integrated_account_id"] == account.id
    assert error["integration"] == "acme"
    assert error["message"] == "Acme Mail did not accept these credentials."
    assert len(app.evaluate("window.messages")) == 1


def test_popup_closed_by_the_person(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme")
    popup.close()
    assert settled(app) == {"rejected": "closed"}
    assert app.evaluate("window.messages") == []


@pytest.mark.parametrize(
    ("token", "options", "error_type", "words"),
    [
        ("nonsense", {}, "invalid_token", "This link is not valid"),
        (None, {"integration": "acmee"}, "invalid_integration", "This cannot be connected"),
    ],
)
def test_popup_that_cannot_begin(
    app: Any, shop: Shop, token: str | None, options: Any, error_type: str, words: str
) -> None:
    popup = open_popup(app, shop, token or shop.link_token(), **options)
    assert popup.get_by_role("heading", level=1).inner_text() == words
    press_last(popup.get_by_role("button", name="Close", exact=True))
    assert settled(app)["rejected"]["error_type"] == error_type


def test_popup_with_sign_in_at_the_provider(app: Any, shop: Shop) -> None:
    popup = open_popup(app, shop, shop.link_token(), integration="acme", authFormat="oauth2")
    popup.get_by_role("button", name="Continue to Acme Mail").click()
    assert settled(app)["resolved"]["result"] == "success"
    (account,) = shop.accounts()
    assert account.authentication_method == "oauth2"


def test_the_form_after_linking_is_not_there(app: Any, shop: Shop) -> None:
    with app.expect_popup() as opened:
        options = {"baseUrl": shop.world.url, "iframe": False}
        app.evaluate("([token, options]) => window.form(token, options)", ["nonsense", options])
    press_last(opened.value.get_by_role("button", name="Close", exact=True))
    assert settled(app)["rejected"]["error_type"] == "rapid_form_error"


# ---- same window ---------------------------------------------------------------------------------------


def go_there(app: Any, shop: Shop, token: str, **options: Any) -> None:
    chosen = {"baseUrl": shop.world.url, "sameWindow": True, **options}
    app.evaluate("([token, options]) => window.link(token, options)", [token, chosen])
    app.wait_for_url(f"{shop.world.url}/**")


def test_same_window_there_and_back(app: Any, shop: Shop, app_origin: str) -> None:
    token = shop.link_token(redirect_uri=f"{app_origin}/back?from=link")
    go_there(app, shop, token, integration="acme")
    connect(app, "good-key")
    app.wait_for_url(f"{app_origin}/back**")
    query = parse_qs(urlsplit(app.url).query)
    (account,) = shop.accounts()
    assert query == {
        "from": ["link"],
        "result": ["success"],
        "integration": ["acme"],
        "integrated_account_id": [account.id],
    }


def test_same_window_left_without_connecting(app: Any, shop: Shop, app_origin: str) -> None:
    go_there(app, shop, shop.link_token(redirect_uri=f"{app_origin}/back"), integration="acme")
    app.get_by_role("button", name="Leave without connecting").click()
    app.wait_for_url(f"{app_origin}/back?result=closed")


def test_same_window_without_a_way_back(context: Any, shop: Shop) -> None:
    page = context.new_page()
    page.goto(f"{shop.world.url}/connect-account?link_token={shop.link_token()}&integration=acme")
    assert page.locator("[data-close]:visible").count() == 0
    connect(page, "good-key")
    page.get_by_text("You can close this window.").wait_for()


# ---- iframe ------------------------------------------------------------------------------------------------


def framed(app: Any, shop: Shop, token: str, **query: str) -> Any:
    text = "".join(f"&{name}={value}" for name, value in query.items())
    url = f"{shop.world.url}/connect-account?link_token={token}&integration=acme&iframe=true{text}"
    app.evaluate("url => window.frame(url)", url)
    return app.frame_locator("iframe")


def test_iframe_of_any_origin(app: Any, shop: Shop) -> None:
    connect(framed(app, shop, shop.link_token()), "good-key")
    app.wait_for_function("window.messages.length")
    (account,) = shop.accounts()
    assert app.evaluate("window.messages") == [
        {
            "result": "success",
            "integration": "acme",
            "integrated_account_id": account.id,
            "is_truto": True,
        }
    ]


def test_iframe_closed(app: Any, shop: Shop) -> None:
    frame = framed(app, shop, shop.link_token())
    frame.get_by_role("button", name="Leave without connecting").click()
    app.wait_for_function("window.messages.length")
    assert app.evaluate("window.messages") == ["closed"]


def test_iframe_signs_in_by_a_window_of_its_own(app: Any, shop: Shop) -> None:
    frame = framed(app, shop, shop.link_token(), auth_format="oauth2")
    frame.get_by_role("button", name="Continue to Acme Mail").click()
    app.wait_for_function("window.messages.length")
    assert [message["result"] for message in app.evaluate("window.messages")] == ["success"]


# ---- the form ------------------------------------------------------------------------------------------------


@pytest.fixture
def form(context: Any, shop: Shop) -> Any:
    page = context.new_page()
    page.goto(f"{shop.world.url}/connect-account?link_token={shop.link_token()}&integration=acme")
    return page


def test_what_is_wrong_is_said_before_anything_is_sent(form: Any, shop: Shop) -> None:
    box = form.get_by_label(KEY, exact=True)
    form.get_by_role("button", name="Connect Acme Mail").click()
    fault = form.locator("#field-api_token-fault")
    assert fault.inner_text().endswith("API token is needed.")
    assert box.get_attribute("aria-invalid") == "true"
    assert box.evaluate("e => e === document.activeElement")
    assert form.locator("[data-live]").inner_text() == "API token is needed."
    box.fill("two words")
    assert "does not look like a valid API token" in fault.inner_text()
    box.fill("good-key")
    assert fault.is_hidden()
    assert shop.accounts() == []


def test_by_keyboard_alone(form: Any, shop: Shop) -> None:
    seen = []
    for _ in range(12):
        form.keyboard.press("Tab")
        seen.append(
            form.evaluate(
                "document.activeElement.name || document.activeElement.textContent.trim()"
            )
        )
        outline = form.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"nothing shows that {seen[-1]} has the focus"
        if seen[-1] == "api_token":
            break
    form.keyboard.type("good-key")
    form.keyboard.press("Enter")
    form.get_by_role("heading", name="Acme Mail is connected").wait_for()
    assert [account.status for account in shop.accounts()] == ["active"]


def test_the_secret_is_hidden_unless_asked_for(form: Any) -> None:
    box = form.get_by_label(KEY, exact=True)
    assert box.get_attribute("type") == "password"
    assert box.get_attribute("autocomplete") == "off"
    show = form.get_by_role("button", name="Show API token")
    show.click()
    assert box.get_attribute("type") == "text"
    form.get_by_role("button", name="Hide API token").click()
    assert box.get_attribute("type") == "password"


def test_the_secret_stays_nowhere_in_the_browser(form: Any, context: Any) -> None:
    connect(form, "wrong-planted-7f3a")
    form.get_by_role("button", name="Try again").wait_for()
    assert "planted-7f3a" not in form.content()
    assert "planted-7f3a" not in form.url
    stored = form.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
    )
    assert "planted-7f3a" not in stored
    assert context.cookies() == []


def test_a_lost_connection_is_said(form: Any) -> None:
    form.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('lost')); }")
    connect(form, "good-key")
    form.get_by_role("heading", name="The connection was lost").wait_for()
    assert form.get_by_role("button", name="Try again").is_visible()


def test_search_narrows_the_list(context: Any, shop: Shop) -> None:
    page = context.new_page()
    page.goto(f"{shop.world.url}/connect-account?link_token={shop.link_token()}")
    page.evaluate("document.querySelector('[data-search]').hidden = false")
    page.get_by_label("Search").fill("glob")
    assert page.locator("#choices > li:visible").count() == 1
    page.get_by_label("Search").fill("nothing of the kind")
    assert page.get_by_text("No service of that name").is_visible()


def test_without_javascript(browser: Any, shop: Shop) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    token = shop.link_token(redirect_uri="https://app.example/back")
    page.goto(f"{shop.world.url}/connect-account?link_token={token}")
    page.get_by_role("link", name=re.compile("Acme Mail")).click()
    connect(page, "wrong-key")
    page.get_by_role("link", name="Try again").click()
    connect(page, "good-key")
    assert page.get_by_role("heading", level=1).inner_text() == "Acme Mail is connected"
    link = page.get_by_role("link", name="Continue to the app")
    assert (link.get_attribute("href") or "").startswith("https://app.example/back?result=success")
    context.close()


# ---- readable by everyone -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser: Any, shop: Shop, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    base = f"{shop.world.url}/connect-account?link_token={shop.link_token()}"
    for address in (
        base,
        f"{base}&integration=acme",
        f"{shop.world.url}/connect-account?link_token=x",
    ):
        page.goto(address)
        page.evaluate(
            "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
        )
        assert page.evaluate(UNREADABLE) == []
    page.goto(f"{base}&integration=acme")
    page.get_by_role("button", name="Connect Acme Mail").click()
    assert page.evaluate(UNREADABLE) == []
    for key, button in (("wrong-key", "Try again"), ("partly-key", None)):
        connect(page, key)
        if button:
            page.get_by_role("button", name=button).wait_for()
            assert page.evaluate(UNREADABLE) == []
            page.get_by_role("button", name=button).click()
    page.get_by_role("heading", name="Acme Mail is connected").wait_for()
    assert page.evaluate(UNREADABLE) == []
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert page.evaluate(running) == 0
    context.close()


@pytest.mark.parametrize("width", [320, 390, 800])
def test_nothing_sticks_out_on_a_small_screen(browser: Any, shop: Shop, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(f"{shop.world.url}/connect-account?link_token={shop.link_token()}&integration=acme")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_visit_is_light_and_loads_nothing_from_elsewhere(context: Any, shop: Shop) -> None:
    page, sizes, elsewhere = context.new_page(), [], []

    def note(answer: Any) -> None:
        if not answer.url.startswith((shop.world.url, "data:")):
            elsewhere.append(answer.url)
        elif not answer.url.startswith("data:"):
            sizes.append(len(answer.body()))

    page.on("response", note)
    page.goto(f"{shop.world.url}/connect-account?link_token={shop.link_token()}&integration=acme")
    page.wait_for_load_state("networkidle")
    assert elsewhere == []
    assert sum(sizes) < 50_000
