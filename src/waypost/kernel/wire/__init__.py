"""What an admin request says and how a list answers it, without a web framework."""

from waypost.kernel.wire.asked import Asked, asked
from waypost.kernel.wire.body import Body, at_home, parse_body, read_body, unkeepable
from waypost.kernel.wire.listing import Wanted, empty_list, page_of, read_list
from waypost.kernel.wire.paper import lists, takes

__all__ = [
    "Asked",
    "Body",
    "Wanted",
    "asked",
    "at_home",
    "empty_list",
    "lists",
    "page_of",
    "parse_body",
    "read_body",
    "read_list",
    "takes",
    "unkeepable",
]
