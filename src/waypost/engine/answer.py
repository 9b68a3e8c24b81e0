"""Read what a provider answered: a body, its records, or its refusal in the words of its manifest."""

from collections.abc import Iterable
from typing import Any

from waypost.base.errors import ManifestError, ProviderGarbled, ProviderRefused
from waypost.base.json_bounds import TOO_MANY, is_crowded, is_crowded_xml
from waypost.base.secret import Secret
from waypost.base.spellings import all_spellings, cut, cut_bytes, cut_text
from waypost.engine.expressions import compile_expression
from waypost.engine.json_text import parse_json
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.transport import WholeResponse

EXCERPT = 2_000
"""Characters kept of an answer that could not be read."""
LONGEST_MESSAGE = 1_000


def is_error(status: int) -> bool:
    """Say whether a status is no answer to the question; a redirect is none either."""
    return status >= 300


def read_body(method: Method | None, response: WholeResponse) -> Any:
    """Return an answer's body by the method's format, by its content type where there is none.

    An empty body is None whatever its type. Integers of any size stay exact.
    Raises `ProviderGarbled`, with the status and an excerpt, for anything that cannot be read.
    """
    kind = method.response_format if method else _kind(response)
    if kind == "binary":
        return response.body
    if not response.body.strip():
        return None
    if kind == "text":
        return _decoded_text(response)
    crowded = is_crowded if kind == "json" else is_crowded_xml
    if crowded(response.body):
        raise ProviderGarbled(f"The provider's answer {TOO_MANY}.", status=response.status)
    try:
        return parse_json(_plain_utf8(response.body)) if kind == "json" else _xml(response.body)
    except (ValueError, RecursionError):
        pass
    raise _garbled(response, kind)


def _xml(document: bytes) -> Any:
    # The parser for the few who speak XML: decision 0017.
    from waypost.engine.xml_reading import read_xml  # noqa: PLC0415

    return read_xml(document)


def read_record(method: Method, response: WholeResponse) -> Any:
    """Return the record an answer holds at the method's `response_path`; None for an empty body."""
    body = read_body(method, response)
    if method.response_path is None or body is None:
        return body
    return _at_path(body, method.response_path, response)


def read_records(method: Method, response: WholeResponse) -> tuple[list[Any], Any]:
    """Return the records of a list answer and the whole body they stand in."""
    body = read_body(method, response)
    if body is None:
        return [], None
    found = _at_path(body, method.response_path, response) if method.response_path else body
    if found is None:
        return [], body
    if isinstance(found, dict):  # a list of one, as XML has it
        return [found], body
    if not isinstance(found, list):
        raise ProviderGarbled(
            f"The provider's answer has no list at {method.response_path or 'its top'}.",
            status=response.status,
            body=body,
        )
    return found, body


def provider_error(
    integration: Integration,
    method: Method | None,
    response: WholeResponse,
    *,
    secrets: Iterable[Secret] = (),
) -> ProviderRefused:
    """Return the error that a refused call is reported with, for the caller to raise.

    Message, code and missing scopes are read by the manifest's expressions, the method's before
    the integration's; an expression that fails hides nothing. `secrets` are the credentials that
    were sent: a provider that repeats them is not quoted.
    """
    written = all_spellings(secret.reveal() for secret in secrets)
    response = _without_secrets(response, written)
    # Once more after parsing: JSON may spell any letter as an escape.
    body = cut(_error_body(response), written)
    reading = _Reading(integration, method, response, body)
    message = reading.text("message") or _usual_message(body)
    error = ProviderRefused(
        _shortened(message) if message else f"The provider answered {response.status}.",
        status=response.status,
        headers=response.headers,
        body=body,
    )
    error.insight.update(_insight(integration, method, response, reading, error.message))
    if verdict := reading.text("credentials"):
        error.details["credentials"] = verdict
    if code := reading.text("code"):
        error.details["provider_code"] = code
    if reading.failures:
        error.details["manifest_errors"] = reading.failures
    return error


def missing_scopes(
    integration: Integration,
    method: Method | None,
    response: WholeResponse,
    *,
    secrets: Iterable[Secret] = (),
) -> tuple[str, ...]:
    """Return the scopes that a 403 is about: the provider's words, or else what the method needs."""
    written = all_spellings(secret.reveal() for secret in secrets)
    body = cut(_error_body(_without_secrets(response, written)), written)
    return tuple(_missing_scopes(method, _Reading(integration, method, response, body)))


def meant_status(integration: Integration, method: Method | None, response: WholeResponse) -> int:
    """Return the status as the standard means it: 401 credentials rejected, 403 forbidden.

    Some providers answer a wrong key with 403 or a missing permission with 401; their manifest's
    `errors.credentials` says so.
    """
    if not is_error(response.status):
        return response.status
    reading = _Reading(integration, method, response, _error_body(response))
    return _MEANT.get(reading.text("credentials") or "", response.status)


_MEANT = {"rejected": 401, "forbidden": 403}


