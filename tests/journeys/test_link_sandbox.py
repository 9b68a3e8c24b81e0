"""A MailerSend account linked through the page's own requests, against a real sandbox process."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.sandbox import Sandbox, SandboxAccount, sandbox_process
from tests.support.served import Served, served
from tests.support.world import Environment, make_environment


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with sandbox_process() as running:
        yield running


@pytest.fixture(scope="module")
def platform(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings: dict[str, Any] = {
        "base_urls": {"mailersend": f"{sandbox.root}/v1"},
        "first_byte_timeout": 1.0,
        "log_level": "debug",
    }
    with served(tmp_path_factory.mktemp("link-sandbox"), **settings) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> SandboxAccount:
    found = sandbox.account()
    found.seed(
        domains=[
            {"name": "mail.acme.example", "is_verified": True},
            {"name": "new.acme.example", "is_verified": False},
        ]
    )
    return found


@pytest.fixture
def shop(platform: Served, sandbox: Sandbox) -> Environment:
    made = make_environment(platform, sandbox.http)
    platform.run(platform.kernel.installs.create(made.id, "mailersend"))
    return made


def link_token(shop: Environment, **order: Any) -> str:
    body = order or {"tenant_id": "acme-inc"}
    return str(shop.post("/link-token", json=body).json()["link_token"])


def submit(
    shop: Environment, link: str, api_token: str, accept: str = "application/json"
) -> httpx.Response:
    body = {"link_token": link, "integration": "mailersend", "fields": {"api_token": api_token}}
    url = f"{shop.url}/connect-account/link"
    return shop.http.post(url, json=body, headers={"accept": accept})


def steps(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def test_created_validated_active(shop: Environment, account: SandboxAccount) -> None:
    link = link_token(shop)
    page = shop.http.get(f"{shop.url}/connect-account", params={"link_token": link})
    assert page.status_code == 200
    assert "Connect MailerSend" in page.text
    told = steps(submit(shop, link, account.api_token, "application/x-ndjson"))
    assert [told[0]["type"], told[-1]["type"]] == ["created", "finished"]
    shown = {step["label"]: step for step in told if step["type"] == "probe"}
    assert {step["outcome"] for step in shown.values()} == {"granted"}
    assert shown["Domains"]["shows"][-1] == "mail.acme.example"
    assert shown["Daily API quota"]["shows"]
    found = shop.account(told[0]["integrated_account_id"])
    assert found["status"] == "active"
    assert found["last_action_run_result"]["success"] is True
    assert "api_token" not in json.dumps(found["context"])
    users = shop.get(f"/proxy/users?integrated_account_id={found['id']}")
    assert users.status_code == 200
    assert {call["method"] for call in account.calls()} == {"GET"}


def test_a_token_that_may_only_send_is_linked_and_says_what_is_missing(
    shop: Environment, account: SandboxAccount
) -> None:
    made = account.http.post(
        f"{account.root}/v1/token",
        json={"name": "sends only", "scopes": ["email_full"]},
        headers={"authorization": f"Bearer {account.api_token}"},
    ).json()["data"]["accessToken"]
    told = submit(shop, link_token(shop), made).json()
    assert told["status"] == "active", told
    by_label = {probe["label"]: probe for probe in told["probes"]}
    assert by_label["Domains"]["outcome"] == "forbidden"
    assert "domains_read" in by_label["Domains"]["said"]
    assert by_label["Daily API quota"]["outcome"] == "granted"


def test_a_wrong_token_then_the_right_one(shop: Environment, account: SandboxAccount) -> None:
    link = link_token(shop)
    wrong = submit(shop, link, "mlsn.not-a-token")
    assert wrong.status_code == 422
    assert wrong.json()["message"] == "MailerSend did not accept these credentials."
    first = wrong.json()["details"]["integrated_account_id"]
    assert shop.account(first)["status"] == "validation_error"
    right = submit(shop, link, account.api_token)
    assert right.json()["integrated_account_id"] == first
    assert shop.account(first)["status"] == "active"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 503, "body": {"message": "Service Unavailable"}}, "could not be asked"),
        ({"drop": "before"}, "closed the connection"),
        ({"status": 200, "body": "<html>hello</html>", "content_type": "text/html"}, "format"),
        ({"delay_ms": 3000}, "did not answer in time"),
        ({"status": 421, "body": {"message": "Maintenance"}}, "could not be asked"),
        ({"status": 429, "body": {"message": "Too Many Attempts."}}, "limiting"),
    ],
)
def test_mailersend_has_trouble(
    shop: Environment, account: SandboxAccount, fault: dict[str, Any], words: str
) -> None:
    account.fault(method="*", path="*", times=100, **fault)
    link, began = link_token(shop), time.monotonic()
    answer = submit(shop, link, account.api_token)
    assert answer.status_code == 502, answer.text
    assert words in answer.json()["message"]
    assert answer.json()["details"]["who_must_act"] == "provider"
    assert (
        shop.account(answer.json()["details"]["integrated_account_id"])["status"]
        == "validation_error"
    )
    assert time.monotonic() - began < 25
    account.http.request(
        "DELETE", f"{account.root}/_sandbox/faults", params={"account": account.id}
    )
    assert submit(shop, link, account.api_token).status_code == 200


def test_an_expired_link(shop: Environment, platform: Served) -> None:
    link = link_token(shop)
    now = time.time()
    platform.clock_file.write_text(str(now + 7 * 24 * 3600 + 1))
    try:
        page = shop.http.get(f"{shop.url}/connect-account", params={"link_token": link})
        assert page.status_code == 410
        assert "This link has expired" in page.text
        assert submit(shop, link, "mlsn.x").status_code == 410
    finally:
        platform.clock_file.unlink()


def test_a_planted_secret_shows_nowhere(
    shop: Environment, account: SandboxAccount, platform: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    """Right and wrong tokens, typed or provided: not in answers, pages, events, records or files."""
    planted = [account.api_token, "mlsn.planted-wrong-7f3a9c", "mlsn.planted-context-51be"]
    answers = [
        submit(shop, link_token(shop), planted[0], "application/x-ndjson").text,
        submit(shop, link_token(shop), planted[1]).text,
        submit(
            shop, link_token(shop, tenant_id="t", context={"api_token": planted[2]}), "typed"
        ).text,
    ]
    form = {"link_token": link_token(shop), "integration": "mailersend", "api_token": planted[1]}
    answers.append(shop.http.post(f"{shop.url}/connect-account/link", data=form).text)
    kept = [str(shop.records()), str(shop.events())]
    on_disk = b"".join(path.read_bytes() for path in platform.data_dir.rglob("*") if path.is_file())
    logged = "".join(capfd.readouterr())
    for secret in planted:
        assert not [text for text in [*answers, *kept, logged] if secret in text]
        assert secret.encode() not in on_disk
