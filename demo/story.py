"""The main job, step by step, over HTTP only."""

import urllib.parse
from dataclasses import dataclass
from typing import Any

from demo.voice import Voice
from demo.web import Reply, UnexpectedReply, call

TENANT = "acme-books"


@dataclass
class World:
    """Where the two programs are, and what the story learns on its way."""

    platform: str
    operator_token: str
    sandbox: str
    sandbox_token: str
    smtp_port: int = 0
    api_token: str = ""
    account_id: str = ""
    link_url: str = ""


class Story:
    """Tell the main job to the end; raises UnexpectedReply where the world does not play along."""

    def __init__(self, world: World, voice: Voice) -> None:
        self.world = world
        self.voice = voice

    def tell(self) -> None:
        """Run every chapter in order."""
        self.open_environment()
        self.install()
        self.link()
        self.read_directory()
        self.page_domains()
        self.send_and_read_back()
        self.show_log()
        self.world.link_url = self.new_link()

    def open_environment(self) -> None:
        """Create an environment and the API token a product's server would hold."""
        self.voice.chapter("An environment and its API token")
        operator = self.world.operator_token
        environment = self._ask(
            "POST", "/environment", token=operator, body={"name": "Demo"}
        ).json()
        made = self._ask(
            "POST",
            "/api-token",
            token=operator,
            body={"name": "demo", "environment_id": environment["id"]},
        ).json()
        self.world.api_token = made["token"]
        self.voice.fact("environment", f"{environment['name']} ({environment['id']})")
        self.voice.fact("API token", "shown once, stored as a hash")

    def install(self) -> None:
        """Switch MailerSend on."""
        self.voice.chapter("MailerSend, installed")
        integrations = self._ask("GET", "/integration").json()["result"]
        chosen = next(item for item in integrations if item["name"] == "mailersend")
        self._ask(
            "POST",
            "/environment-integration",
            body={"integration_id": chosen["id"], "is_enabled": True},
        )
        resources = chosen["config"]["resources"]
        methods = sum(len(resource) for resource in resources.values())
        self.voice.fact(
            "integration",
            f"{chosen['config']['label']}: {methods} methods on {len(resources)} resources",
        )

    def link(self) -> None:
        """Link one account through the hosted link page's own HTTP flow."""
        self.voice.chapter("One customer links their MailerSend account")
        token = self._ask("POST", "/link-token", body={"tenant_id": TENANT}).json()["link_token"]
        page = f"/connect-account?link_token={urllib.parse.quote(token)}&integration=mailersend"
        opened = self._ask("GET", page, token=None)
        self.voice.say(
            f"the page asks for the token ({len(opened.body) / 1024:.0f} KB, no scripts from elsewhere)"
        )
        steps = self._ask(
            "POST",
            "/connect-account/link",
            token=None,
            body={
                "link_token": token,
                "integration": "mailersend",
                "fields": {"api_token": self.world.sandbox_token},
            },
            accept="application/x-ndjson",
        ).lines()
        for step in steps:
            self._show_step(step)
        account = self._ask("GET", f"/integrated-account/{self.world.account_id}").json()
        self.voice.good(
            f"account {account['id']} is {account['status']}, for tenant {account['tenant_id']}"
        )

    def _show_step(self, step: dict[str, Any]) -> None:
        if step["type"] == "created":
            self.world.account_id = step["integrated_account_id"]
            self.voice.fact("created", f"{self.world.account_id} is {step['status']}")
        elif step["type"] == "probe":
            found = "; ".join(_first(step["shows"], 3)) or step["said"] or "works"
            self.voice.fact(step["label"], f"{step['outcome']}: {found}")
        elif step["message"]["result"] != "success":
            raise UnexpectedReply(f"linking failed: {step['heading']} {step['lead']}")

    def read_directory(self) -> None:
        """List unified users by pages of ours, get one, and show the raw beside it."""
        self.voice.chapter("The team and its roles, in one shape")
        first_id = ""
        cursor: str | None = None
        pages = 0
        while pages == 0 or cursor:
            query = {"limit": "3"} | ({"next_cursor": cursor} if cursor else {})
            page = self._account("GET", "/unified/user-directory/users", query).json()
            pages += 1
            for user in page["result"]:
                first_id = first_id or user["id"]
                roles = ", ".join(role["name"] for role in user["roles"])
                sends = "can send" if user["can_send_email"] else "—"
                self.voice.row(
                    user["emails"][0]["email"], user["name"], roles, user["status"], sends
                )
            cursor = page["next_cursor"]
        self.voice.good(
            f"{pages} full pages of ours; the provider has people in one unpaged answer, invites apart"
        )
        roles = self._account("GET", "/unified/user-directory/roles").json()["result"]
        self.voice.fact("roles", ", ".join(role["label"] or role["name"] for role in roles))
        one = self._account("GET", f"/unified/user-directory/users/{first_id}").json()
        raw = self._account("GET", f"/proxy/users/{first_id}").json()
        self.voice.fact(
            "one user, unified",
            f"{one['name']}: {len(one['permissions'])} permissions, 2FA {one['is_2fa_enabled']}",
        )
        self.voice.fact(
            "the same, raw",
            ", ".join(f"{key}={raw[key]!r}" for key in ("name", "last_name", "role", "2fa")),
        )

    def page_domains(self) -> None:
        """Show the provider's own paging behind our cursor."""
        self.voice.chapter("The provider's own pages, behind the same cursor")
        cursor: str | None = None
        pages = 0
        while pages == 0 or cursor:
            query = {"limit": "10"} | ({"next_cursor": cursor} if cursor else {})
            page = self._account("GET", "/proxy/domains", query).json()
            pages += 1
            self.voice.say(
                ", ".join(
                    f"{domain['name']}{' ✓' if domain['is_verified'] else ''}"
                    for domain in page["result"]
                )
            )
            cursor = page["next_cursor"]
        self.voice.good(f"{pages} pages of /proxy/domains")
        self.sender = self._verified_domain()

    def _verified_domain(self) -> str:
        domains = self._account("GET", "/proxy/domains", {"limit": "100"}).json()["result"]
        return str(next(domain["name"] for domain in domains if domain["is_verified"]))

    def send_and_read_back(self) -> None:
        """Send a mail through the byte-faithful passthrough and read it back through the proxy."""
        self.voice.chapter("A real e-mail, sent as the customer")
        message = {
            "from": {"email": f"hello@{self.sender}", "name": "Acme Books"},
            "to": [{"email": "ada@example.com", "name": "Ada"}],
            "subject": "Your order has shipped",
            "text": "It is on its way.",
            "html": "<p>It is <b>on its way</b>.</p>",
        }
        path = f"/passthrough/{self.world.account_id}/email"
        sent = self._ask("POST", path, body=message)
        message_id = sent.headers["x-message-id"]
        self.voice.fact(
            "the provider's answer",
            f"{sent.status}, {len(sent.body)} bytes, x-message-id {message_id}",
        )
        self.voice.fact("waypost-origin", sent.headers["waypost-origin"])
        call("POST", f"{self.world.sandbox}/_sandbox/clock", body={"advance": 30})
        back = self._account("GET", f"/proxy/messages/{message_id}").json()
        # What happens from now on happens now; ahead of ours, its times would look wrong.
        call("POST", f"{self.world.sandbox}/_sandbox/clock", body={"now": None})
        email = back["emails"][0]
        self.voice.good(
            f"read back through /proxy/messages: “{email['subject']}” is {email['status']}"
        )

    def show_log(self) -> None:
        """Show what the platform remembers of these calls."""
        self.voice.chapter("What the platform remembers")
        entries = self._ask("GET", "/log?log_type=unified_proxy_api&limit=100").json()["result"]
        for entry in entries[:5]:
            where = f"{entry['http_method']} {entry['request_type']} {entry['resource'] or ''}"
            path = urllib.parse.urlsplit(entry["http_url"]).path
            took = f"{entry['duration']:.1f} ms"
            self.voice.row(where, path, entry["http_status_code"], took)
        self.voice.good(f"{len(entries)} call records at /log, no secret in any")

    def new_link(self) -> str:
        """Make a fresh link token for a person to click through."""
        token = self._ask("POST", "/link-token", body={"tenant_id": "by-hand"}).json()["link_token"]
        return f"{self.world.platform}/connect-account?link_token={urllib.parse.quote(token)}"

    def _account(self, method: str, path: str, query: dict[str, str] | None = None) -> Reply:
        parameters = {"integrated_account_id": self.world.account_id, **(query or {})}
        return self._ask(method, f"{path}?{urllib.parse.urlencode(parameters)}")

    def _ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = "",
        body: Any = None,
        accept: str = "application/json",
    ) -> Reply:
        bearer = self.world.api_token if token == "" else token
        reply = call(method, self.world.platform + path, token=bearer, body=body, accept=accept)
        shown, _, query = path.partition("?")
        self.voice.call(
            method, shown + (f"?{_without_ids(query)}" if _without_ids(query) else ""), reply.status
        )
        return reply


def _first(items: list[str], count: int) -> list[str]:
    """Return the first few, and how many more there are, counting what the list says it left out."""
    if len(items) <= count:
        return items
    rest, last = len(items) - count, items[-1].split()
    if last[:1] == ["and"] and last[2:] == ["more"]:
        rest += int(last[1]) - 1
    return [*items[:count], f"and {rest} more"]


def _without_ids(query: str) -> str:
    hidden = ("integrated_account_id=", "link_token=", "next_cursor=")
    return "&".join(part for part in query.split("&") if part and not part.startswith(hidden))


__all__ = ["Story", "UnexpectedReply", "World"]
