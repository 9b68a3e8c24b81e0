"""The kinds of nodes, each with what it may say; what is not supported is refused by name."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from waypost.kernel.wire import Body

NAME = r"^[A-Za-z0-9_-]{1,100}$"
_Path = Field(min_length=1, max_length=300)


class Node(Body):
    """What every node says."""

    name: str = Field(pattern=NAME)
    type: str
    depends_on: str | None = None
    run_if: str | None = None
    debug: bool = False


class Request(Node):
    """Reads from the account: a unified `model/resource`, a resource of the provider's own, ours."""

    resource: str = _Path
    method: Literal["list", "get"]
    integrated_account_id: str | None = None
    id: str | None = None
    query: dict[str, Any] | str | None = None
    loop_on: str | None = None
    delete_tracking: Literal["hard", "soft"] | None = None


class Expression(Body):
    """The config of a node that computes."""

    expression: str


class Computed(Node):
    """Makes other records (transform), or values for those below it (add_context)."""

    config: Expression


class Spool(Node):
    """Gathers every batch from above, and hands them on as one."""


class StateCell(Body):
    """The config of a node that reads or writes state."""

    key: str = Field(min_length=1, max_length=300)
    default: Any = None
    value: Any = None
    value_expression: str | None = None


class State(Node):
    """Reads, writes or deletes one cell of the state that outlives a run."""

    config: StateCell


class Moment(Body):
    """The config of an event node."""

    name: Literal["start", "complete", "error"]


class Event(Node):
    """Marks a moment of the run for the nodes that depend on it."""

    config: Moment


class Where(Body):
    """The config of a destination."""

    id: str | None = None


class Destination(Node):
    """Takes what the named nodes give: told to webhooks, or kept here."""

    destination_type: Literal["webhook", "datastore"]
    config: Where = Field(default_factory=Where)
    resources_to_persist: list[str] = Field(min_length=1, max_length=50)
    only_changes: bool = False


KINDS: Mapping[str, type[Node]] = {
    "request": Request,
    "transform": Computed,
    "add_context": Computed,
    "spool": Spool,
    "get_state": State,
    "update_state": State,
    "delete_state": State,
    "event": Event,
    "destination": Destination,
}
GIVES_RECORDS = frozenset({"request", "transform", "spool"})
NEEDS_SOURCE = frozenset({"transform", "add_context", "spool"})
HERE = "records"
"""The one datastore there is: the records that this server keeps."""

HELD = "suppressions/entries"
"""A resource of ours: whom the account's tenant must not write to."""

REFUSED: Mapping[tuple[str, str], str] = {
    ("request", "recurse"): "recursion is not supported: read one level by loop_on",
    ("request", "delete_tracking_query"): (
        "it is not supported: leave records out by a transform, and all that is kept is tracked"
    ),
    ("request", "body"): "a sync reads only, and a list is asked by its query",
    (
        "destination",
        "method",
    ): f"datastores of others are not supported; config.id '{HERE}' is ours",
    (
        "destination",
        "loop_on",
    ): f"datastores of others are not supported; config.id '{HERE}' is ours",
}
"""What Truto's nodes may say and these may not, with why."""
REFUSED_VALUES: Mapping[tuple[str, str], str] = {
    ("destination_type", "superquery"): (
        "superquery is not supported: keep records by destination_type 'datastore' with config.id "
        f"'{HERE}', and read them at /sync-record"
    ),
}
WRITES = (
    "a sync reads: its methods are 'list' and 'get', since a step that was cut off is done again, "
    "and a second '{method}' would be one too many"
)
