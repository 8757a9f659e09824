"""A slice of the fault matrix, quick enough for every run: each fault once, and each death with three faults."""

import pytest

from tests.guarantees.matrix import FAULTS, SECTIONS, Cell, Death, Delivery, cells_of
from tests.guarantees.matrix_expected import must_die
from tests.guarantees.matrix_report import Record, hold_all
from tests.guarantees.matrix_run import Stage

THREE = [fault for fault in FAULTS if fault.name in ("no fault", "reset after", "429 no reset")]
# The fifth, in which the sweeper's hint overtakes the first message, is left to the whole matrix.
FOUR = (Delivery.ONCE, Delivery.TWICE, Delivery.LATE, Delivery.NEVER)
UNDISTURBED = [Cell(fault, Death.NONE, Delivery.ONCE) for fault in FAULTS]
DEATHS = [death for death in Death if death is not Death.NONE]


@pytest.mark.parametrize("section", SECTIONS)
def test_all_holds_under_each_fault(section: str, stage: Stage, record_property: Record) -> None:
    hold_all([cell for cell in UNDISTURBED if cell.fault in SECTIONS[section]], stage, record_property)


@pytest.mark.parametrize("death", Death, ids=str)
def test_all_holds_under_this_death(death: Death, stage: Stage, record_property: Record) -> None:
    cells = [Cell(fault, death, delivery) for fault in THREE for delivery in FOUR]
    hold_all([cell for cell in cells if cell not in UNDISTURBED], stage, record_property)


@pytest.mark.parametrize("death", DEATHS, ids=str)
def test_there_are_cells_in_which_this_death_must_come(death: Death) -> None:
    assert any(must_die(cell) for fault in FAULTS for cell in cells_of(fault) if cell.death is death)


def test_no_two_faults_have_one_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
