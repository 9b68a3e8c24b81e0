"""The page's own routes: its files under /_sandbox/ui, and what it reads under …/ui/data."""

from __future__ import annotations

from collections.abc import Callable

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.coverage import write_coverage
from waypost_sandbox.due import settle
from waypost_sandbox.page.call_rows import list_calls, show_call
from waypost_sandbox.page.delivery_rows import list_deliveries
from waypost_sandbox.page.files import answer_file
from waypost_sandbox.page.guard import DOWNLOAD_POLICY, guard_headers
from waypost_sandbox.page.letter_view import show_email
from waypost_sandbox.page.mail import answer_attachment, answer_html, answer_source
from waypost_sandbox.page.pulse import show_pulse
from waypost_sandbox.page.rows import list_rows
from waypost_sandbox.page.whereabouts import list_accounts, show_whereabouts
from waypost_sandbox.wire.answer import Answer, RefusalError, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

PAGE = "/ui"

_Look = Callable[[Universe, Account, Call], Answer]


def answer_page(universe: Universe, call: Call) -> Answer:
    """Answer a call for the page, a file of it, or what it shows; nothing here changes a thing."""
    if call.method not in ("GET", "HEAD"):
        return refuse_control("the page is read with GET", status=405).answer
    name = call.path.removeprefix(f"{PAGE}/").lstrip("/") or "index.html"
    try:
        return answer_file(call, name) or _answer_data(universe, call, name)
    except RefusalError as refusal:
        return refusal.answer


def _answer_data(universe: Universe, call: Call, name: str) -> Answer:
    if name == "coverage.md":
        headers = guard_headers(DOWNLOAD_POLICY)
        return Answer(200, write_coverage().encode(), "text/plain; charset=UTF-8", headers)
    kind, _, rest = name.removeprefix("data/").partition("/")
    look = _LOOKS.get((kind, rest.count("/") + 1 if rest else 0))
    if not name.startswith("data/") or look is None:
        raise refuse_control(f"the page has no {name!r}", status=404)
    account = _find_account(universe, call)
    settle(account)
    call.params = dict(enumerate_parts(rest))
    return look(universe, account, call)


def enumerate_parts(rest: str) -> list[tuple[str, str]]:
    """Name the parts of a path after its kind: `id`, `what`, `place`."""
    return list(zip(("id", "what", "place"), rest.split("/"), strict=False))


def _find_account(universe: Universe, call: Call) -> Account:
    wanted = dict(call.query).get("account")
    if wanted is None:
        return universe.first
    if wanted not in universe.accounts:
        raise refuse_control(f"no account has the id {wanted!r}", status=404)
    return universe.accounts[wanted]


def _part_of_email(_: Universe, account: Account, call: Call) -> Answer:
    """Answer with one of the forms of an email's content."""
    email_id, query = call.params["id"], dict(call.query)
    if call.params["what"] == "html":
        return answer_html(account, email_id, may_load=query.get("remote") == "1")
    if call.params["what"] == "source":
        return answer_source(account, email_id, is_download="download" in query)
    raise refuse_control("an email has html, source and attachments", status=404)


def _attachment(_: Universe, account: Account, call: Call) -> Answer:
    return answer_attachment(account, call.params["id"], call.params["place"])


# By kind and by how many parts follow it.
_LOOKS: dict[tuple[str, int], _Look] = {
    ("pulse", 0): lambda all_, one, _: answer_json(show_pulse(all_, one)),
    ("accounts", 0): lambda all_, _, __: answer_json(list_accounts(all_)),
    ("whereabouts", 0): lambda all_, one, call: answer_json(show_whereabouts(all_, one, call)),
    ("emails", 0): lambda _, one, call: answer_json(list_rows(one, dict(call.query))),
    ("emails", 1): lambda _, one, call: answer_json(show_email(one, call.params["id"])),
    ("emails", 2): _part_of_email,
    ("emails", 3): _attachment,
    ("calls", 0): lambda _, one, call: answer_json(list_calls(one, dict(call.query))),
    ("webhooks", 0): lambda _, one, call: answer_json(list_deliveries(one, dict(call.query))),
    ("calls", 1): lambda _, one, call: answer_json(show_call(one, call.params["id"])),
}
