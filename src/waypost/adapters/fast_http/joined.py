"""A transport that joins the head of an answer and the body that follows it in one write."""

import asyncio
from typing import Any

from waypost.adapters.fast_http.together import Together

_HEAD = b"HTTP/1.1 "


class JoiningTransport:
    """Hold the head of an answer until its body follows, or until the end of the event loop's turn.

    The server writes the two one after the other, and the event loop sends each at once: a second
    system call, 10 of the 170 µs of CPU that a page takes (measured).
    """

    __slots__ = ("_held", "_together", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, together: Together) -> None:
        self._transport = transport
        self._together = together
        self._held: bytes | None = None
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write after what is held, or hold it."""
        if self._held is not None:
            held, self._held = self._held, None
            self._transport.writelines((held, data))
        elif data.startswith(_HEAD):
            self.hold(data)
        else:
            self._transport.write(data)

    def hold(self, data: bytes) -> None:
        """Write an answer, or the first part of one, when others write, too; nothing is held."""
        self.flush()
        self._held = data
        self._together.add(self.flush)

    def close(self) -> None:
        """Close when everything has been written."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Write what is held."""
        if self._held is not None:
            held, self._held = self._held, None
            if not self._transport.is_closing():
                self._transport.write(held)
