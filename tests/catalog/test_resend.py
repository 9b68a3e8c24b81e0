"""Resend, driven by the engine as it is: nothing but data was added for it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from waypost.base.secret import Secret
from waypost.engine.manifest.load import load_integration
from waypost.engine.paging import finish, plan
from waypost.engine.request import CallInput, build_request
from waypost.engine.signatures.verify import verify
from waypost.engine.transport import WholeResponse

FOLDER = Path(__file__).parents[2] / "src" / "waypost" / "catalog" / "integrations" / "resend"
LOADED = load_integration(FOLDER)
DOMAINS = [{"id": f"domain-{number}"} for number in range(25)]


def serve(url: str) -> dict[str, Any]:
    """Answer as the documentation says: `limit` records after the one named by `after`."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    first = 0
    if "after" in query:
        first = 1 + next(i for i, one in enumerate(DOMAINS) if one["id"] == query["after"])
    data = DOMAINS[first : first + int(query["limit"])]
    has_more = first + len(data) < len(DOMAINS)
    return {"object": "list", "has_more": has_more, "data": data}


@pytest.mark.parametrize("limit", [1, 7, 20, 25, 100, None])
def test_every_domain_comes_once_and_in_order(limit: int | None) -> None:
    integration = LOADED.integration
    method = integration.method("domains", "list")
    assert method is not None
    pagination = integration.pagination[method.pagination or ""]
    seen: list[Any] = []
    cursor: Any = None
    for _ in range(30):
        page = plan(pagination, limit=limit, cursor=cursor, query={})
        request = build_request(integration, method, integration.base_url, CallInput(), paging=page)
        body = serve(request.url)
        response = WholeResponse(200, (), json.dumps(body).encode())
        result = finish(pagination, page, records=body["data"], response=response, body=body)
        assert limit is None or len(result.records) <= limit
        seen += result.records
        cursor = result.next
        if cursor is None:
            break
    assert seen == DOMAINS


@pytest.mark.parametrize(
    ("changes", "age", "genuine"),
    [
        ({}, 0, True),
        ({}, 299, True),
        ({}, 301, False),
        ({}, -301, False),
        ({"svix-id": "msg_other"}, 0, False),
        ({"svix-signature": "v2,bm8="}, 0, False),
    ],
)
def test_deliveries_are_genuine_and_fresh(changes: dict[str, str], age: int, genuine: bool) -> None:
    webhook = LOADED.integration.webhooks[0]
    example = webhook.examples[0]
    sent = float(example.headers["svix-timestamp"])
    assert genuine is verify(
        webhook.signature,
        secrets=[Secret("whsec_b3RoZXI="), Secret(example.secret)],
        headers={**example.headers, **changes},
        body=example.raw.encode(),
        url="https://waypost.example/hook",
        now=sent + age,
    )


def test_a_second_signature_in_the_header_counts_too() -> None:
    webhook = LOADED.integration.webhooks[0]
    example = webhook.examples[0]
    both = f"v1,bm9wZQ== {example.headers['svix-signature']}"
    assert verify(
        webhook.signature,
        secrets=[Secret(example.secret)],
        headers={**example.headers, "svix-signature": both},
        body=example.raw.encode(),
        url="https://waypost.example/hook",
        now=float(example.headers["svix-timestamp"]),
    )


def test_every_call_names_its_sender() -> None:
    integration = LOADED.integration
    method = integration.method("emails", "get")
    assert method is not None
    request = build_request(integration, method, integration.base_url, CallInput(id="a/b"))
    assert request.url == "https://api.resend.com/emails/a%2Fb"
    assert dict(request.headers)["user-agent"]


def test_nothing_is_claimed_that_was_not_seen() -> None:
    assert LOADED.integration.unverified
    assert not LOADED.mappings
