"""A planted secret shows up nowhere: not in an answer, a log, a record, an event or a file.

Everything runs in real processes with DEBUG logs; what is searched is found first where it was
planted on purpose.
"""

import base64
import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from tests.support.acme_people import paging, person
from tests.support.acme_world import write_acme
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.raw_provider import Behaviour, RawProvider, answering, writing
from tests.support.sandbox import Sandbox
from tests.support.secret_search import sightings

from waypost.base.errors import WaypostError
from waypost.base.secret import Secret

# Long, and different in every spelling: JSON, URL and base64 change some of its characters.
ACME = "pl4nted/Acme+k3y=&%25~0123456789"
MAILERSEND = "mlsn.pl4nted5e17c0defeedbeef0123456789abcdef"
WRONG = "mlsn.pl4ntedwr0ng0123456789abcdef"
SECRETS = (ACME, MAILERSEND, WRONG)


@dataclass
class Stage:
    """A platform process, and every answer it gave."""

    process: PlatformProcess
    provider: RawProvider
    http: httpx.Client
    token: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)

    def call(self, verb: str, path: str, **rest: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | rest.pop("headers", {})
        try:
            answer = self.http.request(verb, self.process.url + path, headers=headers, **rest)
        except httpx.RemoteProtocolError as broken:  # a stream that its provider broke off
            self.answers.append(repr(broken).encode())
            return httpx.Response(200)
        head = b"\n".join(name + b": " + value for name, value in answer.headers.raw)
        self.answers.append(f"{verb} {path}\n".encode() + head + b"\n" + answer.content)
        return answer

    def made(self, path: str, **body: Any) -> str:
        answer = self.call("POST", path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.process.data_dir.rglob("*")):
            if path.is_file():
                yield path.name, path.read_bytes()


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory,
    sandbox: Sandbox,
    bare_provider: RawProvider,
) -> Iterator[Stage]:
    """Give a platform that has been through everything."""
    folder = tmp_path_factory.mktemp("leaks")
    bare_provider.reset()
    settings = {
        "catalog": str(write_acme(folder / "catalog")),
        "base_urls": json.dumps({"acme": bare_provider.url, "mailersend": f"{sandbox.root}/v1"}),
        "log_level": "debug",
        "log_format": "json",
        "first_byte_timeout": "0.15",
        "idle_timeout": "0.15",
        "wait_seconds": "0",
        "max_body_bytes": "100000",
        # Whatever else a run is on: the search is through files.
        "database_url": f"sqlite:///{folder / 'data' / 'waypost.sqlite3'}",
    }
    with (
        platform_process(folder, **settings) as process,
        httpx.Client(timeout=20, trust_env=False) as http,
    ):
        stage = Stage(process, bare_provider, http)
        set_up(stage, sandbox)
        run_through(stage)
        yield stage


def set_up(stage: Stage, sandbox: Sandbox) -> None:
    operator = {"authorization": f"Bearer {stage.process.operator_token}"}

    def made(path: str, **body: Any) -> Any:
        return stage.http.post(stage.process.url + path, json=body, headers=operator).json()

    environment = made("/environment", name="Shop")["id"]
    stage.token = made("/api-token", environment_id=environment, name="tests")["token"]
    there = sandbox.account()
    there.seed(
        tokens=[{"name": "planted", "accessToken": MAILERSEND}],
        users=[{"email": "ada@shop.test", "name": "Ada", "role": "Admin"}],
    )
    for integration, context in (
        ("acme", {"api_key": ACME}),
        ("mailersend", {"api_token": MAILERSEND}),
    ):
        install = stage.made("/environment-integration", integration_id=integration)
        stage.accounts[integration] = stage.made(
            "/integrated-account",
            tenant_id="t1",
            environment_integration_id=install,
            context=context,
        )


