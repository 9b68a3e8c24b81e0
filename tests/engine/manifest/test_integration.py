"""An integration knows its methods and where it may be sent."""

import pytest
from pydantic import ValidationError
from tests.support.acme import acme, method


def test_a_method_is_found_by_its_names() -> None:
    found = acme(resources={"things": {"label": "Things", "methods": {"list": method()}}})
    assert found.method("things", "list") == method()
    assert found.method("things", "get") is None
    assert found.method("nothing", "list") is None


@pytest.mark.parametrize(
    "url", ["https://api.acme.test", "https://api.acme.test/v1", "https://{{context.host}}/api"]
)
def test_base_urls(url: str) -> None:
    assert acme(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url",
    ["http://api.acme.test", "https://api.acme.test/", "https://a.test?x=1", "https://", "acme"],
)
def test_not_base_urls(url: str) -> None:
    with pytest.raises(ValidationError):
        acme(base_url=url)
