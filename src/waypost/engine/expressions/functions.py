"""The functions an expression may call besides JSONata's own: one closed table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from waypost.engine.expressions import lists, texts


@dataclass(frozen=True, slots=True)
class ExtraFunction:
    """One function: how it is called, what it gives (for the reference), its implementation."""

    usage: str
    gives: str
    implementation: Callable[..., Any]


def _table(*functions: ExtraFunction) -> dict[str, ExtraFunction]:
    return {function.usage.partition("(")[0].removeprefix("$"): function for function in functions}


FUNCTIONS = _table(
    ExtraFunction("$firstNonEmpty(a, b, …)", "the first value there is", lists.first_present),
    ExtraFunction("$compact(list)", "the list without null, false, 0 and ''", lists.compact),
    ExtraFunction("$removeEmpty(list)", "nothing for an empty list", lists.remove_empty),
    ExtraFunction(
        "$removeEmptyItems(list)",
        "the list without null, '', {} and []",
        lists.remove_empty_items,
    ),
    ExtraFunction("$pick(object, keys)", "the object with these keys only", lists.pick),
    ExtraFunction("$omit(object, keys)", "the object without these keys", lists.omit),
    ExtraFunction("$values(object)", "the object's values, a list", lists.values),
    ExtraFunction("$keyBy(list, key)", "an object: key to its last item", lists.key_by),
    ExtraFunction("$groupBy(list, key)", "an object: key to its items", lists.group_by),
    ExtraFunction("$orderBy(list, keys, orders)", "the list sorted, null last", lists.order_by),
    ExtraFunction("$find(list, match)", "the first matching item", lists.find),
    ExtraFunction("$lofilter(list, match)", "all matching items", lists.find_all),
    ExtraFunction("$chunk(list, size)", "lists of at most `size` items", lists.chunk),
    ExtraFunction("$flatten(list)", "one level of lists opened", lists.flatten),
    ExtraFunction("$flattenDeep(list)", "every level opened", lists.flatten_deep),
    ExtraFunction("$flattenDepth(list, depth)", "`depth` levels opened", lists.flatten),
    ExtraFunction("$difference(a, b)", "the items of a that b lacks", lists.difference),
    ExtraFunction(
        "$mapValues(value, table, unused?, default?)",
        "the value, or each value inside, looked up regardless of case",
        lists.map_values,
    ),
    ExtraFunction("$toNumber(value)", "a number, or nothing", texts.to_number),
    ExtraFunction("$jsonParse(text)", "the value of a JSON text, or nothing", texts.json_parse),
    ExtraFunction("$wrap(text, start, end?)", "the text between two others", texts.wrap),
    ExtraFunction("$parseUrl(text)", "an address's parts", texts.parse_url),
    ExtraFunction("$parseQuery(text)", "a query string as an object", texts.parse_query_text),
    ExtraFunction("$stringifyQuery(object)", "an object as a query string", texts.stringify_query),
    ExtraFunction("$digest(text, algorithm?, format?)", "a hash of the text", texts.digest),
    ExtraFunction("$sign(text, algorithm, secret, format?)", "an HMAC of the text", texts.sign),
)
"""By name, without the `$`."""
