"""The built-in functions that plain code knows, and how each is called in it."""

import re
from dataclasses import dataclass

from waypost.engine.expressions.plain.tree import NotPlain

LONGEST_REPLACEMENT = 100


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """How a function is called in generated code, and what it gives.

    `kind` is as in `generate.Value`; `is_always` says that it never gives nothing; `usual` is
    what to compute instead, and when.
    """

    code: str
    arguments: tuple[int, ...]
    kind: str
    is_always: bool = False
    usual: str = ""

    def called(self, given: list[str]) -> str:
        """Return the call with these names as arguments, past the function in the usual case."""
        call = f"{self.code}({', '.join(given)})"
        return f"{self.usual.format(*given)} else {call}" if self.usual else call


BUILT_IN = {
    "boolean": BuiltIn("w.boolean", (1,), "bool"),
    "contains": BuiltIn("w.contains", (2,), "bool"),
    "count": BuiltIn(
        "count", (1,), "number", is_always=True, usual="len({0}) if type({0}) is list"
    ),
    "exists": BuiltIn("exists", (1,), "bool", is_always=True),
    "join": BuiltIn("w.join", (1, 2), "text"),
    "length": BuiltIn("w.length", (1,), "number"),
    "lookup": BuiltIn(
        "w.member",
        (2,),
        "any",
        usual="{0}.get({1}, ABSENT) if type({1}) is str and type({0}) is dict",
    ),
    "lowercase": BuiltIn("w.lowercase", (1,), "text"),
    "not": BuiltIn("w.negated", (1,), "bool"),
    "replace": BuiltIn("w.replace", (3,), "text"),
    "string": BuiltIn("written", (1,), "text", usual="{0} if type({0}) is str"),
    "substringAfter": BuiltIn("w.after", (2,), "text"),
    "substringBefore": BuiltIn("w.before", (2,), "text"),
    "trim": BuiltIn("w.trim", (1,), "text"),
    "type": BuiltIn("kind_of", (1,), "text"),
    "uppercase": BuiltIn("w.uppercase", (1,), "text"),
}
"""By name, without the `$`. Only with all their arguments: a missing one means what is around."""

# One class or letter, perhaps repeated, or a row of them: what every engine of regular expressions
# reads in the same way, and finds in one pass.
_LETTER = r"[A-Za-z0-9 _,:;@-]"
_CLASS = r"\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _.,:;@])+\]"
_ONE_PASS = re.compile(rf"(?:{_LETTER}|{_CLASS})\+?|(?:{_LETTER}|{_CLASS})+")


def one_pass(source: str) -> re.Pattern[str]:
    """Return a regular expression that is plain; raises NotPlain for any other."""
    if not _ONE_PASS.fullmatch(source):
        raise NotPlain
    try:
        return re.compile(source)
    except re.error:
        raise NotPlain from None


def replacement(text: object) -> str:
    """Return a replacement that means itself, for Python's `re`; raises NotPlain for any other."""
    if not isinstance(text, str) or "$" in text or len(text) > LONGEST_REPLACEMENT:
        raise NotPlain
    return text.replace("\\", "\\\\")
