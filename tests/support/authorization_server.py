"""A real OAuth 2 authorization server on loopback: authlib's core behind the standard library's HTTP.

The generic core of authlib is used because its web framework integrations would each bring a
framework; what it decides about grants, clients and PKCE is the library's own.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer as AuthlibServer  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]
from authlib.oauth2.rfc6750 import BearerTokenGenerator  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]

REDIRECT_URI = "https://waypost.example/callback"
_PLACE = "https://authorization.example"
"""Where authlib believes to be: it refuses to run over http, and loopback has no certificate."""


@dataclass
class RegisteredApp:
    """A client; one without a secret is public."""

    id: str
    secret: str | None
    redirect_uris: tuple[str, ...] = (REDIRECT_URI,)

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class _Code:
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None
    expires_at: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class _Grant:
    client_id: str
    scope: str
    spent: bool = False

    def get_scope(self) -> str:
        return self.scope

    def check_client(self, client: RegisteredApp) -> bool:
        return self.client_id == client.id


@dataclass
class Misbehaviour:
    """What the token endpoint answers instead, once per entry: status, headers, body, delay."""

    status: int
    body: bytes
    content_type: str = "application/json"
    seconds: float = 0.0


@dataclass
class AuthorizationServer:
    """What a test sees of the server: its address, its clients, what it issued and was asked."""

    url: str = ""
    apps: dict[str, RegisteredApp] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    grants: dict[str, _Grant] = field(default_factory=dict)
    access_tokens: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    misbehave: list[Misbehaviour] = field(default_factory=list)
    rotate: bool = True
    now: Callable[[], float] = time.time

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def authorize_url(self) -> str:
        return f"{self.url}/authorize"


class _Core(AuthlibServer):
    def __init__(self, state: AuthorizationServer) -> None:
        super().__init__()
        self.state = state
        numbers = iter(range(1, 10_000))
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda **_: f"access-{next(numbers)}",
                lambda **_: f"refresh-{next(numbers)}",
                lambda *_: 3600,
            ),
        )
        self.register_grant(_CodeGrant, [CodeChallenge(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_grant(_ClientGrant)

    def query_client(self, client_id: str) -> RegisteredApp | None:
        return self.state.apps.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.state.access_tokens.append(token["access_token"])
        if "refresh_token" in token:
            grant = _Grant(request.client.id, token.get("scope", ""))
            self.state.grants[token["refresh_token"]] = grant

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return None

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers


class _Form(OAuth2Request):
    @property
    def form(self) -> dict[str, str]:
        return self.payload.data

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data


class _CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        state: AuthorizationServer = self.server.state
        state.codes[code] = _Code(
            request.client.id,
            request.payload.redirect_uri,
            request.payload.scope or "",
            data.get("code_challenge"),
            data.get("code_challenge_method"),
            state.now() + 60,
        )

    def query_authorization_code(self, code: str, client: RegisteredApp) -> _Code | None:
        state: AuthorizationServer = self.server.state
        found = state.codes.get(code)
        is_good = found and found.client_id == client.id and found.expires_at > state.now()
        return found if is_good else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        codes = self.server.state.codes
        spent = next(code for code, one in codes.items() if one is authorization_code)
        del codes[spent]

    def authenticate_user(self, authorization_code: _Code) -> str:
        return "owner"


class _RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    @property
    def INCLUDE_NEW_REFRESH_TOKEN(self) -> bool:  # noqa: N802 - authlib's name
        return bool(self.server.state.rotate)

    def authenticate_refresh_token(self, refresh_token: str) -> _Grant | None:
        found = self.server.state.grants.get(refresh_token)
        return found if found and not found.spent else None

    def authenticate_user(self, refresh_token: _Grant) -> str:
        return "owner"

    def revoke_old_credential(self, refresh_token: _Grant) -> None:
        refresh_token.spent = bool(self.server.state.rotate)


class _ClientGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class _Handler(BaseHTTPRequestHandler):
    core: _Core
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Consent on the owner's behalf and redirect back, as a browser would see it."""
        parts = urlsplit(self.path)
        request = self._request("GET", dict(parse_qsl(parts.query)))
        with self.lock:
            grant = self.core.get_consent_grant(request, end_user="owner")
            answer = self.core.create_authorization_response(request, "owner", grant)
        self._send(*answer)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        state = self.core.state
        state.asked.append(form)
        if state.misbehave:
            odd = state.misbehave.pop(0)
            time.sleep(odd.seconds)
            self._send(odd.status, odd.body, [("Content-Type", odd.content_type)])
            return
        with self.lock:
            answer = self.core.create_token_response(self._request("POST", form))
        self._send(*answer)

    def _request(self, method: str, data: dict[str, str]) -> OAuth2Request:
        headers = {name.title(): value for name, value in self.headers.items()}
        request = _Form(method, _PLACE + self.path, headers=headers)
        request.payload = BasicOAuth2Payload(data)
        return request

    def _send(self, status: int, body: Any, headers: Any) -> None:
        if isinstance(body, dict):
            body = json.dumps(body)
        raw = body.encode() if isinstance(body, str) else body or b""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        try:
            self.wfile.write(raw)
        except OSError:
            return  # whoever asked went away

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        return None


@contextmanager
def authorization_server() -> Iterator[AuthorizationServer]:
    """Run a server on a free port of loopback until the block ends."""
    state = AuthorizationServer()
    handler = type("Handler", (_Handler,), {"core": _Core(state)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
