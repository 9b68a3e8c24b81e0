"""Every kind of node has a model, and what is refused is refused with a way on."""

from waypost.features.syncs.definitions.nodes import (
    GIVES_RECORDS,
    KINDS,
    NEEDS_SOURCE,
    REFUSED,
    REFUSED_VALUES,
    Node,
)


def test_the_kinds_of_the_wire() -> None:
    assert set(KINDS) == {
        *("request", "transform", "spool", "add_context", "destination", "event"),
        *("get_state", "update_state", "delete_state"),
    }
    assert set(KINDS) >= GIVES_RECORDS | NEEDS_SOURCE
    assert all(issubclass(model, Node) for model in KINDS.values())


def test_what_is_refused_is_no_field() -> None:
    for (kind, name), why in REFUSED.items():
        assert name not in KINDS[kind].model_fields
        assert why
    assert ("destination_type", "superquery") in REFUSED_VALUES
