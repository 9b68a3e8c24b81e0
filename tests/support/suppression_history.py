"""Random histories of suppressions on both sides, and what must be so once both rest.

The oracle is written from the sentences under "At rest" in docs/guides/suppressions.md, and shares no
code with the store. It is asked over HTTP only: the platform's API on one side, the sandbox's on the
other.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from tests.support.sandbox import SandboxAccount
from tests.support.turned_world import TurnedWorld

TENANT = "tenant-1"
PEOPLE = ("ann@y.test", "bob@y.test", "cy@z.test", "dee@z.test")
OTHERS = ("eve@w.test", "fay@w.test")
"""Nobody ever says a word about them."""
HELD = (*PEOPLE, "@z.test", "an*@y.test")
LISTS = ("blocklist", "hard-bounces", "spam-complaints", "unsubscribes")
NAMES = {name: name.replace("-", "_") for name in LISTS}
STEP = 120.0
"""More than the half minute within which a row may be ours; see "What is pushed"."""
Row = tuple[str, str | None]


class Platform(Protocol):
    """The side that is proven."""

    def ask(self, verb: str, path: str, body: Any = None) -> httpx.Response:
        """Call its API."""
        ...

    def tick(self, crash: random.Random | None) -> None:
        """Have every account read and pushed to once, or crash on the way."""
        ...


@dataclass
class Side:
    """One linked account as its owner sees it at the provider."""

    account: str
    sandbox: SandboxAccount
    domain: str
    domain_id: str
    takes_back: bool
    theirs: set[str] = field(default_factory=set)
    """The ids of blocklist rows that somebody there put there."""

    def ask(self, verb: str, path: str, body: Any = None) -> Any:
        answer = self.sandbox.http.request(
            verb,
            f"{self.sandbox.root}/v1/{path}",
            json=body,
            headers={"authorization": f"Bearer {self.sandbox.api_token}"},
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"suppressions/{name}?limit=100")["data"]
        return found

    def blocked(self) -> dict[Row, str]:
        """Return the blocklist: what it blocks, for which domain, under which id."""
        return {
            (row["pattern"], (row["domain"] or {}).get("name")): row["id"]
            for row in self.rows("blocklist")
        }

    def add(self, name: str, address: str, *, for_domain: bool) -> None:
        body: dict[str, Any] = {"recipients": [address]}
        if address.startswith("@"):
            body = {"patterns": [".*" + address]}
        if name != "blocklist" or for_domain:
            body["domain_id"] = self.domain_id
        before = {row["id"] for row in self.rows(name)}
        made = self.ask("POST", f"suppressions/{name}", body)["data"]
        if name == "blocklist":
            self.theirs |= {row["id"] for row in made} - before


class History:
    """Both sides, and what everybody did."""

    def __init__(
        self, platform: Platform, sides: list[Side], clock: TurnedWorld, seed: int
    ) -> None:
        self.platform, self.sides, self.clock = platform, sides, clock
        self.random = random.Random(seed)
        self.here: dict[tuple[str, str], bool] = {}
        self.taken: set[str] = set()
        """Ids of providers' entries that a person removed here."""
        self.done: Counter[str] = Counter()
        self.letters = 0

    def play(self, steps: int, *, between: Callable[[], None] | None = None) -> None:
        """Do something random so many times, and hold every send against what holds."""
        acts = (
            *(self.hold, self.hold, self.let_go, self.let_go, self.send, self.send),
            *(self.add_there, self.add_there, self.add_there, self.remove_there, self.send),
        )
        for _ in range(steps):
            act = self.random.choice(acts)
            self.done[act.__name__] += 1
            act()
            self.clock.turn(STEP)
            if self.random.random() < 0.4:
                is_cut = self.random.random() < 0.5
                self.done["crash" if is_cut else "tick"] += 1
                self.platform.tick(self.random if is_cut else None)
            if between is not None:
                between()

    def rest(self) -> None:
        """Let nothing happen for a while."""
        for _ in range(5):
            self.clock.turn(STEP)
            self.platform.tick(None)

    def said(self, verb: str, path: str, body: Any = None) -> Any:
        answer = self.platform.ask(verb, path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def active(self) -> list[dict[str, Any]]:
        path = f"/suppression?is_active=true&tenant_id={TENANT}&limit=200"
        found: list[dict[str, Any]] = self.said("GET", path)["result"]
        return found

    def hold(self) -> None:
        address, side = self.random.choice(HELD), self.random.choice(self.sides)
        scope, more = self.random.choice(
            [
                ("all", {}),
                (f"account:{side.account}", {"integrated_account_id": side.account}),
                (f"domain:{side.domain}", {"domain": side.domain}),
            ]
        )
        self.said("POST", "/suppression", {"address": address, "tenant_id": TENANT, **more})
        self.here[address, scope] = True

    def let_go(self) -> None:
        entries = self.active()
        if not entries:
            return
        entry = self.random.choice(entries)
        self.said("DELETE", f"/suppression/{entry['id']}?why=chance")
        if entry["source"] == "pull":
            self.taken.add(entry["provider_id"])
        else:
            self.here[entry["address"], spelled(entry["scope"])] = False

    def add_there(self) -> None:
        side, name = self.random.choice(self.sides), self.random.choice(LISTS)
        address = self.random.choice(PEOPLE)
        if name == "blocklist" and self.random.random() < 0.3:
            address = "@z.test"
        side.add(name, address, for_domain=self.random.random() < 0.5)

    def remove_there(self) -> None:
        side, name = self.random.choice(self.sides), self.random.choice(LISTS)
        rows = side.rows(name)
        if rows:
            body = {"ids": [self.random.choice(rows)["id"]]}
            side.ask("DELETE", f"suppressions/{name}", body)

    def send(self) -> None:
        """Write to some people; whoever is held back gets nothing, and is named."""
        side = self.random.choice(self.sides)
        people = self.recipients(side)
        held = {each for each in people if self.is_held(side, each)}
        listed = {each for each in people if self.is_listed(side, each)}
        self.letters += 1
        subject = f"Letter {self.letters}"
        letter = {
            "from": {"email": f"shop@{side.domain}"},
            "to": [{"email": each} for each in people],
            "subject": subject,
            "text": "Hello",
        }
        answer = self.platform.ask("POST", f"/passthrough/{side.account}/email", letter)
        if held:
            assert answer.status_code == 422, answer.text
            assert set(answer.json()["details"]["recipients"]) == held
        else:
            assert answer.status_code == 202, answer.text
        self.clock.turn(STEP)
        reached = self.reached(side, subject)
        wanted = set() if held else set(people) - listed
        assert reached == wanted, f"{subject}: {reached} of {people}, {held}, {listed}"
        self.done["refused" if held else "sent"] += 1
        self.done["reached"] += len(reached)

    def recipients(self, side: Side) -> list[str]:
        """Choose anybody, or every other time of those only whom nothing holds back: it must leave."""
        anybody: list[str] = [*PEOPLE, *OTHERS]
        if self.random.random() < 0.5:
            anybody = [each for each in anybody if not self.is_held(side, each)]
        return self.random.sample(anybody, min(len(anybody), self.random.randint(1, 3)))

    def reached(self, side: Side, subject: str) -> set[str]:
        letters = side.sandbox.control("GET", "/outbox")["data"]
        return {each["recipient"] for each in letters if each["subject"] == subject}

    def is_held(self, side: Side, address: str) -> bool:
        """Say whether the store holds somebody back, as it shows itself."""
        scopes = {"all", f"account:{side.account}", *scopes_of(side.domain)}
        return any(
            covers(entry["address"], address) and spelled(entry["scope"]) in scopes
            for entry in self.active()
        )

    def is_listed(self, side: Side, address: str) -> bool:
        lists = {
            row["recipient"]["email"]
            for name in LISTS
            if name != "blocklist"
            for row in side.rows(name)
        }
        blocked = {pattern.replace(".*", "*") for pattern, _ in side.blocked()}
        return address in lists or any(covers(each, address) for each in blocked)

    def check(self) -> None:
        """Hold both sides against the five sentences."""
        entries = self.active()
        found = {(e["address"], spelled(e["scope"])) for e in entries if e["source"] != "pull"}
        said = {place for place, holds in self.here.items() if holds}
        assert found == said, f"1: a person's word; missing {said - found}, too many {found - said}"
        told = {
            (e["integrated_account_id"], e["provider_list"], e["provider_id"])
            for e in entries
            if e["source"] == "pull"
        }
        prescribed = self.prescribed()
        assert told == prescribed, (
            "2, 4: what the accounts' own lists show, and nothing else;"
            f" missing {prescribed - told}, too many {told - prescribed}"
        )
        for side in self.sides:
            blocked = side.blocked()
            wanted = self.desired(side, entries)
            assert wanted <= set(blocked), (
                f"5: {wanted - set(blocked)} is not on {side.domain}'s list"
            )
            ours = {place for place, row in blocked.items() if row not in side.theirs}
            assert ours <= wanted, f"5: {ours - wanted} is still on {side.domain}'s list"
            if side.takes_back:
                there = {row["id"] for name in LISTS for row in side.rows(name)}
                assert not there & self.taken, "what a person removed was taken off there"

    def prescribed(self) -> set[tuple[str, str, str]]:
        return {
            (side.account, NAMES[name], row["id"])
            for side in self.sides
            for name in LISTS
            for row in side.rows(name)
            if row["id"] not in self.taken and (name != "blocklist" or row["id"] in side.theirs)
        }

    def desired(self, side: Side, entries: list[dict[str, Any]]) -> set[Row]:
        wanted: set[Row] = set()
        for entry in entries:
            scope, pattern = spelled(entry["scope"]), as_listed(entry["address"])
            if entry["integrated_account_id"] == side.account:
                continue
            if scope in ("all", f"account:{side.account}"):
                wanted.add((pattern, None))
            elif scope in scopes_of(side.domain):
                wanted.add((pattern, side.domain))
        return wanted


def spelled(scope: dict[str, str]) -> str:
    """Return a scope in one text, as an act of this history names it."""
    kind = scope["type"]
    name = {"account": "integrated_account_id", "domain": "domain"}.get(kind)
    return kind if name is None else f"{kind}:{scope[name]}"


def scopes_of(domain: str) -> set[str]:
    """Return the scopes of a domain and of those above it."""
    parts = domain.split(".")
    return {"domain:" + ".".join(parts[start:]) for start in range(len(parts))}


def covers(pattern: str, address: str) -> bool:
    """Say whether an address, a domain or a pattern with one asterisk is about an address."""
    if pattern.startswith("@"):
        return address.endswith(pattern)
    begin, asterisk, end = pattern.partition("*")
    if not asterisk:
        return address == pattern
    return address.startswith(begin) and address.endswith(end)


def as_listed(address: str) -> str:
    """Return how the provider writes what we hold."""
    return ".*" + address if address.startswith("@") else address.replace("*", ".*")
