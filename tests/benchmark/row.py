"""A row of the benchmark: what was measured, beside which baseline, and whether the goal is met."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, TypeVar

Sample = TypeVar("Sample")


@dataclass(frozen=True)
class Series:
    """One thing, measured again and again."""

    what: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.samples)

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "median": self.median, "samples": self.samples}


@dataclass(frozen=True)
class Goal:
    """The most that the row's median may be: that of the values, or of their ratios to the baseline; or the least."""

    bound: float
    of: Literal["value", "ratio", "least"]

    def __str__(self) -> str:
        return f"at {'least' if self.of == 'least' else 'most'} {self.bound:g}{'×' if self.of == 'ratio' else ''}"


@dataclass(frozen=True)
class Row:
    """`value` and `baseline` were measured in turn: their samples of one round belong together, and share its noise.

    Without a baseline, or beside one that is 0, there is no ratio.
    """

    name: str
    unit: str
    value: Series
    baseline: Series | None
    goal: Goal

    @property
    def ratio(self) -> Series | None:
        """Value to baseline, round by round."""
        if self.baseline is None or 0 in self.baseline.samples:
            return None
        rounds = zip(self.value.samples, self.baseline.samples, strict=True)
        return Series("ratio", tuple(value / baseline for value, baseline in rounds))

    @property
    def is_met(self) -> bool:
        if self.goal.of == "least":
            return self.value.median >= self.goal.bound
        measured = self.value if self.goal.of == "value" else self.ratio
        return measured is not None and measured.median <= self.goal.bound

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value.as_json(),
            "baseline": self.baseline and self.baseline.as_json(),
            "ratio": self.ratio and self.ratio.as_json(),
            "goal": {"bound": self.goal.bound, "of": self.goal.of},
            "met": self.is_met,
        }


def in_turn(rounds: int, *measures: Callable[[], Sample]) -> list[tuple[Sample, ...]]:
    """The samples of each measure. Each round asks all of them, so that whatever slows the machine slows them alike."""
    samples = [[measure() for measure in measures] for _ in range(rounds)]
    return list(zip(*samples, strict=True))
