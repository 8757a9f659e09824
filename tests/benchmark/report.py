"""What a run of the benchmark leaves behind: a table to read, and JSON to draw plots from."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from tests.benchmark.row import Row, Series

HEADINGS = ("row", "what", "median", "min to max", "baseline", "median", "ratio", "min to max", "goal", "")


@dataclass(frozen=True)
class Machine:
    """Where and when it was measured, and how busy that machine was: a figure means little without it."""

    at: datetime
    system: str
    python: str
    processors: int
    load: tuple[float, float, float]

    @classmethod
    def now(cls) -> Self:
        system = f"{platform.system()} {platform.machine()}"
        return cls(datetime.now(UTC), system, platform.python_version(), os.cpu_count() or 1, os.getloadavg())

    def __str__(self) -> str:
        load = " ".join(f"{average:.2f}" for average in self.load)
        return (
            f"{self.at:%Y-%m-%d %H:%M} UTC · {self.system}, {self.processors} processors · Python {self.python} · "
            f"load average {load} (1, 5, 15 minutes)"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "system": self.system,
            "python": self.python,
            "processors": self.processors,
            "load": self.load,
        }


@dataclass(frozen=True)
class Report:
    """The machine as it was before and after, and the rows."""

    before: Machine
    after: Machine
    rows: Sequence[Row]

    def as_text(self) -> str:
        rounds = max(len(row.value.samples) for row in self.rows)
        header = f"{self.before}\nat the end: load {self.after.load[0]:.2f} · medians of {rounds}, measured in turn"
        return f"{header}\n\n{_aligned([HEADINGS, *map(_cells, self.rows)])}"

    def as_json(self) -> str:
        report = {
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "rows": [row.as_json() for row in self.rows],
        }
        return json.dumps(report, indent=2) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    baseline, ratio = row.baseline, row.ratio
    return (
        row.name,
        row.value.what,
        f"{row.value.median:.2f} {row.unit}",
        _range(row.value),
        baseline.what if baseline else "",
        f"{baseline.median:.2f} {row.unit}" if baseline else "",
        f"{ratio.median:.2f}×" if ratio else "",
        _range(ratio) if ratio else "",
        f"{row.goal} {row.unit if row.goal.of != 'ratio' else ''}".strip(),
        "met" if row.is_met else "missed",
    )


def _range(series: Series) -> str:
    return f"{min(series.samples):.2f} to {max(series.samples):.2f}"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)
