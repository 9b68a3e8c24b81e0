"""Do the work that time has brought; every kind of it is named here."""

from __future__ import annotations

from collections.abc import Callable

from waypost_sandbox.activity.noting import release_hold
from waypost_sandbox.blocklists.state import check_blocklists
from waypost_sandbox.bulk.state import begin_bulk, process_bulk
from waypost_sandbox.delivery import happen_to_email, land_email, send_message
from waypost_sandbox.dmarc.state import check_dmarc
from waypost_sandbox.domains.state import finish_verification
from waypost_sandbox.identities.state import confirm_identity
from waypost_sandbox.inbound.taking import arrive_inbound, forward_inbound
from waypost_sandbox.schedules.state import end_schedule
from waypost_sandbox.sms.sending import hand_over, land_sms
from waypost_sandbox.verification.state import finish_list, finish_single, finish_upload
from waypost_sandbox.webhooks.telling import ready_delivery, tell_webhooks
from waypost_sandbox.whatsapp.state import note_whatsapp
from waypost_sandbox.world.account import Account

KINDS: dict[str, Callable[[Account, str], None]] = {
    "send_message": send_message,
    "land_email": land_email,
    "release_hold": release_hold,
    "process_bulk": process_bulk,
    "begin_bulk": begin_bulk,
    "verify_domain": finish_verification,
    "confirm_identity": confirm_identity,
    "end_schedule": end_schedule,
    "upload_list": finish_upload,
    "verify_list": finish_list,
    "verify_single": finish_single,
    "send_sms": hand_over,
    "land_sms": land_sms,
    "check_dmarc": check_dmarc,
    "check_blocklists": check_blocklists,
    "try_delivery": ready_delivery,
    "arrive_inbound": arrive_inbound,
    "forward_inbound": forward_inbound,
}


def settle(account: Account) -> int:
    """Do everything due by the account's clock, each thing at its own moment."""
    until, done = account.clock.now(), 0
    tell_webhooks(account)
    while (due := account.pop_due(until)) is not None:
        account.moment = due.at
        try:
            if due.kind.startswith("event:"):
                happen_to_email(account, due.subject_id, due.kind.removeprefix("event:"))
            elif due.kind.startswith("whatsapp:"):
                note_whatsapp(account, due.subject_id, due.kind.removeprefix("whatsapp:"))
            else:
                KINDS[due.kind](account, due.subject_id)
            tell_webhooks(account)
        finally:
            account.moment = None
        done += 1
    return done
