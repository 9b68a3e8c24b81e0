"""What a method that sends says of its messages, and how they are found at the provider later."""

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, Node


class LookupStep(Node):
    """A record that the list of sent messages must be asked with, such as the sender's domain."""

    resource: str = Field(description="The resource that lists it.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    choose: Expression = Field(description="True for the record that is meant.")


class SentRow(Node):
    """Where a listed message says what it is; dotted paths, which go through lists."""

    id: str = Field(description="The message's id; rows with the same one are one message.")
    from_: str | None = Field(default=None, called="from", description="The sender.")
    to: tuple[str, ...] = Field(default=(), description="Its recipients.")
    subject: str | None = Field(default=None, description="The subject.")
    template: str | None = Field(default=None, description="The template it was made from.")
    text: str | None = Field(default=None, description="The whole text, of a text message.")
    at: str | None = Field(
        default=None, description="When it was accepted: ISO 8601, or Unix seconds."
    )


class SentLookup(Node):
    """A list in which messages that were sent can be found again."""

    resource: str = Field(description="The resource that lists sent messages.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    first: LookupStep | None = Field(default=None, description="What is looked up before.")
    query: Expression | None = Field(
        default=None,
        description="The query, as an object, that lists what was sent from `since` to `until` "
        "(Unix seconds).",
    )
    row: SentRow = Field(description="What a row says.")
    newest_first: bool = Field(
        default=False, description="True when older pages need not be read past `since`."
    )
    slack_seconds: int = Field(
        default=90,
        ge=0,
        description="How far the provider's times may be from ours; rows of one minute match.",
    )


class Sending(Node):
    """What a sending method's body says of its messages; dotted paths, which go through lists."""

    batch: bool = Field(
        default=False, description="True when the body is a list of messages; paths are of one."
    )
    from_: str | None = Field(default=None, called="from", description="The sender.")
    to: tuple[str, ...] = Field(default=(), description="Everybody who gets the message.")
    subject: str | None = Field(default=None, description="The subject.")
    template: str | None = Field(default=None, description="The template it is made from.")
    text: str | None = Field(default=None, description="The whole text, of a text message.")
    later: str | None = Field(
        default=None, description="When it is to leave, if not at once: it is listed only then."
    )
    id_header: str | None = Field(
        default=None, description="The lower-case header of the answer with the message's id."
    )
    id_path: str | None = Field(
        default=None, description="The dotted path in the answer to the message's id."
    )
    suppressed: Expression | None = Field(
        default=None, description="True when an accepting answer says that nobody will get it."
    )
    lookup: str | None = Field(
        default=None,
        description="The name in `sent_lookups` of the list it can be found in; without one a send "
        "whose end is unknown stays so.",
    )
