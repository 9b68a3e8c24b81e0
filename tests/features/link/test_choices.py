"""What can be linked, and what the page says about it."""

import pytest
from tests.support.link_catalog import link_catalog

from waypost.base.errors import InvalidRequest, NotFound
from waypost.engine.manifest.loaded import Catalog
from waypost.features.link.choices import (
    Offer,
    credential_fields,
    format_label,
    guide,
    listed,
    narrowed,
    needs,
    pick,
    pick_format,
)
from waypost.features.link.model import PageOptions


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return link_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture
def offers(catalog: Catalog) -> list[Offer]:
    return [Offer(f"install-{name}", loaded) for name, loaded in catalog.integrations.items()]


def names(offers: list[Offer]) -> list[str]:
    return [offer.name for offer in offers]


def test_the_list_is_narrowed_by_page_and_token(offers: list[Offer]) -> None:
    assert names(narrowed(offers[::-1], models=(), options=PageOptions())) == [
        "acme",
        "globex",
        "initech",
    ]
    only = PageOptions(integrations=("globex", "absent"))
    assert names(narrowed(offers, models=(), options=only)) == ["globex"]
    assert names(narrowed(offers, models=("user-directory",), options=PageOptions())) == []


def test_an_unknown_integration_leads_to_the_nearest(offers: list[Offer]) -> None:
    assert pick(offers, "acme").label == "Acme Mail"
    with pytest.raises(NotFound) as caught:
        pick(offers, "acne")
    assert "did you mean 'acme'?" in caught.value.message
    assert caught.value.details == {
        "error_type": "invalid_integration",
        "nearest": "acme",
        "nearest_label": "Acme Mail",
    }
    with pytest.raises(NotFound) as caught:
        pick(offers, "zzz")
    assert "nearest" not in caught.value.details


@pytest.mark.parametrize(
    ("name", "wanted", "chosen"),
    [
        ("acme", None, "api_key"),
        ("acme", "oauth2", "oauth2"),
        ("globex", "oauth2", "api_key"),
        ("globex", "keka_oauth", "api_key"),
    ],
)
def test_the_format(catalog: Catalog, name: str, wanted: str | None, chosen: str) -> None:
    assert pick_format(catalog.integrations[name].integration, wanted) == chosen


@pytest.mark.parametrize(
    ("wanted", "words"), [("keka_oauth", "not supported"), ("oauth3", "did you mean 'oauth2'")]
)
def test_a_format_that_is_not_offered(catalog: Catalog, wanted: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        pick_format(catalog.integrations["acme"].integration, wanted)


def test_fields_by_format(catalog: Catalog) -> None:
    acme = catalog.integrations["acme"].integration
    asked = {
        form: [one.name for one in credential_fields(acme, form)]
        for form in acme.credentials.formats()
    }
    assert asked == {
        "api_key": ["api_token", "region"],
        "oauth2": [],
        "oauth2_client_credentials": ["client_id", "client_secret"],
    }
    with pytest.raises(InvalidRequest):
        credential_fields(catalog.integrations["globex"].integration, "oauth2")


def test_the_guide(catalog: Catalog) -> None:
    acme = catalog.integrations["acme"].integration
    told = guide(acme, "api_key")
    assert told.heading == "Get your API token"
    assert told.link == "https://acme.test/help/keys"
    assert (told.permissions, told.permissions_note) == ((), "Reading domains and people.")
    assert guide(acme, "oauth2").heading == "Sign in at Acme Mail"
    assert guide(acme, "oauth2_client_credentials").heading == "Get your client id"
    assert format_label("api_key") == "API key"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ((), None)),
        ("Just one thing.", ((), "Just one thing.")),
        ("A; b.", ((), "A; b.")),
        (
            "Read a; write b;\n  see c. The rest is optional; really.",
            (("Read a", "write b", "see c"), "The rest is optional; really."),
        ),
    ],
)
def test_permissions_as_a_list(text: str, expected: tuple[tuple[str, ...], str | None]) -> None:
    assert listed(text) == expected


def test_what_will_be_checked(catalog: Catalog) -> None:
    assert needs(catalog.integrations["acme"].integration) == [
        {
            "label": "Domains",
            "scope": "domains_read",
            "required": True,
            "needed_for": "choosing a sender",
        },
        {
            "label": "People",
            "scope": "people_read",
            "required": False,
            "needed_for": "showing who may send",
        },
    ]
