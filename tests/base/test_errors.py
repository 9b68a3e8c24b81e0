from waypost.base.errors import (
    BudgetExhausted,
    ManifestError,
    NotFound,
    ProviderRefused,
    ProviderTimedOut,
    WaypostError,
)


def test_first_docstring_line_is_the_default_message() -> None:
    assert str(NotFound()) == "There is no such thing here."
    assert str(BudgetExhausted(retry_after=2)).startswith("The provider's rate limit")
    assert "retry_after" not in str(BudgetExhausted(retry_after=2))


def test_a_message_of_ones_own_replaces_it() -> None:
    error = NotFound("No account 7.", details={"account": "7"})
    assert (error.message, str(error), error.details) == (
        "No account 7.",
        "No account 7.",
        {"account": "7"},
    )


def test_details_are_a_copy() -> None:
    details = {"a": 1}
    error = NotFound(details=details)
    details["a"] = 2
    assert error.details == {"a": 1}


def test_manifest_error_says_where() -> None:
    error = ManifestError("unknown key 'verbe'", where="acme/integration.yaml:3:5")
    assert str(error) == "acme/integration.yaml:3:5: unknown key 'verbe'"
    assert error.where == "acme/integration.yaml:3:5"
    assert str(ManifestError(where="x:1:1")) == "An integration's definition is wrong."


def test_refusal_keeps_what_the_provider_said() -> None:
    error = ProviderRefused(status=422, headers=(("x-a", "1"),), body={"message": "no"})
    assert (error.status, error.headers, error.body) == (422, (("x-a", "1"),), {"message": "no"})
    assert error.insight == {}


def test_time_out_names_its_deadline() -> None:
    error = ProviderTimedOut(deadline="first_byte", seconds=1.5)
    assert "first_byte deadline of 1.5 s" in str(error)
    assert error.details == {"deadline": "first_byte", "seconds": 1.5}


def test_every_error_is_caught_by_its_family() -> None:
    assert isinstance(NotFound(), WaypostError)
    assert NotFound.code == "caller.not_found"
