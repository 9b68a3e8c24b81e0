"""The life of one API request, as an explicit list of checks in the order of the wire."""

from __future__ import annotations

import ipaddress

from waypost_sandbox.due import settle
from waypost_sandbox.limits import quota_headers, take_creation, take_quota, take_rate
from waypost_sandbox.wire.answer import Answer, RefusalError, answer_message
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.refusals import (
    answer_options,
    refuse_forbidden,
    refuse_maintenance,
    refuse_method,
    refuse_not_found,
    refuse_route,
    refuse_scope,
    refuse_unauthenticated,
)
from waypost_sandbox.wire.routes import Route, Router

# What a bulk send may weigh; no request may weigh more.
MOST_BODY_BYTES = 50 * 1024 * 1024


def answer_call(call: Call, router: Router) -> Answer:
    """Answer one request to the API."""
    found = router.find(call.path.rstrip("/") or "/")
    # A route is looked for before the token: an unknown path is a 404 to everyone.
    if found is None:
        return refuse_route(call.path)
    methods, call.params = found
    route = methods.get("GET" if call.method == "HEAD" else call.method)
    if route is None and call.method == "OPTIONS":
        return answer_options(methods)
    if route is None:
        return refuse_method(call.method, call.path, sorted(methods))
    headers: dict[str, str] = {}
    try:
        settle(call.account)
        _pass_gates(call, route, headers)
        answer = route.act(call)
    except RefusalError as refusal:
        answer = refusal.answer
    answer.headers = {**headers, **answer.headers}
    return answer


def _pass_gates(call: Call, route: Route, headers: dict[str, str]) -> None:
    """Pass every gate in order, or be refused at one; headers gather on the way."""
    check_size(call)
    check_token(call)
    check_account(call)
    check_scope(call, route)
    headers.update(take_rate(call.account, route.rate))
    # Real 404s of unknown ids carry no quota headers, so binding comes before the quota.
    check_binds(call, route)
    if route.is_counted:
        headers.update(take_quota(call.account))
    else:
        headers.update(quota_headers(call.account))
    if route.is_throttled:
        take_creation(call.account, route.operation)


def check_size(call: Call) -> None:
    """Refuse a body over the limit, as Laravel does before anything else (GUESS)."""
    if len(call.body) > MOST_BODY_BYTES:
        raise RefusalError(answer_message(413, "The POST data is too large."))


def check_token(call: Call) -> None:
    """Refuse a missing, wrong or paused token (that a paused one is a 401 is a GUESS)."""
    if call.token is None or call.token.paused:
        raise refuse_unauthenticated()


def check_account(call: Call) -> None:
    """Refuse an account that is switched off, suspended, away, or called from elsewhere."""
    settings = call.account.settings
    if settings.maintenance or settings.state == "maintenance":
        raise refuse_maintenance()
    if not settings.api_access:
        raise refuse_forbidden("MS40302", "Access to the API is disabled for your account.")
    if settings.state == "suspended":
        raise refuse_forbidden("MS40304", "Your account is suspended.")
    if settings.ip_allowlist and not _is_listed(call.client_ip, settings.ip_allowlist):
        raise refuse_forbidden("MS40305", "Your IP address is not allowed.")


def _is_listed(client: str, allowlist: list[str]) -> bool:
    try:
        address = ipaddress.ip_address(client)
        return any(address in ipaddress.ip_network(item, strict=False) for item in allowlist)
    except ValueError:
        return client in allowlist


def check_scope(call: Call, route: Route) -> None:
    """Refuse a token that holds none of the route's scopes."""
    if call.token is None or not route.scopes:
        return
    if not set(route.scopes) & set(call.token.scopes):
        raise refuse_scope()


def check_binds(call: Call, route: Route) -> None:
    """Refuse a path whose ids name nothing of this account."""
    for parameter, table in route.binds.items():
        if call.params[parameter] not in call.account.table(table):
            raise refuse_not_found()
