"""How the bare provider pages a list of people."""

from typing import Any
from urllib.parse import parse_qs

from tests.support.raw_provider import Behaviour, Exchange


def person(number: int, **more: Any) -> dict[str, Any]:
    """Return one record in the provider's own shape."""
    return {"id": number, "name": f"Person {number}", "status": "active", **more}


def paging(records: list[dict[str, Any]], size: int = 2) -> Behaviour:
    """Return a behaviour that answers `page` and `limit` as the manifest of acme says."""

    def behave(exchange: Exchange) -> None:
        query = parse_qs(exchange.target.partition("?")[2])
        page, limit = int(query.get("page", ["1"])[0]), int(query.get("limit", [str(size)])[0])
        cut = records[(page - 1) * limit : page * limit]
        exchange.answer(200, {"data": cut, "more": page * limit < len(records)})

    return behave
