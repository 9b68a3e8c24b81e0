"""What the link SDK asks of the page."""

import pytest

from waypost.features.link.model import LinkOrder, PageOptions, is_true, page_options


def test_the_pages_query_is_read_and_said_again() -> None:
    query = {
        "integration": "acme",
        "integrations": "acme, other,,",
        "auth_format": "api_key",
        "no_back": "true",
        "skip_rapid_form": "true",
        "iframe": "true",
    }
    options = page_options(query)
    assert options == PageOptions("acme", ("acme", "other"), "api_key", True, True, True)
    assert options.parameters() == {**query, "integrations": "acme,other"}


def test_nothing_asked_means_the_defaults() -> None:
    assert page_options({"link_token": "x", "integration": ""}) == PageOptions()
    assert PageOptions().parameters() == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("1", True), (" TRUE ", True), ("false", False), ("", False), (None, False)],
)
def test_is_true(value: str | None, expected: bool) -> None:
    assert is_true(value) is expected


def test_an_order_does_not_print_its_context() -> None:
    assert "hunter22" not in repr(LinkOrder(tenant_id="t", context={"api_token": "hunter22"}))
