"""Templates: text, prints, conditions and loops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from waypost_sandbox.email.twig.expression import Expression, parse_expression
from waypost_sandbox.email.twig.filters import as_text
from waypost_sandbox.email.twig.fuel import TwigError, limit_cost, spend

Data = dict[str, Any]
Node = Callable[[Data], str]

_ENDINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_OPENING = re.compile(r"\{[{%#]")
_FOR = re.compile(r"^([A-Za-z]\w*)(?:\s*,\s*([A-Za-z]\w*))?\s+in\s+(.+)$", re.DOTALL)
# Tags that values may bring into html; everything else of them is shown as text.
_ALLOWED_TAGS = (
    "p|b|i|strong|em|a|li|ul|q|blockquote|abbr|address|cite|bdo|strike|u|h1|h2|h3|br|img"
)
_REFUSED_TAG = re.compile(rf"<(?!/?(?:{_ALLOWED_TAGS})\b)/?[A-Za-z!][^>]*>", re.IGNORECASE)


def compiles(source: str, *, in_subject: bool = False) -> bool:
    """Say whether a text compiles; a subject may print but not branch or loop."""
    try:
        with limit_cost():
            _compile(source)
    except TwigError:
        return False
    return not (in_subject and "{%" in source)


def render(source: str, data: Data, *, as_html: bool = False) -> str:
    """Render a text; a name without a value prints nothing (GUESS).

    Raise TwigError when it takes too long.
    """
    with limit_cost():
        prepared = _clean(data) if as_html else dict(data)
        return "".join(node(prepared) for node in _compile(source))


def _clean(value: Any) -> Any:
    """Take tags out of values that a value may not bring; plain loops, as data may be deep."""
    if isinstance(value, str):
        # Behind the last bracket no tag ends: not looking there keeps this linear.
        end = value.rfind(">") + 1
        return _REFUSED_TAG.sub("", value[:end]) + value[end:]
    if isinstance(value, dict):
        cleaned: dict[str, Any] = {}
        for key, held in value.items():
            cleaned[key] = _clean(held)
        return cleaned
    if isinstance(value, list):
        items: list[Any] = []
        for held in value:
            items.append(_clean(held))
        return items
    return value


def _split(source: str) -> Iterator[str]:
    """Split a text into words and tags, in one pass however many tags stay open."""
    place, never = 0, set[str]()
    for match in _OPENING.finditer(source):
        start = match.start()
        ending = _ENDINGS[match[0]]
        if start < place or ending in never:
            continue
        end = source.find(ending, start + 2)
        if end < 0:
            never.add(ending)
            continue
        yield source[place:start]
        yield source[start : end + 2]
        place = end + 2
    yield source[place:]


@lru_cache(maxsize=512)
def _compile(source: str) -> tuple[Node, ...]:
    parts = _split(source)
    nodes, ending = _read_block(parts, ())
    if ending:
        raise TwigError(f"unexpected {ending}")
    return nodes


def _read_block(parts: Iterator[str], endings: tuple[str, ...]) -> tuple[tuple[Node, ...], str]:
    """Read nodes until a tag that ends the block; return that tag too."""
    nodes: list[Node] = []
    for part in parts:
        if part.startswith("{%") and part.endswith("%}"):
            tag = part[2:-2].strip(" \t\r\n-")
            word, _, rest = tag.partition(" ")
            if word in endings:
                return tuple(nodes), tag
            nodes.append(_read_tag(parts, word, rest.strip()))
        elif part.startswith("{{") and part.endswith("}}"):
            nodes.append(_make_print(parse_expression(part[2:-2].strip("-"))))
        elif "{{" in part or "{%" in part:
            raise TwigError("a tag is not closed")
        elif not part.startswith("{#"):
            nodes.append(_make_text(part))
    if endings:
        raise TwigError(f"expected {endings[-1]}")
    return tuple(nodes), ""


def _read_tag(parts: Iterator[str], word: str, rest: str) -> Node:
    if word == "if":
        return _read_if(parts, rest)
    if word == "for":
        return _read_for(parts, rest)
    if word == "set":
        return _read_set(rest)
    raise TwigError(f"unknown tag {word}")


def _read_if(parts: Iterator[str], condition: str) -> Node:
    branches: list[tuple[Expression, tuple[Node, ...]]] = []
    test = parse_expression(condition)
    while True:
        nodes, tag = _read_block(parts, ("elseif", "else", "endif"))
        branches.append((test, nodes))
        word, _, rest = tag.partition(" ")
        if word == "endif":
            break
        test = parse_expression(rest) if word == "elseif" else _always

    def show(data: Data) -> str:
        for holds, chosen in branches:
            if holds(data):
                return "".join(node(data) for node in chosen)
        return ""

    return show


def _always(_: Data) -> bool:
    return True


def _read_for(parts: Iterator[str], head: str) -> Node:
    match = _FOR.match(head)
    if match is None:
        raise TwigError("a loop names its variable and what it walks")
    first, second, walked = match[1], match[2], parse_expression(match[3])
    nodes, tag = _read_block(parts, ("else", "endfor"))
    otherwise: tuple[Node, ...] = ()
    if tag == "else":
        otherwise, _ = _read_block(parts, ("endfor",))

    def show(data: Data) -> str:
        pairs = _walk(walked(data))
        if not pairs:
            return "".join(node(data) for node in otherwise)
        shown: list[str] = []
        for place, (key, item) in enumerate(pairs, start=1):
            names = {first: key, second: item} if second else {first: item}
            loop = {
                "index": place,
                "index0": place - 1,
                "first": place == 1,
                "last": place == len(pairs),
                "length": len(pairs),
            }
            spend(1 + len(data))
            inner = {**data, **names, "loop": loop}
            shown += [node(inner) for node in nodes]
        return "".join(shown)

    return show


def _walk(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _read_set(rest: str) -> Node:
    name, sign, source = rest.partition("=")
    if not sign or not name.strip().isidentifier():
        raise TwigError("a set names its variable and its value")
    expression = parse_expression(source)

    def show(data: Data) -> str:
        data[name.strip()] = expression(data)
        return ""

    return show


def _make_text(text: str) -> Node:
    def show(_: Data) -> str:
        spend(written=len(text))
        return text

    return show


def _make_print(expression: Expression) -> Node:
    def show(data: Data) -> str:
        text = as_text(expression(data))
        spend(written=len(text))
        return text

    return show
