"""Keys are rotated while calls go on; the old key is gone and every account still opens."""

import threading
from pathlib import Path

import httpx
import orjson
from tests.support.raw_provider import RawProvider, answering
from tests.support.world import ACME_KEY, make_environment, platform_for

from waypost.adapters.key_file import KeyFile


def keys(folder: Path) -> dict[str, object]:
    found: dict[str, object] = orjson.loads((folder / "data" / "keys.json").read_bytes())
    return found


def test_rotation_while_calls_go_on(
    tmp_path: Path, bare_provider: RawProvider, http: httpx.Client
) -> None:
    bare_provider.reset()
    bare_provider.behave(answering(200, {"data": []}))
    with platform_for(tmp_path, None, bare_provider) as served:
        shop = make_environment(served, http)
        accounts = [shop.link("acme", {"api_key": f"{ACME_KEY}-{n}"}) for n in range(8)]
        before = keys(tmp_path)
        operator = {"authorization": f"Bearer {served.operator_token}"}
        statuses: list[int] = []
        ended = threading.Event()

        def call_on() -> None:
            with httpx.Client(trust_env=False, timeout=30) as client:
                while not ended.is_set() or len(statuses) < 40:
                    account = accounts[len(statuses) % len(accounts)]
                    url = f"{served.url}/proxy/people?integrated_account_id={account}"
                    token = {"authorization": f"Bearer {shop.token}"}
                    statuses.append(client.get(url, headers=token).status_code)

        caller = threading.Thread(target=call_on)
        caller.start()
        done = [http.post(f"{served.url}/vault/rotate", headers=operator) for _ in range(3)]
        ended.set()
        caller.join()
        assert set(statuses) == {200}
        assert [each.status_code for each in done] == [200, 200, 200]
        assert done[0].json()["retired"] == [before["current"]]
        assert done[2].json()["kept"] == []
        after = keys(tmp_path)
        assert after["current"] == done[2].json()["current"]
        assert set(after["keys"]) == {after["current"]}  # type: ignore[call-overload]
        assert shop.post("/vault/rotate").status_code == 403
    # Another process knows nothing but the files.
    with platform_for(tmp_path, None, bare_provider) as served:
        for number, account in enumerate(accounts):
            url = f"{served.url}/proxy/people?integrated_account_id={account}"
            answer = http.get(url, headers={"authorization": f"Bearer {shop.token}"})
            assert answer.status_code == 200
            sent = bare_provider.last.header("authorization")
            assert sent == f"Bearer {ACME_KEY}-{number}"


def test_another_rotation_and_a_missing_key_file_are_told(
    tmp_path: Path, bare_provider: RawProvider, http: httpx.Client
) -> None:
    with platform_for(tmp_path, None, bare_provider) as served:
        operator = {"authorization": f"Bearer {served.operator_token}"}
        path = tmp_path / "data" / "keys.json"
        with KeyFile(path).alone():  # as another process that rotates
            refused = http.post(f"{served.url}/vault/rotate", headers=operator)
        assert refused.status_code == 409
        assert "Another rotation" in refused.json()["message"]
        path.rename(tmp_path / "elsewhere")
        assert http.get(f"{served.url}/readyz").status_code == 503
        (tmp_path / "elsewhere").rename(path)
        assert http.get(f"{served.url}/readyz").status_code == 200
