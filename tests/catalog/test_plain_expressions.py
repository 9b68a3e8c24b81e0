"""The catalogue's own expressions: plain code and the engine say the same about every record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import plain_expressions

import waypost
from waypost.base.errors import ManifestError
from waypost.engine.expressions import EvaluationLimits, compile_expression
from waypost.engine.expressions.plain import NotUsual, compile_plain
from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.walk import kinds_within

CATALOG = load_catalog(Path(waypost.__file__).parent / "catalog")
PERSON: dict[str, Any] = {
    "id": "9vzjk4q7ylrmx2wo",
    "avatar": "https://images.example.com/mara.png",
    "email": "mara@orchard.test",
    "last_name": "Lind",
    "name": "Mara",
    "2fa": True,
    "created_at": "2026-03-02T08:15:40.000000Z",
    "updated_at": "2026-10-30T16:02:11.000000Z",
    "role": "Custom User",
    "permissions": ["read-activity", "control-sendings"],
    "domains": [{"id": "pq3enl6xk0mg2vwr", "name": "mail.orchard.test"}],
    "templates": [{"id": "z7n3y4qx0m1gkr2p", "name": "Order shipped"}],
}
ROLES = ("Admin", "Manager", "Designer", "Accountant", "Custom User", "Héad  of-Sales ", "", None)
odd = st.fixed_dictionaries(
    {},
    optional={
        name: st.just(value) | plain_expressions.values | (st.sampled_from(ROLES))
        for name, value in PERSON.items()
    },
)
records: st.SearchStrategy[Any] = odd | odd.map(lambda part: {**PERSON, **part})


def _expressions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, loaded in sorted(CATALOG.integrations.items()):
        for found in kinds_within(loaded.integration):
            if found.kind == "expression":
                yield f"{name}: {found.path}", found.value, {}
        for model, file in loaded.mappings.items():
            for found in kinds_within(file):
                if found.kind == "expression":
                    yield f"{name}/{model}: {found.path}", found.value, dict(file.reference)


EXPRESSIONS = list(_expressions())
LISTS = [row for row in EXPRESSIONS if "'list'" in row[0] and "response_mapping" in row[0]]


def _agree(text: str, shared: dict[str, Any], name: str, page: list[Any]) -> bool:
    plain, expression = compile_plain(text), compile_expression(text)
    if plain is None:
        return False
    try:
        found = plain.evaluate_over(shared, name, page, EvaluationLimits())
    except NotUsual:
        return False
    assert repr(found) == repr(expression.evaluate_over_by_engine(shared, name, page))
    return True


@pytest.mark.parametrize("row", EXPRESSIONS, ids=[row[0] for row in EXPRESSIONS])
def test_every_expression(row: tuple[str, str, dict[str, Any]]) -> None:
    _, text, reference = row

    @settings(max_examples=10)
    @given(
        page=st.lists(records, max_size=3),
        other=records,
        word=st.sampled_from(("", "a", "invited")),
    )
    def compare(page: list[Any], other: Any, word: str) -> None:
        shared = {
            **{"reference": reference, "query": {"status": word, "emails": {"email": word}}},
            **{"body": other, "before": {"current": [other], "users": [other, PERSON]}},
            **{"response": PERSON, "record": PERSON, "id": word or None, "context": {"a": word}},
        }
        for name in ("response", "record", "body"):
            _agree(text, shared, name, page)

    compare()


@pytest.mark.parametrize("row", LISTS, ids=[row[0] for row in LISTS])
def test_lists_are_plain_on_what_the_provider_documents(
    row: tuple[str, str, dict[str, Any]],
) -> None:
    _, text, reference = row
    page = [{**PERSON, "role": role} for role in ROLES if role is not None]
    if "native" in text:
        assert _agree(text, {"reference": reference, "query": {}}, "response", page)
    else:
        assert compile_plain(text) is not None


def test_a_refusal_is_the_engines_own() -> None:
    with pytest.raises(ManifestError, match="T0410"):
        compile_expression("$lowercase(response)").evaluate({"response": 1})
