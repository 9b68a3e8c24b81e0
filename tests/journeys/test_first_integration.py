"""The folder that docs/guides/integration.md shows is checked, loaded, linked and called."""

import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from tests.support.raw_provider import answering, raw_provider
from tests.support.served import served
from tests.support.world import make_environment

from waypost.engine.manifest.load import load_catalog
from waypost.entrypoints.cli.main import commands

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "integration.md"
_SHOWN = re.compile(r"^`(my-catalog/\S+)`:.*?\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Write what the guide shows into a folder."""
    shown = _SHOWN.findall(GUIDE.read_text())
    assert len(shown) == 4
    for name, text in shown:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return tmp_path / "my-catalog"


def test_the_check_finds_nothing(catalog: Path) -> None:
    folder = catalog / "integrations" / "notes"
    ended = CliRunner().invoke(commands, ["integration", "check", str(folder)])
    assert (ended.exit_code, ended.output) == (0, "notes: nothing to complain about.\n")
    assert load_catalog(catalog).integrations["notes"].integration.label == "Acme Notes"


def test_it_is_called_like_any_other(catalog: Path, tmp_path: Path, http: httpx.Client) -> None:
    with raw_provider() as provider:
        provider.behave(answering(200, {"data": [{"id": 7, "text": "Buy beans."}]}))
        base_urls = {"notes": provider.url}
        with served(tmp_path / "data", catalog=(str(catalog),), base_urls=base_urls) as platform:
            environment = make_environment(platform, http)
            account = environment.link("notes", {"api_key": "k"}, validate=True)
            assert environment.get(f"/integrated-account/{account}").json()["status"] == "active"
            page = environment.get(f"/proxy/notes?integrated_account_id={account}&limit=2").json()
        assert page["result"] == [{"id": 7, "text": "Buy beans."}]
        assert provider.last.target == "/v1/notes?page=1&limit=2"
        assert provider.last.header("authorization") == "Bearer k"
