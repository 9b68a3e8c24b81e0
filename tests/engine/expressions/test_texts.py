"""Functions over texts."""

from typing import Any

import pytest

from waypost.base.errors import ManifestError
from waypost.engine.expressions import compile_expression

CASES = [
    ("$toNumber(' 12 ')", 12),
    ("$toNumber('1.5')", 1.5),
    ("$toNumber('')", 0),
    ("$toNumber(true)", 1),
    ("$toNumber('x')", None),
    ("$toNumber('Infinity')", None),
    ("$toNumber([1])", None),
    ("$jsonParse('{\"a\": [1]}')", {"a": [1]}),
    ("$jsonParse('{')", None),
    ("$jsonParse(nope)", None),
    ("$wrap('a', '(', ')')", "(a)"),
    ("$wrap('a', '|')", "|a|"),
    ("$parseUrl('https://a.test:8443/b?c=1#d').host", "a.test:8443"),
    ("$parseUrl('https://a.test').pathname", "/"),
    ("$parseUrl('https://a.test/?x=1').search", "?x=1"),
    ("$parseUrl('nonsense')", None),
    ("$parseUrl('https://[x')", None),
    ("$parseQuery('a[b]=1&c=2')", {"a": {"b": "1"}, "c": "2"}),
    ("$stringifyQuery({'a': [1, 2]})", "a%5B0%5D=1&a%5B1%5D=2"),
    ("$digest('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("$digest('a', 'SHA-1')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("$digest('a', 'SHA-1', 'base64')", "hvfkN/qlp/zhXR3cuerq6jd2Z7g="),
    ("$digest('a', 'SHA-1', 'base64-urlSafe')", "hvfkN_qlp_zhXR3cuerq6jd2Z7g"),
    ("$sign('a', 'SHA-256', 'k', 'base64')", "eNqRUR5nVYf1ud94vt669VYNoqu4gWLuh13N90SVHZ4="),
    ("$base64decode($base64encode('abc'))", "abc"),
]


@pytest.mark.parametrize(("text", "value"), CASES, ids=[text for text, _ in CASES])
def test_gives(text: str, value: Any) -> None:
    found = compile_expression(text).evaluate({})
    assert found == value
    assert type(found) is type(value)


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(ManifestError):
        compile_expression("$digest('a', 'MD5')").evaluate({})
