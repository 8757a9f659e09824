"""The fault matrix's own table at the end of a run, and the failure of a run that was to have all cells and has not.

Cells travel in their tests' properties, so that those of xdist's workers come together where the table is printed.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import pytest

from tests.guarantees.matrix import FAULTS, Death, Delivery

PROPERTY = "fault matrix"
MOST_TOLD = 20


class Row(NamedTuple):
    """A cell by its names, whether its process died and its fault was met, and how many complaints there are."""

    fault: str
    death: str
    delivery: str
    died: bool
    met: bool
    broken: int

    @property
    def cell(self) -> tuple[str, str, str]:
        return self.fault, self.death, self.delivery


WHOLE = [(str(fault), str(death), delivery.value) for fault, death, delivery in product(FAULTS, Death, Delivery)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, if any cell was run or all should have been."""
    rows = rows_of(terminalreporter)
    if not rows and not is_to_be_whole(terminalreporter.config):
        return
    terminalreporter.section("fault matrix")
    terminalreporter.write_line("\n".join(table(rows)))
    if is_to_be_whole(terminalreporter.config):
        missing = lacking(rows)
        terminalreporter.write_line(f"{len(missing)} of {len(WHOLE)} cells were not run")
        terminalreporter.write_line("\n".join(f"NOT RUN {' / '.join(cell)}" for cell in missing[:MOST_TOLD]))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """`make verify` without a cell is no success, whatever kept that from being run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and is_to_be_whole(session.config) and lacking(rows_of(reporter)):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def is_to_be_whole(config: pytest.Config) -> bool:
    """Whether this is `make verify`, or the like of it: all that is marked so, and not only some of it by name.

    False in xdist's workers, which have only their own share.
    """
    asked = config.option
    by_name = asked.keyword or config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return asked.markexpr == "verify" and not (by_name or asked.collectonly or hasattr(config, "workerinput"))


def rows_of(reporter: pytest.TerminalReporter) -> list[Row]:
    """Those of all cells that were run."""
    reports = [one for found in reporter.stats.values() for one in found if getattr(one, "when", "") == "call"]
    properties = [one for report in reports for one in report.user_properties]
    return [Row(*row) for name, told in properties if name == PROPERTY for row in told]


def lacking(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """The cells of the whole matrix that are not among these."""
    run = {row.cell for row in rows}
    return [cell for cell in WHOLE if cell not in run]


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Each death by delivery, then each fault: cells run, held, broken; deaths that came, faults met, both."""
    yield f"{'held / run, deaths that came':<34}" + "".join(f"{delivery:>16}" for delivery in Delivery)
    for death in Death:
        of_death = [row for row in rows if row.death == str(death)]
        yield f"  {death!s:<32}" + "".join(f"{_in_short(of_death, delivery):>16}" for delivery in Delivery)
    yield ""
    yield f"{'by fault':<34}{'run':>8}{'held':>8}{'broken':>8}{'deaths':>8}{'met':>8}{'both':>8}"
    for name in dict.fromkeys(row.fault for row in rows):
        yield f"  {name:<32}{_counts([row for row in rows if row.fault == name])}"
    yield f"{f'all (of {len(WHOLE)} in the whole matrix)':<34}{_counts(rows)}"
    both = sum(row.died and row.met for row in rows)
    yield f"in {both} cells the process died and a call met the fault"
    yield from (f"BROKEN {' / '.join(row.cell)}" for row in rows if row.broken)


def _in_short(of_death: Sequence[Row], delivery: Delivery) -> str:
    rows = [row for row in of_death if row.delivery == delivery]
    held = sum(row.broken == 0 for row in rows)
    died = sum(row.died for row in rows)
    return f"{held}/{len(rows)}, {died}"


def _counts(rows: Sequence[Row]) -> str:
    broken = sum(row.broken > 0 for row in rows)
    died, met = sum(row.died for row in rows), sum(row.met for row in rows)
    both = sum(row.died and row.met for row in rows)
    return "".join(f"{count:>8}" for count in (len(rows), len(rows) - broken, broken, died, met, both))
