"""How much one evaluation may use."""

from dataclasses import astuple, dataclass
from typing import TypedDict


class EngineOptions(TypedDict):
    """The limits as the expression engine names them."""

    timeout: float
    max_depth: int
    max_steps: int
    max_string_length: int
    max_array_length: int
    max_result_size: int


@dataclass(frozen=True, slots=True)
class EvaluationLimits:
    """Bounds of one evaluation: seconds, levels, steps, bytes of a built text, items, bytes.

    Texts and arrays that an expression only passes through from its input do not count against
    `string_length` and `array_length`; they do count in `result_size`, which therefore grows
    with the texts of the input (see `CompiledExpression.evaluate`). There is no direct bound on
    memory: it follows from time, steps and sizes, at worst some hundreds of megabytes for half
    a second.
    """

    seconds: float = 0.5
    depth: int = 100
    steps: int = 500_000
    string_length: int = 1_000_000
    array_length: int = 20_000
    result_size: int = 4_000_000

    def least(self, other: "EvaluationLimits") -> "EvaluationLimits":
        """Return the lower of each two bounds."""
        return EvaluationLimits(*map(min, astuple(self), astuple(other)))

    def options(self, result_size: int | None = None) -> EngineOptions:
        """Return the limits as the engine's keyword arguments."""
        return {
            "timeout": self.seconds,
            "max_depth": self.depth,
            "max_steps": self.steps,
            "max_string_length": self.string_length,
            "max_array_length": self.array_length,
            "max_result_size": self.result_size if result_size is None else result_size,
        }


DEFAULT_LIMITS = EvaluationLimits()
USERS_LIMITS = EvaluationLimits(string_length=200_000, array_length=10_000)
"""For what a user wrote, who may mean harm: at worst some 80 MB (measured)."""
