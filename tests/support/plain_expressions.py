"""Plain expressions and data for them, at random: what plain code and the engine are compared on."""

from typing import Any

from hypothesis import strategies as st

FIELDS = ("a", "b", "c", "n")
_TEXTS = ("", "a", "b", "Ab c", " x  y ", "true", "É", "straße", "a_b@c")
_NUMBERS = (0, 1, 2, -1, 999_999_999_999_999, 2**53, 2**60, 1.5, 5.0)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_TEXTS),
    st.text(max_size=3),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=12,
)
items: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)
scopes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"r": items | values}, optional={"s": items | values}
)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


literals = st.one_of(
    st.sampled_from(("true", "false", "null", "0", "1", "7")),
    st.sampled_from(_TEXTS).map(_quoted),
)
names = st.sampled_from((*FIELDS, "`n`", "r", "s"))
_roots = st.sampled_from(("r", "s", "r.a", "r.b", "s.a", "r.a.b", "s.n.c", "r.a[0]", "$v", "$w.a"))
_predicates = st.one_of(
    st.sampled_from(
        ("0", "1", "$", "$ != null", "a", "a = b", "$exists(n)", '$ = "a"', "$ in r.a")
    ),
    st.sampled_from(('a = "a"', "b != 1", "$not(a)", "$type($) = 'string'", "c[0]", "n.a", "$.a")),
)
_patterns = st.sampled_from(("/[^a-z0-9]+/", "/a/", "/ +/", "/[A-Z]/", "/ab/"))


def _extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = inner.map(lambda text: f"({text})")
    joined = st.sampled_from(("&", "=", "!=", "in", "and", "or", "<", ">=", "&"))
    one = ("lowercase", "uppercase", "trim", "string", "exists", "not", "boolean", "count", "type")
    two = ("lookup", "join", "contains", "substringBefore", "substringAfter")
    keys = st.sampled_from(("k", "l", "a b", "1", "é"))
    members = st.dictionaries(keys, inner, max_size=3).map(
        lambda pairs: (
            "{" + ", ".join(f"{_quoted(key)}: {value}" for key, value in pairs.items()) + "}"
        )
    )
    return st.one_of(
        st.builds("{} {} {}".format, group, joined, group),
        st.builds("{} {} {}".format, inner, joined, inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("({} ? {})".format, inner, inner),
        inner.map(lambda text: f"({text} ? {text})"),
        st.builds("{}.{}".format, _roots | group, names),
        st.builds("{}[{}]".format, _roots | group, _predicates),
        st.builds("{}[{}].{}".format, _roots, _predicates, names),
        st.builds("{}.{}[{}]".format, _roots, names, _predicates),
        st.builds("{}.{}".format, _roots, members),
        st.builds("${}({})".format, st.sampled_from((*one, "length")), inner),
        st.builds("${}({}, {})".format, st.sampled_from(two), inner, inner),
        st.builds('$replace({}, {}, "_")'.format, inner, _patterns),
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "][$]"),
        members,
        st.builds("($x := {}; [{}, $x, $x.a])".format, inner, inner),
        st.builds("($x := {}; $x = {})".format, inner, inner),
        st.builds("$f({})".format, inner),
        st.builds("$g({}, {})".format, inner, inner),
    )


_bodies = st.recursive(literals | _roots, _extended, max_leaves=6)
texts: st.SearchStrategy[str] = st.builds(
    (
        "($v := r.c; $w := s; $f := function($p) {{ $lowercase($p) & r.a }}; "
        '$g := function($p, $q) {{ ($o := $p.a; {{"o": $o, "f": $f($q), "q": [$q]}}) }}; '
        '{{"whole": {}, "in": [{}]}})'
    ).format,
    _bodies,
    _bodies,
)
"""Every result is shown inside an object and a list, where absent and null differ."""
