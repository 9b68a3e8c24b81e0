"""The names each expression of a manifest may read."""

from waypost.engine.manifest.integration import Probe
from waypost.engine.manifest.limits import ErrorReading
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.pagination import (
    DynamicPagination,
    OffsetPagination,
    PagePagination,
)
from waypost.engine.manifest.registrations import (
    HookCall,
    HookSubjects,
    WebhookBackfill,
    WebhookRegistration,
)
from waypost.engine.manifest.sending import LookupStep, Sending, SentLookup
from waypost.engine.manifest.suppressions import SuppressionCall
from waypost.engine.manifest.unified import Mapping, MappingFile, MappingStep
from waypost.engine.manifest.webhooks import InboundWebhook, WebhookPing

_OUTGOING = ("id", "query", "rawQuery", "body", "context", "before", "reference")
_INCOMING = (*_OUTGOING, "response", "headers")
_DELIVERY = ("body", "headers")
_HOOK = ("url", "name", "events", "subject", "hook", "listed", "row")
_LISTED = ("ids", "addresses", "patterns", "domain")
_ANSWER = ("body", "headers", "status", "scopes")

SCOPES: dict[tuple[type[Node], str], tuple[str, ...]] = {
    (ErrorReading, "message"): _ANSWER,
    (ErrorReading, "code"): _ANSWER,
    (ErrorReading, "credentials"): _ANSWER,
    (ErrorReading, "missing_scopes"): _ANSWER,
    (PagePagination, "has_more"): ("body", "headers"),
    (OffsetPagination, "has_more"): ("body", "headers"),
    (DynamicPagination, "initial"): ("query",),
    (DynamicPagination, "next"): ("query", "body", "headers", "values"),
    (Probe, "shows"): ("body",),
    (Sending, "suppressed"): ("body", "headers", "status"),
    (LookupStep, "choose"): ("record", "from", "domain"),
    (SentLookup, "query"): ("since", "until", "from", "domain", "first"),
    (HookCall, "id"): _HOOK,
    (HookCall, "query"): _HOOK,
    (HookCall, "body"): _HOOK,
    (SuppressionCall, "body"): _LISTED,
    (HookSubjects, "query"): (),
    (HookSubjects, "subject"): ("record",),
    (WebhookRegistration, "wanted"): ("context",),
    (WebhookRegistration, "hook"): ("record", "subject"),
    (WebhookBackfill, "query"): ("subject", "since", "until"),
    (WebhookBackfill, "event_id"): ("row", "subject"),
    (WebhookBackfill, "body"): ("row", "subject", "related"),
    (WebhookPing, "when"): _DELIVERY,
    (InboundWebhook, "applies"): _DELIVERY,
    (InboundWebhook, "event_type"): _DELIVERY,
    (InboundWebhook, "event_id"): _DELIVERY,
    (InboundWebhook, "occurred_at"): _DELIVERY,
    (InboundWebhook, "data"): _DELIVERY,
    (MappingStep, "run_if"): (*_OUTGOING, "response"),
    (MappingStep, "id"): (*_OUTGOING, "response"),
    (MappingStep, "query"): (*_OUTGOING, "response"),
    (MappingStep, "body"): (*_OUTGOING, "response"),
    (Mapping, "computed"): _OUTGOING,
    (Mapping, "run_if"): _OUTGOING,
    (Mapping, "id_mapping"): _OUTGOING,
    (Mapping, "query_mapping"): _OUTGOING,
    (Mapping, "request_body_mapping"): _OUTGOING,
    (Mapping, "request_header_mapping"): _OUTGOING,
    (Mapping, "response_mapping"): _INCOMING,
    (Mapping, "response_header_mapping"): _INCOMING,
    (Mapping, "error_mapping"): (*_INCOMING, "error", "status"),
    (Mapping, "is_partial_expression"): (*_OUTGOING, "data"),
    (MappingFile, "functions"): (*_INCOMING, "data", "record"),
    (Mapping, "filters"): ("record", "query", "reference"),
}
"""What stands at the top of the input, by the node and the field that holds the expression."""
