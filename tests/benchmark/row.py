"""A row of the benchmark: what was measured, beside which baseline, and whether the goal is met."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal


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
    """The most that the row's median may be: that of the values themselves, or of their ratios to the baseline."""

    at_most: float
    of: Literal["value", "ratio"]


@dataclass(frozen=True)
class Row:
    """`value` and `baseline` were measured in turn: their samples of one round belong together, and share its noise."""

    name: str
    unit: str
    value: Series
    baseline: Series
    goal: Goal

    @property
    def ratio(self) -> Series:
        """Value to baseline, round by round."""
        rounds = zip(self.value.samples, self.baseline.samples, strict=True)
        return Series("ratio", tuple(value / baseline for value, baseline in rounds))

    @property
    def is_met(self) -> bool:
        measured = self.value if self.goal.of == "value" else self.ratio
        return measured.median <= self.goal.at_most

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value.as_json(),
            "baseline": self.baseline.as_json(),
            "ratio": self.ratio.as_json(),
            "goal": {"at_most": self.goal.at_most, "of": self.goal.of},
            "met": self.is_met,
        }


def in_turn(rounds: int, *measures: Callable[[], float]) -> list[tuple[float, ...]]:
    """The samples of each measure. Each round asks all of them, so that whatever slows the machine slows them alike."""
    samples = [[measure() for measure in measures] for _ in range(rounds)]
    return list(zip(*samples, strict=True))