class _Reading:
    """Evaluate a manifest's `errors` expressions over one answer, and keep what failed."""

    def __init__(
        self, integration: Integration, method: Method | None, response: WholeResponse, body: Any
    ) -> None:
        self._sources = [method.errors] if method and method.errors else []
        self._sources.append(integration.errors)
        self._scope = {
            "body": body,
            "headers": dict(reversed(response.headers)),
            "status": response.status,
            "scopes": list(method.scopes) if method else [],
        }
        self.failures: list[str] = []

    def has(self, name: str) -> bool:
        """Say whether the manifest reads this at all."""
        return any(getattr(source, name) for source in self._sources)

    def value(self, name: str) -> Any:
        """Return an expression's value, or None."""
        text = next((found for s in self._sources if (found := getattr(s, name))), None)
        if text is None:
            return None
        try:
            return compile_expression(text).evaluate(self._scope)
        except ManifestError as error:
            self.failures.append(f"errors.{name}: {error.message}")
            return None

    def text(self, name: str) -> str | None:
        """Return an expression's value as a text, or None when it is nothing to read."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        return str(value).strip() or None


def _insight(
    integration: Integration,
    method: Method | None,
    response: WholeResponse,
    reading: _Reading,
    message: str,
) -> dict[str, Any]:
    limited = integration.rate_limit.limited_statuses if integration.rate_limit else (429,)
    if response.status in limited:
        told = response.header("retry-after")
        insight: dict[str, Any] = {"description": "The provider's rate limit was reached."}
        if told and told.strip().isdecimal():
            insight["value"] = {"retry_after": int(told)}
        return {"rate_limit_error": insight}
    if response.status == 403:
        missing = _missing_scopes(method, reading)
        description = "The linked account's credentials may not do this."
        if missing:
            description = f"The linked account's credentials lack a scope: {', '.join(missing)}."
        return {
            "forbidden_error": {"description": description, "value": {"missing_scopes": missing}}
        }
    return {"remote_error": {"description": message}}


def _missing_scopes(method: Method | None, reading: _Reading) -> list[str]:
    """Return what the body names; where the manifest cannot read it, what the method needs.

    An expression may also answer true: this 403 is about scopes, the method's are meant.
    """
    needed = list(method.scopes) if method else []
    if not reading.has("missing_scopes"):
        return needed
    value = reading.value("missing_scopes")
    if value is True:
        return needed
    listed = value if isinstance(value, list) else [value]
    return [scope for scope in listed if isinstance(scope, str) and scope]


def _usual_message(body: Any) -> str | None:
    """Return the message where providers commonly put it."""
    if isinstance(body, str):
        return None if body.lstrip().startswith("<") else body.strip()
    if isinstance(body, list) and body:
        return _usual_message(body[0])
    if not isinstance(body, dict):
        return None
    for name in ("message", "error_description", "detail", "title", "error", "errors"):
        found = body.get(name)
        text = found if isinstance(found, str) else _nested_message(found)
        if text:
            return text
    return None


def _nested_message(found: Any) -> str | None:
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, str):
        return found
    text = found.get("message") if isinstance(found, dict) else None
    return text if isinstance(text, str) else None


def _error_body(response: WholeResponse) -> Any:
    """Return parsed JSON where it is JSON, else text; None when empty."""
    if not response.body.strip():
        return None
    if is_crowded(response.body):
        return _decoded_text(response)[:EXCERPT]
    try:
        return parse_json(_plain_utf8(response.body))
    except (ValueError, RecursionError):
        return _decoded_text(response)


def _kind(response: WholeResponse) -> str:
    content_type = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if content_type.endswith(("/json", "+json")):
        return "json"
    is_text = content_type.startswith("text/") or content_type.endswith(("/xml", "+xml"))
    return "text" if is_text else "binary"


def _at_path(body: Any, path: str, response: WholeResponse) -> Any:
    found = look_up(body, path)
    if found is MISSING:
        raise ProviderGarbled(
            f"The provider's answer has nothing at {path}.", status=response.status, body=body
        )
    return found


def _garbled(response: WholeResponse, kind: str) -> ProviderGarbled:
    text = _decoded_text(response)
    is_page = text.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))
    what = "a web page" if is_page and kind == "json" else "something else"
    return ProviderGarbled(
        f"The provider answered {response.status} with {what} where {kind.upper()} was due.",
        status=response.status,
        body=text[:EXCERPT],
    )


def _decoded_text(response: WholeResponse) -> str:
    _, _, charset = (response.header("content-type") or "").lower().partition("charset=")
    name = charset.partition(";")[0].strip(" \"'")
    try:
        return response.body.decode(name or "utf-8", "replace")
    except (LookupError, ValueError):
        return response.body.decode("utf-8", "replace")


def _plain_utf8(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"


def _without_secrets(response: WholeResponse, written: tuple[str, ...]) -> WholeResponse:
    body = cut_bytes(response.body, written)
    headers = tuple((name, cut_text(value, written)) for name, value in response.headers)
    return WholeResponse(response.status, headers, body, response.sent_attempts)
