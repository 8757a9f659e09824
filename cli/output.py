"""What a command has to say: a table for people, JSON for machines."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from sasha.core.timing import iso

# What may be long, and is folded where the terminal is narrow; figures, dates and keys stay whole.
LONG = ("id", "account", "name", "what")


@dataclass(frozen=True)
class Report:
    """`data` is for machines, `view` for people: lines of text and tables."""

    data: Mapping[str, Any]
    view: Sequence[RenderableType]
    exit_code: int = 0


def show(report: Report, *, as_json: bool) -> None:
    """Print it. Names and references are never taken for markup."""
    if as_json:
        sys.stdout.write(json.dumps(report.data, indent=2) + "\n")
        return
    console = Console(markup=False, emoji=False, highlight=False)
    for part in report.view:
        # A line of text is left whole, so that a key or an address in it can be copied.
        console.print(part, soft_wrap=isinstance(part, str))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> Table:
    """Rows under headings; the columns named in `right` are figures."""
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        made.add_column(column, justify=justify, overflow="fold", no_wrap=column not in LONG)
    for row in rows:
        made.add_row(*row)
    return made


def facts(rows: Mapping[str, str]) -> Table:
    """One thing, a fact a line."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows.items():
        made.add_row(name, value)
    return made


def when(at: datetime | None) -> str:
    """For people: to the minute, UTC, as the headings say."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def stamp(at: datetime | None) -> str | None:
    """For machines."""
    return iso(at) if at else None
