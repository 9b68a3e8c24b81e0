"""A provider's refusal in the words that a mapping chooses."""

from typing import Any

from waypost.base.errors import ManifestError, ProviderRefused
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify.scope import Ask, evaluate, outgoing_scope


def reworded(mapping: Mapping, ask: Ask, refused: ProviderRefused) -> ProviderRefused:
    """Return the refusal to answer with: the mapping's `message` and `status` where it gives them.

    The provider's own body stays beside it. Raises ManifestError for a status that is no error's.
    """
    scope = {
        **outgoing_scope(ask, {}),
        "response": refused.body,
        "headers": dict(refused.headers),
        "status": refused.status,
        "error": {"message": refused.message, "status": refused.status},
    }
    said = evaluate(mapping.error_mapping, scope, ask, "error_mapping")
    if said is None:
        return refused
    status: Any = said.get("status", refused.status) if isinstance(said, dict) else None
    if not _is_error(status):
        raise ManifestError(
            "The expression must give an object; its status is from 400 to 599.",
            where=f"{ask.where}.error_mapping",
        )
    return ProviderRefused(
        str(said.get("message") or refused.message),
        status=int(status),
        headers=refused.headers,
        body=refused.body,
        insight=refused.insight,
    )


def _is_error(status: Any) -> bool:
    return isinstance(status, int | float) and status == int(status) and 400 <= status <= 599
