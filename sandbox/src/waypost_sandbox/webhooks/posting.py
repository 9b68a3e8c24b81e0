"""Calling a webhook over HTTP: which addresses may be called, and one try."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from waypost_sandbox.webhooks.telling import Outcome

if TYPE_CHECKING:
    import aiohttp

_LOCAL_NAMES = (".localhost", ".local", ".internal")
_HEADERS = {"Content-Type": "application/json", "User-Agent": "waypost-sandbox"}
# A hook's answer is of no interest beyond its status.
_ANSWER_READ = 1024


def is_local(url: str) -> bool:
    """Say whether the URL's host is on this machine or on a network of its own."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_NAMES)
    return address.is_loopback or address.is_private or address.is_link_local


def make_session() -> aiohttp.ClientSession:
    """Make the session that calls go out through."""
    import aiohttp  # noqa: PLC0415 - slow to import, and many a sandbox has no webhooks

    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=30)
    return aiohttp.ClientSession(connector=connector, headers=_HEADERS)


async def post_once(
    session: aiohttp.ClientSession, url: str, body: bytes, signature: str, seconds: float
) -> Outcome:
    """Make one call; anything but an answer in time is told as an error."""
    import aiohttp  # noqa: PLC0415

    began = time.monotonic()
    status, error = None, None
    try:
        async with asyncio.timeout(seconds):
            request = session.post(
                url, data=body, headers={"Signature": signature}, allow_redirects=False
            )
            async with request as response:
                status = response.status
                await response.content.read(_ANSWER_READ)
    except TimeoutError:
        status, error = None, f"no answer within {seconds:g} seconds"
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        status, error = None, f"{type(failure).__name__}: {failure}"
    return Outcome(status, error, round((time.monotonic() - began) * 1000))
