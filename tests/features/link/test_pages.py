"""The pages as HTML: nothing secret in them, nothing foreign, usable without a mouse or sight."""

from html.parser import HTMLParser
from typing import Any

import pytest
from tests.support.link_catalog import link_catalog

from waypost.features.link.choices import Offer
from waypost.features.link.model import LinkOrder, LinkToken, PageOptions
from waypost.features.link.outcome import Outcome, describe, shown
from waypost.features.link.pages import ASSETS, Pages, asset, headers, origin, version

TOKEN = LinkToken(
    "t1",
    "e1",
    LinkOrder(
        tenant_id="acme",
        context={"region": "us", "client_secret": "pr0vided-secret"},
        redirect_uri="https://app.example/back?from=link",
    ),
    None,
    0.0,
)


class Elements(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.fixture(scope="module")
def offers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Offer]:
    catalog = link_catalog(tmp_path_factory.mktemp("catalog"))
    return {name: Offer(name, loaded) for name, loaded in catalog.integrations.items()}


@pytest.fixture
def pages() -> Pages:
    return Pages()


def form(pages: Pages, offer: Offer, auth_format: str = "api_key", **more: Any) -> str:
    options = more.pop("options", PageOptions())
    token = more.pop("token", TOKEN)
    return pages.form(token, "the-token", options, offer, auth_format, alone=False, **more)


def everything(pages: Pages, offers: dict[str, Offer]) -> dict[str, str]:
    probes = (shown({"label": "<Domains>", "outcome": "granted", "shows": ["<b>a.example</b>"]}),)
    failed = Outcome("acme", "a1", error="No & no.", error_type="validation_error", probes=probes)
    succeeded = Outcome("acme", "a1", probes=probes)
    return {
        "choose": pages.choose(TOKEN, "the-token", PageOptions(), list(offers.values())),
        "api_key": form(pages, offers["acme"], faults={"api_token": "Needed."}),
        "client": form(pages, offers["acme"], "oauth2_client_credentials"),
        "oauth2": form(pages, offers["acme"], "oauth2"),
        "failed": pages.outcome(TOKEN, PageOptions(), failed, describe(failed, "Acme"), again="/x"),
        "done": pages.outcome(
            TOKEN, PageOptions(), succeeded, describe(succeeded, "Acme"), again=None
        ),
        "expired": pages.trouble(PageOptions(), failed, kind="expired"),
        "trouble": pages.trouble(
            PageOptions(iframe=True), failed, suggestion={"href": "/y", "label": "Acme"}
        ),
    }


def test_no_page_holds_inline_code_or_anything_foreign(
    pages: Pages, offers: dict[str, Offer]
) -> None:
    for name, html in everything(pages, offers).items():
        elements = Elements(html)
        for attributes in elements.of("script", "img", "link", "iframe"):
            source = attributes.get("src") or attributes.get("href") or ""
            assert source.startswith(("/static/link/", "data:,")), name
        for _tag, attributes in elements.found:
            assert not [key for key in attributes if key.startswith("on") or key == "style"], name
        assert not elements.of("style"), name


def test_no_page_holds_what_the_link_token_provides(pages: Pages, offers: dict[str, Offer]) -> None:
    assert not [name for name, html in everything(pages, offers).items() if "pr0vided" in html]


def test_texts_are_escaped(pages: Pages, offers: dict[str, Offer]) -> None:
    done = everything(pages, offers)["done"]
    assert "&lt;b&gt;a.example&lt;/b&gt;" in done
    assert "<b>a.example" not in done


