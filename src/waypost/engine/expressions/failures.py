"""Say why an expression failed without repeating any value it looked at."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jlens import JlensError

_REASONS = {
    "D1001": "a number is out of range",
    "D1002": "a value that is not a number was negated",
    "D1004": "a regular expression matches the empty text",
    "D1009": "two keys of an object are the same",
    "D1011": "it recurses too deeply",
    "D1012": "it took too long",
    "D2014": "a range is too large",
    "D2016": "a text would be too long",
    "D3001": "a function cannot be turned into a text",
    "D3030": "a value is not a number",
    "D3061": "a power is not a finite number",
    "D3137": "it raised an error of its own",
    "D3138": "$single matched more than one value",
    "D3139": "$single matched no value",
    "D3141": "an assertion does not hold",
    "T0410": "an argument has the wrong type",
    "T0411": "an argument has the wrong type",
    "T0412": "an argument has the wrong type",
    "T1003": "a key of an object is not a text",
    "T1006": "something that is not a function was called",
    "T2001": "the left side is not a number",
    "T2002": "the right side is not a number",
    "T2003": "the left end of a range is not an integer",
    "T2004": "the right end of a range is not an integer",
    "T2007": "values of different types cannot be ordered",
    "T2008": "a sort key is neither a text nor a number",
    "T2009": "values of different types cannot be compared",
    "T2010": "only texts and numbers can be compared",
    "U1001": "a text, an array or the result would be too large",
    "U1004": "the input is not JSON",
    "U1006": "it took too many steps",
}
_RAISED_BY_AUTHOR = {"D3137", "D3141"}


def describe(error: "JlensError", source: str) -> str:
    """Return the reason and place of an engine's error, free of the data it was evaluated on."""
    code = getattr(error, "code", None) or "unknown"
    if code in _RAISED_BY_AUTHOR and f'"{error}"' in source:
        reason = str(error)  # the author's own literal words
    else:
        reason = _REASONS.get(code, "it cannot be evaluated")
    return _sentence(reason, code, error, source)


def describe_syntax(error: "JlensError", source: str) -> str:
    """Return the engine's own words about a text it cannot read: there is no data in them yet."""
    return _sentence(str(error), error.code, error, source)


def _sentence(reason: str, code: str, error: "JlensError", source: str) -> str:
    return f"{reason.rstrip('.')} ({code}{_place(error, source)})"


def is_result_too_large(error: "JlensError") -> bool:
    """Report whether the limit hit was that of the whole result."""
    return error.code == "U1001" and str(error).startswith("The result ")


def _place(error: "JlensError", source: str) -> str:
    position = getattr(error, "position", None)
    if not isinstance(position, int) or position > len(source):
        return ""
    before = source[:position]
    line = before.count("\n") + 1
    column = max(1, position - (before.rfind("\n") + 1))
    token = getattr(error, "token", None)
    named = f", at {token}" if isinstance(token, str) and token in source else ""
    return f", line {line}, column {column}{named}"
