import pytest

from waypost.base.errors import ManifestError, ProviderRefused
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify import Ask, reworded

REFUSED = ProviderRefused(
    "no", status=422, headers=(("x-a", "1"),), body={"code": 7}, insight={"hint": {}}
)


def told(expression: str | None) -> ProviderRefused:
    mapping = Mapping(resource="r", method="list", error_mapping=expression)
    return reworded(mapping, Ask(id="9", where="here"), REFUSED)


@pytest.mark.parametrize(
    ("expression", "message", "status"),
    [
        (None, "no", 422),
        ("null", "no", 422),
        ("status = 404 ? {}", "no", 422),
        ('{"message": "Code " & response.code & " for " & id}', "Code 7 for 9", 422),
        ('response.code = 7 ? {"status": 404}', "no", 404),
        ('{"status": 409, "message": error.message & "!"}', "no!", 409),
        ('{"message": headers.`x-a`}', "1", 422),
    ],
)
def test_mapping_chooses_the_words(expression: str | None, message: str, status: int) -> None:
    found = told(expression)
    assert (found.message, found.status) == (message, status)
    assert (found.body, found.headers, found.insight) == (
        {"code": 7},
        (("x-a", "1"),),
        {"hint": {}},
    )


@pytest.mark.parametrize("expression", ['"no"', '{"status": 200}', '{"status": "many"}', "[1]"])
def test_what_is_no_refusal_is_the_mappings_fault(expression: str) -> None:
    with pytest.raises(ManifestError, match="error_mapping"):
        told(expression)
