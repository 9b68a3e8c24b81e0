"""The rules of email verification: credits, single checks, and lists that go through states."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.verification import errors
from waypost_sandbox.verification.judging import RESULTS, judge_address
from waypost_sandbox.wire.check import Check, is_known, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

LISTS = "email_verifications"
SINGLES = "async_verifications"
# A second in the recordings; a list took one to five minutes in them.
UPLOAD_TAKES = timedelta(seconds=1)
LIST_TAKES = timedelta(seconds=60)
SINGLE_TAKES = timedelta(seconds=2)
SINGLE_SHAPE: Json = {
    "id": None,
    "address": None,
    "status": "queued",
    "result": None,
    "error": None,
}
NO_STATISTICS: Json = {**dict.fromkeys(RESULTS, 0), "not_verified": 0}
LIST_SHAPE: Json = {
    "id": None,
    "name": None,
    "total": 0,
    "verification_started": None,
    "verification_ended": None,
    "created_at": None,
    "updated_at": None,
    "status": {"name": "created", "count": 0},
    "source": "api",
    "statistics": NO_STATISTICS,
}


def _spend(account: Account, count: int) -> None:
    """Take credits; an account without a number has as many as it wants."""
    held = account.settings.email_verification_credits
    if held is None:
        return
    if held < count:
        raise errors.refuse_credits(count)
    account.settings.email_verification_credits = held - count


def verify_now(account: Account, body: Json) -> str:
    """Verify one address at once and return the result."""
    _check_single(body)
    _spend(account, 1)
    return judge_address(body["email"])


def verify_later(account: Account, body: Json) -> Json:
    """Take one address to verify it soon."""
    _check_single(body)
    _spend(account, 1)
    row: Json = {**SINGLE_SHAPE, "id": ids.make_hashid(), "address": body["email"]}
    account.rows(SINGLES)[row["id"]] = row
    account.plan_work(account.now() + SINGLE_TAKES, "verify_single", row["id"])
    return row


def _check_single(body: Json) -> None:
    check = Check(body)
    check.field("email").required().string().longest(191)
    check.refuse_if_wrong()


def finish_single(account: Account, row_id: str) -> None:
    """Find the result of one address, and tell webhooks."""
    row = account.rows(SINGLES).get(row_id)
    if row is None or row.get("status") == "completed":
        return
    row["status"], row["result"] = "completed", judge_address(str(row.get("address")))
    account.announce("email_single.verified", show_row(row, SINGLE_SHAPE))


def create_list(account: Account, body: Json) -> Json:
    """Take a list; it is uploaded a moment later."""
    check = Check(body)
    check.field("name").required().string().longest(191)
    check.field("emails").required().array().each_string(191)
    list_id = check.field("list_id")
    if list_id.value is not None and not is_known(list_id.value, account.rows(LISTS)):
        list_id.fail(errors.LIST_INVALID)
    check.field("verify").boolean()
    check.refuse_if_wrong()
    row = account.rows(LISTS).get(body.get("list_id") or "") or _make_list(account, body["name"])
    row["status"] = {"name": "uploading", "count": 0}
    row["emails"] = [*row.get("emails", []), *body["emails"]]
    row["starts_itself"] = read_truth(body.get("verify"))
    account.plan_work(account.now() + UPLOAD_TAKES, "upload_list", row["id"])
    return row


def _make_list(account: Account, name: str) -> Json:
    now = write_time(account.now())
    row: Json = {
        **show_row({}, LIST_SHAPE),
        "id": ids.make_hashid(),
        "name": name,
        "created_at": now,
        "updated_at": now,
        "statistics": dict(NO_STATISTICS),
    }
    account.rows(LISTS)[row["id"]] = row
    return row


def finish_upload(account: Account, list_id: str) -> None:
    """Let the list's addresses have arrived."""
    row = account.rows(LISTS).get(list_id)
    if row is None or row["status"]["name"] != "uploading":
        return
    total = len(row.get("emails") or [])
    row["total"] = total
    row["status"] = {"name": "created", "count": 0}
    row["statistics"] = {**NO_STATISTICS, "not_verified": total}
    row["updated_at"] = write_time(account.now())
    if row.get("starts_itself"):
        _begin(account, row)


def start_list(account: Account, row: Json) -> bool:
    """Start verifying a list; false says that it is still uploading."""
    state = row["status"]["name"]
    if state == "uploading":
        return False
    if state == "created":
        _spend(account, int(row["total"]))
        _begin(account, row)
    return True


def _begin(account: Account, row: Json) -> None:
    now = account.now()
    row["status"] = {"name": "verifying", "count": 0}
    row["verification_started"] = row["updated_at"] = write_time(now)
    account.plan_work(now + LIST_TAKES, "verify_list", row["id"])


def finish_list(account: Account, list_id: str) -> None:
    """Find the results of a list, and tell webhooks."""
    row = account.rows(LISTS).get(list_id)
    if row is None or row["status"]["name"] != "verifying":
        return
    emails = row.get("emails")
    if emails is None:
        # Seeded without its addresses: all that is known of them is their number.
        counts = Counter({"valid": int(row["total"])})
    else:
        row["results"] = [{"address": each, "result": judge_address(each)} for each in emails]
        counts = Counter(result["result"] for result in row["results"])
    row["status"] = {"name": "verified", "count": sum(counts.values())}
    row["statistics"] = {**NO_STATISTICS, **counts}
    row["verification_ended"] = row["updated_at"] = write_time(account.now())
    account.announce("email_list.verified", show_list(row))


def list_results(row: Json, query: Json) -> list[Json]:
    """List a verified list's addresses with their results."""
    check = Check(query)
    wanted = check.field("results").array().each_of(RESULTS)
    check.refuse_if_wrong()
    return [
        {"address": item.get("address"), "result": item.get("result")}
        for item in row.get("results") or []
        if not wanted.value or item.get("result") in wanted.value
    ]


def show_list(row: Json) -> Json:
    """Show a list; statistics name every result, in their order."""
    shown = show_row(row, LIST_SHAPE)
    shown["statistics"] = show_row(row.get("statistics") or {}, NO_STATISTICS)
    return shown


def show_single(row: Json) -> Json:
    """Show one address's verification."""
    return show_row(row, SINGLE_SHAPE)
