"""Every type of event, in one list: what it says and who tells it."""

from collections.abc import Collection, Mapping

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.problem import nearest

PAUSED = "webhook_endpoint.paused"
ACCOUNT: Mapping[str, str] = {
    "integrated_account:created": "An account was linked; it is not ready yet.",
    "integrated_account:active": "It is ready for calls.",
    "integrated_account:updated": "It changed, or was linked again.",
    "integrated_account:post_install_error": "What follows on linking failed.",
    "integrated_account:validation_error": "The provider did not accept what was entered.",
    "integrated_account:authentication_error": "The provider no longer accepts its credentials.",
    "integrated_account:reactivated": "The provider accepts them again.",
    "integrated_account:deleted": "It was deleted; only its `id` is told.",
    "environment_integration:created": "An integration was installed.",
    "environment_integration:updated": "An install changed.",
    "environment_integration:deleted": "An install was removed; only its `id` is told.",
}
SYNC: Mapping[str, str] = {
    "sync_job_run:created": "A run was ordered.",
    "sync_job_run:started": "It began.",
    "sync_job_run:updated": "It goes on after waiting, or was stopped.",
    "sync_job_run:rate_limited": "It waits for the provider's budget.",
    "sync_job_run:record": "A batch of records of a run.",
    "sync_job_run:record_error": "Errors that a run went on without.",
    "sync_job_run:completed": "It is done.",
    "sync_job_run:failed": "It ended with an error.",
    "sync_job_run:deleted": "It was deleted.",
    "sync_job_cron_trigger:failed": "A schedule could not order its run.",
    "record:created": "A synced record is new.",
    "record:updated": "A synced record changed.",
    "record:deleted": "A synced record is gone.",
}
WAYPOST: Mapping[str, str] = {
    PAUSED: "An endpoint was paused; told to the others.",
    "test": "What `POST /webhook/test` sends, whatever the endpoint asked for.",
}
MESSAGE: Mapping[str, str] = {
    "message.scheduled": "The provider will send it later.",
    "message.failed": "The provider could not send it.",
    "message.sent": "The provider handed a message on for one recipient.",
    "message.delivered": "The recipient's server took it.",
    "message.bounced": "It was returned; `bounce` is hard or soft.",
    "message.deferred": "The recipient's server asked to wait.",
    "message.opened": "It was opened.",
    "message.opened_unique": "It was opened for the first time.",
    "message.clicked": "A link in it was followed.",
    "message.clicked_unique": "A link in it was followed for the first time.",
    "message.unsubscribed": "The recipient wants no more.",
    "message.complained": "The recipient called it spam.",
    "message.suppressed": "It was held back from a recipient; `why` says what for.",
    "message.inbound": "A mail arrived.",
    "message.survey_opened": "A survey in it was opened.",
    "message.survey_submitted": "A survey in it was answered.",
}
SMS: Mapping[str, str] = {
    "sms.sent": "A text message was handed on.",
    "sms.delivered": "It arrived.",
    "sms.failed": "It did not arrive.",
    "sms.inbound": "A text message arrived.",
}
PROVIDER: Mapping[str, str] = {
    "provider.event": "A webhook of a kind the manifest does not name; `raw` is all of it.",
    "provider.maintenance_started": "The provider announced maintenance.",
    "provider.maintenance_ended": "The provider's maintenance is over.",
    "sender_identity.verified": "A sender identity was confirmed.",
    "inbound.forward_failed": "The provider could not forward an inbound mail.",
    "inbound.rejected": "The provider rejected an inbound mail.",
    "verification.address_completed": "An address was verified.",
    "verification.list_completed": "A list of addresses was verified.",
    "bulk.completed": "A bulk send was worked off.",
    "recipient.on_hold_added": "A recipient was put on hold.",
    "recipient.on_hold_removed": "A recipient is no longer on hold.",
    "recipient.created": "A recipient was added to a list of the provider's.",
    "recipient.updated": "A recipient's entry changed.",
    "recipient.deleted": "A recipient's entry was deleted.",
    "domain.created": "A domain was added.",
    "domain.updated": "A domain changed.",
    "domain.deleted": "A domain was deleted.",
    "domain.reputation_changed": "A domain's reputation changed.",
    "account.reputation_changed": "The account's reputation changed.",
}
FROM_PROVIDERS: Mapping[str, str] = {**MESSAGE, **SMS, **PROVIDER}
"""What a manifest's webhooks may map to."""
TOLD: Mapping[str, str] = {**ACCOUNT, **SYNC, **FROM_PROVIDERS, **WAYPOST}
"""What may happen here; a manifest outside the catalogue may map to more."""
NEVER_TOLD = (
    "api_token:created",
    "api_token:deleted",
    "batch_job:completed",
    "batch_job:dry_run_completed",
    "batch_job:dry_run_failed",
    "batch_job:failed",
    "environment_unified_model:created",
    "environment_unified_model:deleted",
    "environment_unified_model:updated",
    "integrated_account:forbidden_error",
    "integrated_account:post_connect_form_submitted",
    "link_token:connection_error",
    "record:meta",
)
"""What Truto's published clients may ask for and nothing here tells: taken, so that they work."""
_LONGEST = 80


def refuse_unknown(name: str, field: str, also: Collection[str] = ()) -> None:
    """Raise InvalidRequest, with the nearest type, unless `name` is a type of event or in `also`."""
    if name in TOLD or name in NEVER_TOLD or name in also:
        return
    shown = name[:_LONGEST]
    hint = nearest(shown, [*TOLD, *NEVER_TOLD, *also])
    if "did you mean" not in hint:
        hint = "; docs/reference/events.md lists them, for example 'integrated_account:active'"
    raise InvalidRequest(f"{field}: '{shown}' is no event type{hint}")
