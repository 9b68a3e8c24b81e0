"""The refusals that any route can give, each with the words of the wire.

Words marked GUESS have no public sample; COVERAGE.md lists them as guessed too.
"""

from __future__ import annotations

from collections.abc import Iterable

from waypost_sandbox.wire.answer import (
    Answer,
    RefusalError,
    answer_json,
    answer_message,
    answer_nothing,
)

_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def refuse_unauthenticated() -> RefusalError:
    """Refuse a missing, malformed, wrong or paused token; compact, unlike other refusals."""
    return RefusalError(answer_json({"message": "Unauthenticated."}, 401))


def refuse_forbidden(code: str, words: str) -> RefusalError:
    """Refuse with 403; only the code is public, the words are a GUESS."""
    return RefusalError(answer_message(403, f"{words} #{code}"))


def refuse_scope() -> RefusalError:
    """Refuse a token that lacks the scope."""
    return refuse_forbidden("MS40301", "This action is unauthorized.")


def refuse_not_found(message: str = "Resource not found.") -> RefusalError:
    """Refuse an id that names nothing."""
    return RefusalError(answer_message(404, message))


def refuse_route(path: str) -> Answer:
    """Answer for a path that no route has, as Laravel does by default (GUESS)."""
    return answer_message(404, f"The route v1/{path.strip('/')} could not be found.")


def name_verbs(allowed: Iterable[str]) -> str:
    """Name the methods of a route, in Laravel's order."""
    held = set(allowed)
    # Whatever may be read may be asked for its headers too.
    held |= {"HEAD"} if "GET" in held else set()
    return ", ".join(each for each in _VERBS if each in held)


def answer_options(allowed: Iterable[str]) -> Answer:
    """Say which methods a route takes, as Laravel does by itself (GUESS)."""
    answer = answer_nothing(200)
    answer.headers["allow"] = name_verbs(allowed)
    return answer


def refuse_method(method: str, path: str, allowed: Iterable[str]) -> Answer:
    """Answer for a wrong method, as Laravel does by default (GUESS)."""
    names = name_verbs(allowed)
    answer = answer_message(
        405,
        f"The {method} method is not supported for route v1/{path.strip('/')}. "
        f"Supported methods: {names}.",
    )
    answer.headers["allow"] = names
    return answer


def refuse_maintenance() -> RefusalError:
    """Refuse while the account's service is under maintenance."""
    return RefusalError(answer_message(421, "The service isn't available, please try again later."))