def test_every_input_has_a_label_and_says_what_is_wrong(
    pages: Pages, offers: dict[str, Offer]
) -> None:
    for name, html in everything(pages, offers).items():
        elements = Elements(html)
        labelled = {attributes.get("for") for attributes in elements.of("label")}
        ids = [attributes["id"] for _tag, attributes in elements.found if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        for attributes in elements.of("input", "select"):
            if attributes.get("type") == "hidden":
                continue
            assert attributes["id"] in labelled, name
            for described in (attributes.get("aria-describedby") or "").split():
                assert described in ids, name
    invalid = Elements(form(pages, offers["acme"], faults={"api_token": "Needed."}))
    assert [a["name"] for a in invalid.of("input") if a.get("aria-invalid") == "true"] == [
        "api_token"
    ]


def test_every_page_has_one_language_title_main_and_heading_shown(
    pages: Pages, offers: dict[str, Offer]
) -> None:
    for name, html in everything(pages, offers).items():
        elements = Elements(html)
        assert elements.of("html")[0]["lang"] == "en", name
        assert len(elements.of("main")) == 1, name
        assert "<title>" in html
        assert len(elements.of("title")) == 1, name
        assert [a for a in elements.of("p") if a.get("aria-live") == "polite"], name


def test_the_form(pages: Pages, offers: dict[str, Offer]) -> None:
    html = form(pages, offers["acme"])
    for text in (
        "Connect Acme Mail",
        "https://acme.test/help/keys",
        "Open Settings, then Keys, and make one.",
        "Reading domains and people.",
        "domains_read",
        "Starts with acme.",
        "Already provided by the app you came from.",
        'src="/static/link/logo/acme"',
    ):
        assert text in html
    hidden = {
        a["name"]: a["value"] for a in Elements(html).of("input") if a.get("type") == "hidden"
    }
    assert hidden == {"link_token": "the-token", "integration": "acme", "auth_format": "api_key"}


def test_the_form_remembers_how_the_sdk_opened_it(pages: Pages, offers: dict[str, Offer]) -> None:
    options = PageOptions("acme", ("acme", "globex"), no_back=True, iframe=True)
    html = form(pages, offers["acme"], options=options)
    hidden = {
        a["name"]: a["value"] for a in Elements(html).of("input") if a.get("type") == "hidden"
    }
    assert hidden["iframe"] == hidden["no_back"] == "true"
    assert hidden["integrations"] == "acme,globex"
    assert "data-back" not in html
    assert "data-back" in form(pages, offers["acme"])


def test_a_reconnect_says_so(pages: Pages, offers: dict[str, Offer]) -> None:
    again = LinkToken("t", "e", LinkOrder(account_id="a1"), "a1", 0.0)
    html = form(pages, offers["acme"], token=again)
    assert "Reconnect Acme Mail" in html
    assert "data-back" not in html


def test_addresses_stay_under_the_servers_root(offers: dict[str, Offer]) -> None:
    html = form(Pages("/waypost"), offers["acme"])
    assert 'action="/waypost/connect-account/link"' in html
    assert 'href="/waypost/static/link/link.css?v=' in html
    address = Pages().address("a b&c", PageOptions("acme"), integration="globex")
    assert address == "/connect-account?link_token=a+b%26c&integration=globex"


def test_headers() -> None:
    plain, framed = headers(iframe=False), headers(iframe=True, form_targets=["https://x.test/a?b"])
    assert "frame-ancestors 'none'" in plain["content-security-policy"]
    assert "frame-ancestors *" in framed["content-security-policy"]
    assert "form-action 'self' https://x.test;" in framed["content-security-policy"]
    assert "unsafe" not in framed["content-security-policy"]
    assert plain["referrer-policy"] == "no-referrer"
    assert plain["cache-control"] == "no-store"
    assert plain["x-content-type-options"] == "nosniff"
    assert "cross-origin-opener-policy" not in plain


def test_origin_of_an_address_that_depends_on_the_form() -> None:
    assert origin("https://{{credentials.domain}}.acme.test/authorize") == "https:"


def test_a_page_and_its_files_are_light(pages: Pages, offers: dict[str, Offer]) -> None:
    files = sum(len(asset(name)) for name in ASSETS)
    largest = max(len(html.encode()) for html in everything(pages, offers).values())
    assert files + largest < 50_000
    assert len(version("link.js")) == 12
