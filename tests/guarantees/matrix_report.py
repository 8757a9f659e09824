"""Judging cells: what broke is told, and what was run travels to the matrix's table."""

from collections.abc import Callable, Sequence

from tests.guarantees.matrix import Cell
from tests.guarantees.matrix_run import Stage, run
from tests.guarantees.matrix_table import PROPERTY, Row

Record = Callable[[str, object], None]


def hold_all(cells: Sequence[Cell], stage: Stage, record_property: Record) -> None:
    """Run all of them, whatever breaks, and tell which broke what. One that was not run is a failure too."""
    verdicts = [run(cell, stage) for cell in cells]
    rows = [
        Row(str(one.cell.fault), str(one.cell.death), one.cell.delivery.value, one.died, one.met, len(one.broken))
        for one in verdicts
    ]
    record_property(PROPERTY, [tuple(row) for row in rows])
    told = [f"{one.cell}:\n" + "\n".join(f"    {what}" for what in one.broken) for one in verdicts if one.broken]
    assert not told, f"{len(told)} of {len(cells)} cells broke\n" + "\n".join(told)
    assert len(rows) == len(cells) > 0