TROUBLE: dict[str, Behaviour] = {
    "fine": paging([person(1)]),
    "refuses and repeats the key": answering(
        422, {"message": f"bad key {ACME}", "key": ACME}, X_Key=ACME
    ),
    "repeats it as text": answering(400, f"key={ACME}".encode(), Content_Type="text/plain"),
    "unauthorized": answering(401, {"message": f"unknown key {ACME}"}),
    "forbidden": answering(403, {"message": f"{ACME} lacks a scope"}),
    "too many": answering(429, {"message": "slow"}, Retry_After="0"),
    "broken": answering(500, b"<html>oops</html>", Content_Type="text/html"),
    "html": answering(200, b"<html>hi</html>", Content_Type="text/html"),
    "garbage": answering(200, b"{", Content_Type="application/json"),
    "redirect": answering(302, b"", Location="https://elsewhere.test/"),
    "dropped": lambda exchange: exchange.close(),
    "no http": writing(b"220 smtp\r\n\r\n", close=True),
    "half": writing(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", close=True),
    "slow": lambda exchange: exchange.caller_left(),
    "large": answering(200, b"[" + b"0," * 100_000 + b"0]", Content_Type="application/json"),
}
QUOTED = {"refuses and repeats the key", "repeats it as text", "unauthorized", "forbidden"}


def run_through(stage: Stage) -> None:
    """Use every surface in every kind of trouble, and look at everything that can be looked at."""
    acme = f"integrated_account_id={stage.accounts['acme']}"
    for trouble, behaviour in TROUBLE.items():
        stage.provider.behave(behaviour)
        for verb, path in (
            ("GET", f"/proxy/people?{acme}"),
            ("POST", f"/proxy/letters?{acme}"),
            ("GET", f"/custom/people?{acme}&x=1"),
            ("GET", f"/unified/user-directory/users?{acme}"),
            ("GET", f"/unified/user-directory/users/7?{acme}&truto_response_format=stream"),
            ("POST", f"/unified/user-directory/users?{acme}"),
        ):
            stage.call(verb, path, **({"json": {"name": "x"}} if verb == "POST" else {}))
        if trouble not in QUOTED:  # a passthrough repeats what the provider says, by its promise
            for verb in ("GET", "POST"):
                stage.call(verb, f"/passthrough/{stage.accounts['acme']}/people")
    use_the_sandbox(stage)
    link(stage)
    look(stage)


def use_the_sandbox(stage: Stage) -> None:
    account = stage.accounts["mailersend"]
    own = f"integrated_account_id={account}"
    for path in ("users", "roles", "me"):
        assert stage.call("GET", f"/unified/user-directory/{path}?{own}").status_code == 200
    stage.call("GET", f"/proxy/domains?{own}")
    stage.call("GET", f"/passthrough/{account}/users")
    stage.call("POST", f"/passthrough/{account}/email", json={"from": {"email": "a@nope.test"}})
    stage.call("GET", f"/custom/nothing?{own}")


def link(stage: Stage) -> None:
    """Link through the page, with a key that works and with one that does not."""
    for key in (MAILERSEND, WRONG):
        order = stage.call("POST", "/link-token", json={"tenant_id": "t2"}).json()
        token = order["link_token"]
        stage.call("GET", f"/connect-account?link_token={token}&integration=mailersend")
        body = {"link_token": token, "integration": "mailersend", "fields": {"api_token": key}}
        for accept in ("application/json", "text/html"):
            stage.call("POST", "/connect-account/link", json=body, headers={"accept": accept})
    stage.call("POST", "/integrated-account", json={"tenant_id": "t", "context": {"api_key": ACME}})


def look(stage: Stage) -> None:
    for path in (
        "/integrated-account",
        f"/integrated-account/{stage.accounts['acme']}",
        f"/integrated-account/{stage.accounts['mailersend']}/tools",
        f"/integrated-account/{stage.accounts['mailersend']}/capabilities",
        "/environment-integration",
        "/integration",
        "/unified-model",
        "/tenant",
        "/webhook",
        "/api-token",
        "/log?limit=100",
        "/metrics",
    ):
        assert stage.call("GET", path).status_code == 200, path
    context = {"context": {"api_key": ACME, "note": "kept"}}
    stage.call("PATCH", f"/integrated-account/{stage.accounts['acme']}", json=context)


@pytest.mark.parametrize(
    "planted",
    [
        ACME,
        json.dumps({"k": f'"{ACME}"'}),
        json.dumps(ACME).replace("/", "\\/"),
        quote_plus(ACME),
        base64.b64encode(f"user:{ACME}".encode()).decode(),
        base64.urlsafe_b64encode(f"x{ACME}y".encode()).decode().rstrip("="),
        ACME.upper(),
        ACME.encode().hex(),
        repr({"authorization": ACME}),
    ],
)
def test_the_search_finds_what_was_planted(planted: str) -> None:
    assert sightings(f"before {planted} after".encode(), [ACME])
    assert not sightings(b"before and after", [ACME])


def test_the_search_sees_the_files_and_logs_it_is_meant_to_see(stage: Stage) -> None:
    """Ordinary words that were said during the run are where they should be."""
    names = {name for name, _ in stage.files()}
    assert "waypost.sqlite3" in names
    stored = b"".join(content for _, content in stage.files())
    assert b"user-directory/users" in stored, "call records are in the database"
    assert b"integrated_account:authentication_error" in stored, "events are in the database"
    assert len(stage.answers) > 100
    log = stage.process.log.read_bytes()
    assert log.strip()
    assert stage.provider.received[0].header("authorization") == f"Bearer {ACME}"


def test_no_answer_holds_a_secret(stage: Stage) -> None:
    for answer in stage.answers:
        assert not sightings(answer, SECRETS), answer[:2000]


def test_no_log_holds_a_secret(stage: Stage) -> None:
    log = stage.process.log.read_bytes()
    found = sightings(log, (*SECRETS, stage.token, stage.process.operator_token))
    lines = [line for line in log.splitlines() if any(each in line for each in found)]
    assert not found, lines[:3]


def test_no_file_holds_a_secret(stage: Stage) -> None:
    """The database, its -wal and -shm, and whatever else was written."""
    for name, content in stage.files():
        assert not sightings(content, (*SECRETS, stage.token)), name


def test_no_error_of_ours_prints_a_secret() -> None:
    secret = Secret(ACME)

    cause = ValueError(f"{secret!r}")
    error = WaypostError("It failed.", details={"with": repr(secret)})
    error.__cause__ = cause
    told = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert not sightings(told.encode(), [ACME])
    assert sightings(secret.reveal().encode(), [ACME])


def test_wal_is_among_the_files(stage: Stage, tmp_path: Path) -> None:
    wal = [name for name, _ in stage.files() if name.endswith("-wal")]
    assert wal, "without it the search would miss what was written last"
