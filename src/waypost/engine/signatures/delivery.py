"""A webhook as it arrived."""

from collections.abc import Mapping


class Delivery:
    """Raw body, URL, and headers found whatever their case."""

    __slots__ = ("_headers", "body", "url")

    def __init__(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.url = url

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return self._headers.get(name.lower())

    def having(self, headers: Mapping[str, str]) -> "Delivery":
        """Return the same delivery with further headers."""
        return Delivery({**self._headers, **headers}, self.body, self.url)


def octets(text: str) -> bytes:
    """Encode any text, however broken, so that comparing it cannot fail."""
    return text.encode("utf-8", "surrogatepass")
