"""Judging cells, and the matrix's own table at the end of a run.

Cells travel in their tests' properties, so that those of xdist's workers come together where the table is printed.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.guarantees.matrix import FAULTS, Cell, Death, Delivery
from tests.guarantees.matrix_run import Stage, run

PROPERTY = "fault matrix"
Record = Callable[[str, object], None]
# Fault, death, delivery, whether its process died, how many complaints there are.
Row = tuple[str, str, str, bool, int]


def hold_all(cells: Sequence[Cell], stage: Stage, record_property: Record) -> None:
    """Run all of them, whatever breaks, and tell which broke what. One that was not run is a failure too."""
    verdicts = [run(cell, stage) for cell in cells]
    rows = [
        (str(one.cell.fault), str(one.cell.death), one.cell.delivery.value, one.died, len(one.broken))
        for one in verdicts
    ]
    record_property(PROPERTY, rows)
    told = [f"{one.cell}:\n" + "\n".join(f"    {what}" for what in one.broken) for one in verdicts if one.broken]
    assert not told, f"{len(told)} of {len(cells)} cells broke\n" + "\n".join(told)
    assert len(rows) == len(cells) > 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, if any cell was run."""
    reports = [one for found in terminalreporter.stats.values() for one in found if getattr(one, "when", "") == "call"]
    properties = [one for report in reports for one in report.user_properties]
    rows: list[Row] = [tuple(row) for name, told in properties if name == PROPERTY for row in told]
    if rows:
        terminalreporter.section("fault matrix")
        terminalreporter.write_line("\n".join(table(rows)))


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Each death by delivery, then each fault: cells run, held, broken, and deaths that came."""
    yield f"{'held / run, deaths that came':<34}" + "".join(f"{delivery:>16}" for delivery in Delivery)
    for death in Death:
        of_death = [row for row in rows if row[1] == str(death)]
        yield f"  {death!s:<32}" + "".join(f"{_in_short(of_death, delivery):>16}" for delivery in Delivery)
    yield ""
    yield f"{'by fault':<34}{'run':>8}{'held':>8}{'broken':>8}{'deaths':>8}"
    for name in dict.fromkeys(row[0] for row in rows):
        yield f"  {name:<32}{_counts([row for row in rows if row[0] == name])}"
    whole = len(FAULTS) * len(Death) * len(Delivery)
    yield f"{f'all (of {whole} in the whole matrix)':<34}{_counts(rows)}"
    yield from (f"BROKEN {fault} / {death} / {delivery}" for fault, death, delivery, _, broken in rows if broken)


def _in_short(of_death: Sequence[Row], delivery: Delivery) -> str:
    rows = [row for row in of_death if row[2] == delivery]
    held = sum(row[4] == 0 for row in rows)
    died = sum(row[3] for row in rows)
    return f"{held}/{len(rows)}, {died}"


def _counts(rows: Sequence[Row]) -> str:
    broken = sum(row[4] > 0 for row in rows)
    return f"{len(rows):>8}{len(rows) - broken:>8}{broken:>8}{sum(row[3] for row in rows):>8}"
