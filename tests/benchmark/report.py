"""What a run of the benchmark leaves behind: a table to read, the same for the README, and JSON to draw plots from."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from tests.benchmark.row import Findings, Row, Series, Table

HEADINGS = ("row", "what", "figure", "min to max", "baseline", "figure", "against it", "min to max", "goal", "")


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
    """The machine as it was before and after, and what was found."""

    before: Machine
    after: Machine
    findings: Findings

    @property
    def rows(self) -> list[Row]:
        return [one for one in self.findings if isinstance(one, Row)]

    @property
    def tables(self) -> list[Table]:
        return [one for one in self.findings if isinstance(one, Table)]

    def as_text(self) -> str:
        took = self.after.at - self.before.at
        header = (
            f"{self.before}\nat the end: load {self.after.load[0]:.2f}, after {took.total_seconds() / 60:.1f} minutes"
        )
        missed = [f"missed: {row.name}, {row.value.what}: {row.reason}" for row in self.rows if row.is_met is False]
        parts = [header, _aligned([HEADINGS, *map(_cells, self.rows)]) if self.rows else "", "\n".join(missed)]
        parts += [f"{table.title}\n{_aligned([table.headings, *map(_words, table.lines)])}" for table in self.tables]
        return "\n\n".join(filter(None, parts))

    def as_markdown(self) -> str:
        """All of it, without the least and the most."""
        tables = [f"{table.title}\n\n{_markdown(table.headings, map(_words, table.lines))}" for table in self.tables]
        return "\n".join([f"{self.before}", "", _of_rows(self.rows), *tables])

    def as_summary(self) -> str:
        """What has a goal, and why one is missed."""
        judged = [row for row in self.rows if row.goal]
        missed = [f"Missed: {row.name}, {row.value.what}: {row.reason}." for row in judged if not row.is_met]
        return "\n".join([f"{self.before}", "", _of_rows(judged), *missed])

    def as_json(self) -> str:
        report = {
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "rows": [row.as_json() for row in self.rows],
            "tables": [table.as_json() for table in self.tables],
        }
        return json.dumps(report, indent=2) + "\n"


def _of_rows(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        name, what, figure, _, baseline, beside, against, _, goal, met = _cells(row)
        lines.append((name, what, figure, f"{baseline}: {beside}" if baseline else "", against, goal, met))
    return _markdown(("row", "what", "figure", "baseline", "against it", "goal", ""), lines)


def _cells(row: Row) -> tuple[str, ...]:
    baseline, unit = row.baseline, row.unit
    is_added = row.goal is not None and row.goal.of == "added"
    against = row.added if is_added else row.ratio
    return (
        row.name,
        row.value.what,
        _figure(row.value, unit),
        _range(row.value),
        baseline.what if baseline else "",
        _figure(baseline, unit) if baseline else "",
        "" if against is None else f"{against.figure:+.2f} {unit}" if is_added else f"{against.figure:.2f}×",
        _range(against) if against else "",
        row.goal.in_words(unit) + (" more" if is_added else "") if row.goal else "",
        {True: "met", False: "missed", None: ""}[row.is_met],
    )


def _figure(series: Series, unit: str) -> str:
    named = "" if series.percentile == 50 else f" (p{series.percentile})"
    return f"{series.figure:.2f} {unit}".strip() + named


def _range(series: Series) -> str:
    return f"{min(series.samples):.2f} to {max(series.samples):.2f}"


def _words(line: Sequence[str | float]) -> list[str]:
    return [cell if isinstance(cell, str) else f"{cell:.1f}" for cell in line]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def _markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(headings)
    return "".join(f"| {' | '.join(line)} |\n" for line in (headings, rule, *lines))
