"""A plain expression, ready to be evaluated."""

from collections.abc import Mapping, Sequence
from typing import Any

from waypost.engine.expressions.limits import EvaluationLimits
from waypost.engine.expressions.plain.generate import Plan, generate
from waypost.engine.expressions.plain.parse import parse
from waypost.engine.expressions.plain.tree import Node, NotPlain
from waypost.engine.expressions.plain.work import Work

_ALONE = (None,)


class PlainExpression:
    """One expression as Python code; raises NotUsual for data that are the engine's.

    It always ends, by construction: no recursion, no loop but over a list at hand, and every
    step, item and byte is paid for out of the same limits as the engine's (see `work.Work`).
    Its results may hold parts of its input, which nobody may change.
    """

    __slots__ = ("_plans", "_root")

    def __init__(self, root: Node, alone: Plan) -> None:
        self._root = root
        self._plans: dict[str | None, Plan] = {None: alone}

    def evaluate(self, scope: Mapping[str, Any], limits: EvaluationLimits) -> Any:
        """Return the value over a scope; absent is None."""
        plan = self._plans[None]
        return plan.run(scope, _ALONE, Work(limits, records=1, steps=plan.steps, size=plan.size))[0]

    def evaluate_over(
        self,
        shared: Mapping[str, Any],
        name: str,
        items: Sequence[Any],
        limits: EvaluationLimits,
    ) -> list[Any]:
        """Return one value for each item, which the scope holds under `name`."""
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = generate(self._root, name)
        work = Work(limits, records=len(items), steps=plan.steps, size=plan.size)
        return plan.run(shared, items, work)


def compile_plain(text: str) -> PlainExpression | None:
    """Return an expression that the engine has accepted as plain code; None when it is not plain."""
    try:
        root = parse(text)
        return PlainExpression(root, generate(root, None))
    except (NotPlain, RecursionError):
        return None
