"""The restricted Twig of texts and templates."""

from __future__ import annotations

from typing import Any

import pytest

from waypost_sandbox.email.twig import TwigError, compiles, render

DATA: dict[str, Any] = {
    "name": "Ada",
    "number": 4,
    "user": {"city": "Porto", "tags": ["a", "b"]},
    "items": [{"n": "tea", "p": 2.5}, {"n": "pot", "p": 10}],
    "empty": [],
    "yes": True,
}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("plain", "plain"),
        ("{{ name }}/{{user.city}}/{{ user.tags[1] }}", "Ada/Porto/b"),
        ("{{ number + number }} {{ number * 2 - 1 }} {{ 7 / 2 }}", "8 7 3.5"),
        ("{{ missing }}{{ missing.deeper }}", ""),
        ("{{ missing|default('friend') }}", "friend"),
        ("{{ name|upper }} {{ name|lower }} {{ name|length }}", "ADA ada 3"),
        ("{{ user|keys|join(',') }}", "city,tags"),
        ("{{ '<b>'|escape }}", "&lt;b&gt;"),
        ("{% if number > 3 and yes %}big{% else %}small{% endif %}", "big"),
        ("{% if number == 1 %}1{% elseif number == 4 %}4{% else %}?{% endif %}", "4"),
        ("{% if not missing %}none{% endif %}", "none"),
        ("{% if 'a' in user.tags %}in{% endif %}", "in"),
        ("{% for i in items %}{{ loop.index }}{{ i.n }};{% endfor %}", "1tea;2pot;"),
        ("{% for k, v in user %}{{ k }} {% endfor %}", "city tags "),
        ("{% for i in empty %}x{% else %}nothing{% endfor %}", "nothing"),
        ("{# hidden #}{{ name ~ '!' }}", "Ada!"),
    ],
)
def test_what_is_printed(source: str, shown: str) -> None:
    assert compiles(source)
    assert render(source, DATA) == shown


@pytest.mark.parametrize(
    "source",
    [
        "{{ name",
        "{{ }}",
        "{{ name | nosuch }}",
        "{{ 1 + }}",
        "{{ a b }}",
        "{% if %}x{% endif %}",
        "{% if a %}x",
        "{% for in b %}{% endfor %}",
        "{% include 'x' %}",
        "{% endif %}",
        "{{ $x }}",
    ],
)
def test_what_does_not_compile(source: str) -> None:
    assert not compiles(source)


def test_a_subject_prints_but_does_not_branch() -> None:
    assert compiles("Hello {{ name }}", in_subject=True)
    assert not compiles("{% if a %}b{% endif %}", in_subject=True)


def test_values_bring_only_harmless_tags_into_html() -> None:
    data = {"x": "<p>ok</p><script>bad</script><iframe src=1>"}
    assert render("{{ x }}", data, as_html=True) == "<p>ok</p>bad"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        # What Twig does where its Python relatives do otherwise.
        ("{{ '2' + '3' }}", "5"),
        ("{{ missing * 2 }}{{ missing + 1 }}", "01"),
        ("{{ yes }}{{ not yes }}", "1"),
        ("{% for v in {} %}{% endfor %}{% for v in user.tags %}{{ v }}{% endfor %}", None),
        ("{{ yes ? 'on' : 'off' }}{{ missing ?: 'none' }}{{ yes ? 'x' }}", "onnonex"),
        ("{{ missing ?? name }}{{ name ?? 'x' }}", "AdaAda"),
        ("{% if name is defined and missing is not defined %}ok{% endif %}", "ok"),
        ("{% if empty is empty and number is even %}ok{% endif %}", "ok"),
    ],
)
def test_it_is_twig_and_not_a_relative(source: str, shown: str | None) -> None:
    assert compiles(source) is (shown is not None)
    if shown is not None:
        assert render(source, DATA) == shown


NESTED = "{% for a in l %}" * 8 + "x" + "{% endfor %}" * 8


@pytest.mark.parametrize(
    "source",
    [
        NESTED,
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a|length }}",
        "{% for i in l %}{% for j in l %}{{ text }}{% endfor %}{% endfor %}",
    ],
)
def test_a_costly_template_is_stopped(source: str) -> None:
    assert compiles(source)
    with pytest.raises(TwigError):
        render(source, {"l": list(range(100)), "text": "x" * 10_000})


@pytest.mark.parametrize(
    "source",
    ["{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "{% if a %}" * 5000 + "{% endif %}" * 5000],
)
def test_a_deeply_nested_template_does_not_compile(source: str) -> None:
    assert not compiles(source)
