"""Every resource group of the API, written out by hand, in the order of the documentation."""

from __future__ import annotations

from waypost_sandbox.activity.routes import ROUTES as ACTIVITY
from waypost_sandbox.analytics.routes import ROUTES as ANALYTICS
from waypost_sandbox.blocklists.routes import ROUTES as BLOCKLISTS
from waypost_sandbox.bulk.routes import ROUTES as BULK
from waypost_sandbox.dmarc.routes import ROUTES as DMARC
from waypost_sandbox.domains.routes import ROUTES as DOMAINS
from waypost_sandbox.email.routes import ROUTES as EMAIL
from waypost_sandbox.identities.routes import ROUTES as IDENTITIES
from waypost_sandbox.inbound_routes.routes import ROUTES as INBOUND_ROUTES
from waypost_sandbox.messages.routes import ROUTES as MESSAGES
from waypost_sandbox.quota.routes import ROUTES as QUOTA
from waypost_sandbox.recipients.routes import ROUTES as RECIPIENTS
from waypost_sandbox.schedules.routes import ROUTES as SCHEDULES
from waypost_sandbox.sms.routes import ROUTES as SMS
from waypost_sandbox.smtp_users.routes import ROUTES as SMTP_USERS
from waypost_sandbox.suppressions.routes import ROUTES as SUPPRESSIONS
from waypost_sandbox.templates.routes import ROUTES as TEMPLATES
from waypost_sandbox.tokens.routes import ROUTES as TOKENS
from waypost_sandbox.users.routes import ROUTES as USERS
from waypost_sandbox.verification.routes import ROUTES as VERIFICATION
from waypost_sandbox.webhooks.routes import ROUTES as WEBHOOKS
from waypost_sandbox.whatsapp.routes import ROUTES as WHATSAPP
from waypost_sandbox.wire.routes import Route

# To add a group: make its folder (routes.py, state.py, errors.py where it has its own
# words), give it ROUTES, and put it here.
GROUPS: tuple[tuple[str, tuple[Route, ...]], ...] = (
    ("email", EMAIL),
    ("bulk-email", BULK),
    ("activity", ACTIVITY),
    ("analytics", ANALYTICS),
    ("domains", DOMAINS),
    ("messages", MESSAGES),
    ("message-schedules", SCHEDULES),
    ("recipients", RECIPIENTS),
    ("suppressions", SUPPRESSIONS),
    ("templates", TEMPLATES),
    ("tokens", TOKENS),
    ("webhooks", WEBHOOKS),
    ("users", USERS),
    ("api-quota", QUOTA),
    ("smtp-users", SMTP_USERS),
    ("sender-identities", IDENTITIES),
    ("inbound", INBOUND_ROUTES),
    ("email-verification", VERIFICATION),
    ("sms", SMS),
    ("dmarc-monitoring", DMARC),
    ("blocklist-monitoring", BLOCKLISTS),
    ("whatsapp", WHATSAPP),
)


def all_routes() -> list[Route]:
    """Return every route, group by group."""
    return [route for _, routes in GROUPS for route in routes]
