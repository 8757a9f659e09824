"""A slice of the fault matrix, quick enough for every run: each fault once, and each death with three faults."""

import pytest

from tests.guarantees.matrix import FAULTS, HALVES, SECTIONS, Cell, Death, Delivery, cells_of, faults_of
from tests.guarantees.matrix_expected import must_die, must_meet
from tests.guarantees.matrix_report import Record, hold_all
from tests.guarantees.matrix_run import Stage
from tests.guarantees.matrix_table import Row, lacking

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


def test_for_each_fault_there_are_cells_in_which_it_must_be_met_and_the_death_must_come() -> None:
    both = {cell.fault for fault in FAULTS for cell in cells_of(fault) if must_die(cell) and must_meet(cell)}
    assert both == {fault for fault in FAULTS if not fault.is_none}


def test_no_two_faults_have_one_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_the_two_halves_make_the_whole() -> None:
    assert sorted(section for half in HALVES for section in half) == sorted(SECTIONS)
    assert {fault for half in HALVES for fault in faults_of(*half)} == set(FAULTS)


def test_a_cell_that_was_not_run_is_found() -> None:
    cells = [cell for fault in FAULTS for cell in cells_of(fault)]
    rows = [Row(str(one.fault), str(one.death), one.delivery.value, True, True, 0) for one in cells]
    assert lacking(rows) == []
    assert lacking(rows[:7] + rows[8:]) == [rows[7].cell]
