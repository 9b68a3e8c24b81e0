"""An integration in the words that published clients know: `integration.config`."""

from collections import Counter
from typing import Any

from waypost.engine.manifest.credentials import (
    ApiKeyCredentials,
    Authorization,
    BasicAuthorization,
    BearerAuthorization,
    ClientCredentials,
    CredentialField,
    Credentials,
    HeaderAuthorization,
    OAuthCredentials,
)
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.pagination import DynamicPagination, Pagination
from waypost.engine.manifest.plain import whole

Json = dict[str, Any]
_OAUTH_WORDS = {
    "authorize_url": "authorize_url",
    "token_url": "token_url",
    "refresh_url": "refresh_url",
    "scopes": "scope",
    "pkce": "pkce",
}


def integration_config(integration: Integration) -> Json:
    """Return the definition as the wire shows it; no client secret is in it."""
    methods = [
        each for resource in integration.resources.values() for each in resource.methods.values()
    ]
    return _without_none(
        {
            "label": integration.label,
            "description": integration.description,
            "website": integration.website,
            "documentation_link": integration.documentation_link,
            "base_url": integration.base_url,
            "headers": dict(integration.headers) or None,
            "query_array_format": integration.query_array_format,
            "credentials": _credentials(integration.credentials),
            "authorization": _authorization(integration.authorization),
            "pagination": _usual_pagination(integration, methods),
            "rate_limit": _dump(integration.rate_limit),
            "resources": {
                name: {
                    key: _method(integration, method) for key, method in resource.methods.items()
                }
                for name, resource in integration.resources.items()
            },
        }
    )


def credential_formats(credentials: Credentials) -> dict[str, Json]:
    """Return every way to link an account: format → `{format, config}`."""
    described: dict[str, ApiKeyCredentials | OAuthCredentials | ClientCredentials | None] = {
        "api_key": credentials.api_key,
        "oauth2": credentials.oauth2,
        "oauth2_client_credentials": credentials.oauth2_client_credentials,
    }
    return {
        name: {"format": name, "config": _credential_config(section)}
        for name, section in described.items()
        if section is not None
    }


def shown_fields(fields: tuple[CredentialField, ...]) -> list[Json]:
    """Return the inputs of a link form."""
    return [whole(field) for field in fields]


def _credentials(credentials: Credentials) -> Json:
    formats = credential_formats(credentials)
    # One format stands bare, several by name: both spellings are the wire's.
    return next(iter(formats.values())) if len(formats) == 1 else formats


def _credential_config(
    section: ApiKeyCredentials | OAuthCredentials | ClientCredentials,
) -> Json:
    config = {
        _OAUTH_WORDS.get(name, name): value
        for name, value in whole(section).items()
        if name not in ("fields", "client")
    }
    return {**config, "fields": shown_fields(section.fields)}


def _authorization(authorization: Authorization) -> Json:
    match authorization:
        case BearerAuthorization():
            return {"format": "bearer", "config": {"token": authorization.token}}
        case HeaderAuthorization():
            named = {"header_name": authorization.name, "header_value": authorization.value}
            return {"format": "header", "config": named}
        case BasicAuthorization():
            pair = {"username": authorization.username, "password": authorization.password}
            return {"format": "basic", "config": pair}
        case _:
            return {"format": "none", "config": {}}


def _usual_pagination(integration: Integration, methods: list[Method]) -> Json | None:
    """Return the paging that most methods use; the others name their own."""
    counted = Counter(method.pagination for method in methods if method.pagination)
    usual = counted.most_common(1)
    return _pagination(integration.pagination[usual[0][0]]) if usual else None


def _pagination(pagination: Pagination) -> Json:
    config = {name: value for name, value in whole(pagination).items() if name != "style"}
    if isinstance(pagination, DynamicPagination):
        config["get_initial_pagination_values_expression"] = config.pop("initial")
        config["get_pagination_values_expression"] = config.pop("next")
    return {"format": pagination.style, "config": config}


def _method(integration: Integration, method: Method) -> Json:
    pages = method.pagination and integration.pagination.get(method.pagination)
    shown: Json = {
        "method": method.verb.lower(),
        "path": method.path,
        "description": method.description,
        "api_documentation_url": method.documentation_link,
        "scopes": list(method.scopes) or None,
        "rate_class": method.rate_class,
        "headers": dict(method.headers) or None,
        "query": method.query or None,
        "query_array_format": method.query_array_format,
        "query_schema": method.query_schema,
        "body_schema": method.body_schema,
        "body_format": method.body_format if method.body_schema else None,
        "response_path": method.response_path,
        "api_response_format": method.response_format if method.response_format != "json" else None,
        "pagination": _pagination(pages) if pages else None,
        "authorization": _authorization(method.authorization) if method.authorization else None,
        "tags": list(method.tags) or None,
    }
    return _without_none(shown)


def _dump(node: Node | None) -> Json | None:
    return None if node is None else whole(node)


def _without_none(shown: Json) -> Json:
    return {name: value for name, value in shown.items() if value is not None}
