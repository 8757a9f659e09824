"""A row of the benchmark: what was measured, beside which baseline, and whether the goal is met."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Literal, TypeVar

Sample = TypeVar("Sample")


@dataclass(frozen=True)
class Series:
    """One thing, measured again and again. Its figure is the median, or another percentile of the samples."""

    what: str
    samples: tuple[float, ...]
    percentile: int = 50

    @property
    def figure(self) -> float:
        if self.percentile == 50 or len(self.samples) == 1:
            return median(self.samples)
        return quantiles(self.samples, n=100, method="inclusive")[self.percentile - 1]

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "figure": self.figure, "percentile": self.percentile, "samples": self.samples}


@dataclass(frozen=True)
class Goal:
    """The most that the row's figure may be: that of the values, of their ratios to the baseline, or of what they add
    to it; or the least that it may be.
    """

    bound: float
    of: Literal["value", "ratio", "added", "least"]

    def in_words(self, unit: str) -> str:
        least = "at least" if self.of == "least" else "at most"
        return f"{least} {self.bound:g}×" if self.of == "ratio" else f"{least} {self.bound:g} {unit}".strip()


@dataclass(frozen=True)
class Row:
    """`value` and `baseline` were measured in turn: their samples of one round belong together, and share its noise.

    Without a baseline, or beside one that is 0, there is no ratio. `reason` says why the goal is missed, if it is.
    """

    name: str
    unit: str
    value: Series
    baseline: Series | None
    goal: Goal | None = None
    reason: str = "no reason is known"

    @property
    def ratio(self) -> Series | None:
        """Value to baseline, round by round."""
        if self.baseline is None or 0 in self.baseline.samples:
            return None
        return Series("ratio", tuple(v / b for v, b in self._rounds(self.baseline)), self.value.percentile)

    @property
    def added(self) -> Series | None:
        """Value less baseline, round by round."""
        if self.baseline is None:
            return None
        return Series("added", tuple(v - b for v, b in self._rounds(self.baseline)), self.value.percentile)

    @property
    def is_met(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        if self.goal.of == "least":
            return self.value.figure >= self.goal.bound
        measured = {"value": self.value, "ratio": self.ratio, "added": self.added}[self.goal.of]
        return measured is not None and measured.figure <= self.goal.bound

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value.as_json(),
            "baseline": self.baseline and self.baseline.as_json(),
            "ratio": self.ratio and self.ratio.as_json(),
            "added": self.added and self.added.as_json(),
            "goal": self.goal and {"bound": self.goal.bound, "of": self.goal.of},
            "met": self.is_met,
            "reason": self.reason,
        }

    def _rounds(self, baseline: Series) -> Iterator[tuple[float, float]]:
        return zip(self.value.samples, baseline.samples, strict=True)


@dataclass(frozen=True)
class Table:
    """What is better read as a table of its own."""

    title: str
    headings: Sequence[str]
    lines: Sequence[Sequence[str | float]]

    def as_json(self) -> dict[str, Any]:
        return {"title": self.title, "headings": self.headings, "lines": self.lines}


Findings = Sequence[Row | Table]


def in_turn(rounds: int, *measures: Callable[[], Sample]) -> list[tuple[Sample, ...]]:
    """The samples of each measure. Each round asks all of them, so that whatever slows the machine slows them alike."""
    samples = [[measure() for measure in measures] for _ in range(rounds)]
    return list(zip(*samples, strict=True))
