"""The headers that keep the page, and hostile mail shown in it, in their places."""

from __future__ import annotations

from urllib.parse import urlsplit

from waypost_sandbox.wire.answer import Answer, answer_message
from waypost_sandbox.wire.call import Call

# Nothing but this server's own files, no inline script or style, and in nobody's frame.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# A mail's html gets an origin of its own even when it is opened outside of its frame. It may
# open links in new tabs; it has no scripts, forms or frames, and fetches nothing.
_MAIL = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
)
MAIL_POLICY = _MAIL + "img-src data:; font-src data:; style-src 'unsafe-inline'"
_ANYWHERE = "data: http: https:"
MAIL_POLICY_REMOTE = _MAIL + (
    f"img-src {_ANYWHERE}; font-src {_ANYWHERE}; media-src {_ANYWHERE}; "
    "style-src 'unsafe-inline' http: https:"
)
DOWNLOAD_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def guard_headers(policy: str) -> dict[str, str]:
    """Return the headers of an answer that a browser is to keep inside the policy."""
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-dns-prefetch-control": "off",
    }


def refuse_foreign(call: Call) -> Answer | None:
    """Refuse a browser that acts for another site, such as one that a mail's link opened.

    The control plane asks for no password; programs send no `Origin` and are let through.
    """
    origin = call.headers.get("origin")
    if origin is None or call.method == "GET":
        return None
    if urlsplit(origin).netloc == call.headers.get("host"):
        return None
    return answer_message(403, "a page of another site may not use the control plane")
