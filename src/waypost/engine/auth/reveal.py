"""Fill `{{credentials.x}}` with what it stands for: the only place where a secret becomes text."""

import re
from collections.abc import Mapping

from waypost.base.errors import InvalidRequest, ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.placeholders import fill

_CARRIABLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def reveal(template: str, credentials: Mapping[str, Secret]) -> str:
    """Return the filled text; raises `ReauthorizationNeeded` naming the credentials it lacks."""
    try:
        filled = fill(template, {"credentials": credentials}, reveal=True)
    except InvalidRequest as error:
        missing = [str(name) for name in error.details.get("missing", ())]
    else:
        return "" if filled is None else str(filled)
    # Raised outside the handler, so that no cause hangs on it.
    raise ReauthorizationNeeded(
        f"The account lacks {', '.join(missing) or 'a credential'}; it must be linked again.",
        details={"missing": missing},
    )


def carried(name: str, value: str) -> str:
    """Return `value` fit for the header `name`; a line break in it would forge further headers."""
    bare = value.strip()
    if not bare or not _CARRIABLE.fullmatch(bare):
        raise ReauthorizationNeeded(
            f"The account's credential for the header {name} is empty or holds a character "
            "that no header can carry; it must be linked again."
        )
    return bare
