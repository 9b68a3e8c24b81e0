"""Compile an expression once and evaluate it over plain Python values."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from waypost.base.errors import ManifestError
from waypost.engine.expressions.apart import is_apart
from waypost.engine.expressions.failures import describe, describe_syntax, is_result_too_large
from waypost.engine.expressions.functions import FUNCTIONS
from waypost.engine.expressions.limits import (
    DEFAULT_LIMITS,
    USERS_LIMITS,
    EngineOptions,
    EvaluationLimits,
)
from waypost.engine.expressions.plain import NotUsual, PlainExpression, compile_plain
from waypost.engine.expressions.timing import OutOfTimeError, start_clock, within_time

if TYPE_CHECKING:
    # jlens itself is imported by the first expression that is compiled (decision 0017): a process
    # that only passes calls on has none.
    from jlens import Expression

_CACHE_SIZE = 4096
_ITEM_MEMBER = "value"
_LARGE_TEXT = 10_000


class CompiledExpression:
    """One expression, ready to be evaluated any number of times, from any thread."""

    __slots__ = ("_each", "_engine", "_is_read", "_plain", "source", "where")

    def __init__(self, source: str, where: str | None, engine: "Expression") -> None:
        self.source = source
        self.where = where
        self._engine = engine
        # `$$` is the whole input, which is not the same thing for one scope and for a list.
        self._each = None if "$$" in source else _each_engine(source)
        self._plain: PlainExpression | None = None
        self._is_read = False

    def __repr__(self) -> str:
        return f"CompiledExpression({self.where or self.source[:40]!r})"

    def names(self) -> frozenset[str]:
        """Return the names of the scope that the expression reads, as far as it names any."""
        read = self._engine.reads().get("input")
        return frozenset(read) if isinstance(read, dict) else frozenset()

    def evaluate(
        self, scope: Mapping[str, Any], *, limits: EvaluationLimits = DEFAULT_LIMITS
    ) -> Any:
        """Return the value over `scope`, whose names are the top-level fields; absent is None.

        Integers beyond 2**53 lose digits. A result larger than `limits.result_size` is accepted
        only as far as the input's own long texts (attachments, say) explain it. It may hold parts
        of the scope, which nobody may change.
        Raises `ManifestError` without any value of the scope in its message.
        """
        plain = self._as_plain()
        if plain is not None:
            try:
                return plain.evaluate(scope, _in_force(limits))
            except NotUsual:
                pass
        return self.evaluate_by_engine(scope, limits=limits)

    def evaluate_over(
        self,
        shared: Mapping[str, Any],
        name: str,
        items: Sequence[Any],
        *,
        limits: EvaluationLimits = DEFAULT_LIMITS,
    ) -> list[Any]:
        """Return one value per item, over a scope that holds what is shared, and it under `name`.

        A whole page is one evaluation, in one budget. Raises `ManifestError` as soon as one of
        them fails.
        """
        plain = self._as_plain()
        if plain is not None:
            try:
                return plain.evaluate_over(shared, name, items, _in_force(limits))
            except NotUsual:
                pass
        return self.evaluate_over_by_engine(shared, name, items, limits=limits)

    def evaluate_by_engine(
        self, scope: Mapping[str, Any], *, limits: EvaluationLimits = DEFAULT_LIMITS
    ) -> Any:
        """Return what `evaluate` returns, always from the engine: the oracle of plain code."""
        return self._run(self._engine, dict(scope), limits)

    def evaluate_over_by_engine(
        self,
        shared: Mapping[str, Any],
        name: str,
        items: Sequence[Any],
        *,
        limits: EvaluationLimits = DEFAULT_LIMITS,
    ) -> list[Any]:
        """Return what `evaluate_over` returns, always from the engine."""
        scopes = [{**shared, name: item} for item in items]
        if self._each is None:
            return [self.evaluate_by_engine(scope, limits=limits) for scope in scopes]
        wrapped = self._run(self._each, scopes, limits) if scopes else []
        return [item.get(_ITEM_MEMBER) for item in wrapped]

    @property
    def is_plain(self) -> bool:
        """Say whether the engine is needed only for unusual data."""
        return self._as_plain() is not None

    def _as_plain(self) -> PlainExpression | None:
        # Read when it is first needed: a catalogue holds more expressions than are ever evaluated.
        if not self._is_read:
            self._plain = compile_plain(self.source)
            self._is_read = True
        return self._plain

    def _run(self, engine: "Expression", scope: Any, limits: EvaluationLimits) -> Any:
        from jlens import JlensError  # noqa: PLC0415 - with the first expression

        limits = _in_force(limits)
        start_clock(limits.seconds)
        try:
            return self._within(engine, scope, limits)
        except JlensError as error:
            reason = describe(error, self.source)
        except OutOfTimeError:
            reason = "it took too long"
        except Exception as error:  # a function of ours refused its arguments
            reason = f"a function failed ({type(error).__name__})"
        # Raised outside the handlers: the engine's own message may hold a caller's data.
        raise ManifestError(f"The expression failed: {reason}.", where=self.where)

    def _within(self, engine: "Expression", scope: Any, limits: EvaluationLimits) -> Any:
        from jlens import JlensError  # noqa: PLC0415 - with the first expression

        try:
            return _evaluated(engine, scope, limits.options())
        except JlensError as error:
            if not is_result_too_large(error):
                raise
            explained = _long_texts(scope)
            if not explained:
                raise
        return _evaluated(engine, scope, limits.options(limits.result_size + 2 * explained))


def _in_force(limits: EvaluationLimits) -> EvaluationLimits:
    return limits.least(USERS_LIMITS) if is_apart() else limits


def _evaluated(engine: "Expression", scope: Any, options: EngineOptions) -> Any:
    if is_apart():
        from jlens import Document  # noqa: PLC0415 - with the first expression

        return engine.evaluate_document(Document(scope), **options)
    return engine.evaluate(scope, **options)


def compile_expression(text: str, *, where: str | None = None) -> CompiledExpression:
    """Return the compiled form of a JSONata expression; the same text is compiled once.

    Raises `ManifestError` on a syntax error, on a name that is neither bound in the expression
    nor a known function, and on `$eval`.
    """
    return _compile(text, where)


@lru_cache(maxsize=_CACHE_SIZE)
def _compile(text: str, where: str | None) -> CompiledExpression:
    from jlens import Expression, JlensError  # noqa: PLC0415 - with the first expression

    try:
        engine = Expression(text)
    except JlensError as error:
        reason = describe_syntax(error, text)
        raise ManifestError(f"The expression cannot be read: {reason}.", where=where) from None
    _give_functions(engine, where, text)
    return CompiledExpression(text, where, engine)


def _each_engine(source: str) -> "Expression":
    from jlens import Expression  # noqa: PLC0415 - with the first expression

    engine = Expression(f'[$.{{"{_ITEM_MEMBER}": ({source})}}]')
    _give_functions(engine, None, source)
    return engine


def _give_functions(engine: "Expression", where: str | None, source: str) -> None:
    reads = engine.reads()
    if reads.get("everyBinding"):
        raise ManifestError("The expression uses $eval, which turns data into code.", where=where)
    free = [name for name in reads["bindings"] if not _is_bound_later(name, source)]
    unknown = sorted(name for name in free if name not in FUNCTIONS)
    if unknown:
        raise ManifestError(_unknown(unknown[0]), where=where)
    for name in free:
        engine.register_function(name, within_time(FUNCTIONS[name].implementation))


def _is_bound_later(name: str, source: str) -> bool:
    """Report whether a name used in a function is bound further down (mutual recursion)."""
    return re.search(rf"\${re.escape(name)}\s*:=", source) is not None


def _unknown(name: str) -> str:
    near = get_close_matches(name, [*FUNCTIONS, *_BUILT_IN], n=1)
    hint = f"; did you mean ${near[0]}?" if near else "."
    return f"The expression uses ${name}, which is neither a function nor bound in it{hint}"


def _long_texts(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode(errors="replace")) if len(value) > _LARGE_TEXT else 0
    if isinstance(value, Mapping):
        return sum(_long_texts(member) for member in value.values())
    if isinstance(value, list | tuple):
        return sum(_long_texts(member) for member in value)
    return 0


_BUILT_IN = (
    *("sum", "count", "max", "min", "average", "string", "substring", "substringBefore"),
    *("substringAfter", "lowercase", "uppercase", "length", "trim", "pad", "match", "contains"),
    *("replace", "split", "join", "formatNumber", "formatBase", "formatInteger", "parseInteger"),
    *("number", "floor", "ceil", "round", "abs", "sqrt", "power", "random", "boolean", "not"),
    *("map", "zip", "filter", "single", "reduce", "sift", "keys", "lookup", "append", "exists"),
    *("spread", "merge", "reverse", "each", "error", "assert", "type", "sort", "shuffle"),
    *("distinct", "base64encode", "base64decode", "encodeUrlComponent", "encodeUrl"),
    *("decodeUrlComponent", "decodeUrl", "toMillis", "fromMillis", "now", "millis", "clone"),
)
"""JSONata's own functions, only to suggest the nearest name."""
