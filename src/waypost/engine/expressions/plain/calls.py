"""The built-in functions that plain code knows, and how each is called in it."""

import re
from dataclasses import dataclass

from waypost.engine.expressions.plain.tree import NotPlain

LONGEST_REPLACEMENT = 100


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """How a function is called in generated code, and what it gives.

    `code` has a place for every argument. `kind` is as in `generate.Value`; `is_always` says that
    it never gives nothing.
    """

    code: str
    arguments: tuple[int, ...]
    kind: str
    is_always: bool = False

    def called(self, given: list[str]) -> str:
        """Return the call with these names as arguments."""
        return self.code.format(*given, all=", ".join(given))


_SHORT = "type({0}) is str and len({0}) <= 200"
# The usual case is written out where it is one: a call costs more than what it does.
BUILT_IN = {
    "boolean": BuiltIn("w.boolean({0})", (1,), "bool"),
    "contains": BuiltIn("w.contains({0}, {1})", (2,), "bool"),
    "count": BuiltIn(
        "len({0}) if type({0}) is list else 0 if {0} is ABSENT else 1", (1,), "number", True
    ),
    "exists": BuiltIn("{0} is not ABSENT", (1,), "bool", True),
    "join": BuiltIn("w.join({all})", (1, 2), "text"),
    "length": BuiltIn("w.length({0})", (1,), "number"),
    "lookup": BuiltIn(
        "{0}.get({1}, ABSENT) if type({1}) is str and type({0}) is dict else w.member({0}, {1})",
        (2,),
        "any",
    ),
    "lowercase": BuiltIn(
        f"{{0}}.lower() if {_SHORT} and {{0}}.isascii() else w.lowercase({{0}})", (1,), "text"
    ),
    "not": BuiltIn("w.negated({0})", (1,), "bool"),
    "replace": BuiltIn("w.replace({0}, {1}, {2})", (3,), "text"),
    "string": BuiltIn("{0} if type({0}) is str else written({0})", (1,), "text"),
    "substringAfter": BuiltIn("w.after({0}, {1})", (2,), "text"),
    "substringBefore": BuiltIn("w.before({0}, {1})", (2,), "text"),
    "trim": BuiltIn("w.trim({0})", (1,), "text"),
    "type": BuiltIn("kind_of({0})", (1,), "text"),
    "uppercase": BuiltIn(
        f"{{0}}.upper() if {_SHORT} and {{0}}.isascii() else w.uppercase({{0}})", (1,), "text"
    ),
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
