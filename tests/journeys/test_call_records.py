"""Call records outlive a killed process, but for what was answered in its last second."""

import json
import os
import signal
import time
from pathlib import Path

import httpx
from tests.support.acme_process import every_record, link_acme
from tests.support.acme_world import write_acme
from tests.support.platform_process import platform_process
from tests.support.raw_provider import RawProvider, answering

LAST_SECOND = 1.0
SECONDS = 2.5


def test_a_killed_process_loses_no_more_than_its_last_second(
    tmp_path: Path, bare_provider: RawProvider, http: httpx.Client
) -> None:
    bare_provider.reset()
    bare_provider.behave(answering(200, {"data": {"id": 1}}))
    settings = {
        "catalog": str(write_acme(tmp_path / "catalog")),
        "base_urls": json.dumps({"acme": bare_provider.url}),
    }
    answered: dict[str, float] = {}
    with platform_process(tmp_path / "platform", **settings) as platform:
        token, account = link_acme(platform, http)
        headers = {"authorization": f"Bearer {token}"}
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            path = f"/custom/people/{len(answered)}"
            asked = f"{platform.url}{path}?integrated_account_id={account}"
            assert http.get(asked, headers=headers).status_code == 200
            answered[path.removeprefix("/custom")] = time.monotonic()
        killed = time.monotonic()
        os.kill(platform.pid, signal.SIGKILL)
    with platform_process(tmp_path / "platform", **settings) as platform:
        kept = {each["http_url"].partition("?")[0] for each in every_record(platform, token, http)}
    owed = {path for path, at in answered.items() if at < killed - LAST_SECOND}
    missing = {path for path in owed if not any(url.endswith(path) for url in kept)}
    assert owed
    assert not missing, f"{len(missing)} of {len(owed)} records are lost: {sorted(missing)[:5]}"
