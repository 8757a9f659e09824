"""The whole fault matrix, second half: calls that Segmind refuses, for good or for now."""

import pytest

from tests.guarantees.matrix import HALVES, Death, Delivery, UpstreamFault, cells_of, faults_of
from tests.guarantees.matrix_report import Record, hold_all
from tests.guarantees.matrix_run import Stage


@pytest.mark.verify
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", faults_of(*HALVES[1]), ids=str)
def test_all_holds_whatever_dies_under_this_fault(fault: UpstreamFault, stage: Stage, record_property: Record) -> None:
    cells = list(cells_of(fault))
    assert len(cells) == len(Death) * len(Delivery)
    hold_all(cells, stage, record_property)
