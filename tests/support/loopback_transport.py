"""A transport over loopback on the standard library, for tests of floors that have no adapter yet."""

import asyncio
import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.scripted_transport import ScriptedResponse

from waypost.base.errors import ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest


@dataclass
class LoopbackTransport:
    """Send each request on a connection of its own, in a thread."""

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ScriptedResponse:
        return await asyncio.to_thread(_send, request, deadlines)

    async def close(self) -> None:
        return None


def _send(request: OutgoingRequest, deadlines: Deadlines) -> ScriptedResponse:
    parts = urlsplit(request.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.netloc, timeout=deadlines.first_byte)
    try:
        body = request.body if isinstance(request.body, bytes) else None
        connection.request(request.method, target, body, dict(request.headers))
        response = connection.getresponse()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return ScriptedResponse(response.status, headers, [response.read()])
    except TimeoutError:
        raise ProviderTimedOut(deadline="first_byte", seconds=deadlines.first_byte) from None
    except ConnectionRefusedError:
        raise ProviderUnreachable(details={"sent": False}) from None
    except OSError:
        raise ProviderUnreachable() from None
    finally:
        connection.close()
