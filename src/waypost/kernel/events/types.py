"""Every type of event, in one list: what it says and who tells it."""

from collections.abc import Mapping

PAUSED = "webhook_endpoint.paused"
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
