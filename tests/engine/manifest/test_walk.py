"""Every expression, template and schema is found with its path."""

from tests.support.acme import acme, method

from waypost.engine.manifest.walk import kinds_within


def test_what_a_field_declares_is_found_wherever_it_is() -> None:
    integration = acme(
        errors={"message": "body.message"},
        pagination={"pages": {"style": "page", "has_more": "body.more"}},
        resources={
            "things": {
                "label": "Things",
                "methods": {"list": method(query_schema={"type": "object"})},
            }
        },
    )
    found = {one.path: (one.kind, one.value) for one in kinds_within(integration)}
    assert found == {
        ("authorization", "token"): ("template", "{{credentials.api_key}}"),
        ("pagination", "pages", "has_more"): ("expression", "body.more"),
        ("errors", "message"): ("expression", "body.message"),
        ("resources", "things", "methods", "list", "path"): ("template", "/things"),
        ("resources", "things", "methods", "list", "query_schema"): (
            "json_schema",
            {"type": "object"},
        ),
    }
