"""The benchmark's own arithmetic, and what it leaves behind. What it measures is no part of any test."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmark.imports import by_package, table_of
from tests.benchmark.load import ideal_s
from tests.benchmark.plots import Bar, Plot, draw
from tests.benchmark.report import Machine, Report
from tests.benchmark.row import Goal, Row, Series, Table, in_turn

FOX, OWL = "a fox's", "an owl's"


def row(value: Sequence[float], baseline: Sequence[float] | None = None, goal: Goal | None = None, **more: str) -> Row:
    beside = None if baseline is None else Series(OWL, tuple(baseline))
    return Row("speed", "ms", Series(FOX, tuple(value)), beside, goal, **more)


def report(*findings: Row | Table) -> Report:
    before = Machine(datetime(2026, 11, 22, 14, 30, tzinfo=UTC), "Linux x86_64", "3.13.0", 2, (0.5, 0.25, 0.1))
    after = Machine(before.at + timedelta(minutes=3), "Linux x86_64", "3.13.0", 2, (1.5, 0.5, 0.2))
    return Report(before, after, findings)


# --------------------------------------------------------------- figures ----


def test_the_figure_of_a_series_is_its_median() -> None:
    assert Series(FOX, (9, 1, 2)).figure == 2


def test_a_percentile_lies_between_the_samples() -> None:
    assert Series(FOX, tuple(range(101)), percentile=95).figure == 95


def test_one_sample_is_its_own_percentile() -> None:
    assert Series(FOX, (7,), percentile=95).figure == 7


def test_the_ratio_is_taken_round_by_round() -> None:
    slower_and_slower = row(value=[1, 20, 300], baseline=[2, 40, 600])
    assert slower_and_slower.ratio is not None
    assert slower_and_slower.ratio.samples == (0.5, 0.5, 0.5)


def test_what_is_added_is_taken_round_by_round() -> None:
    slower_and_slower = row(value=[11, 110, 1010], baseline=[1, 100, 1000])
    assert slower_and_slower.added is not None
    assert slower_and_slower.added.samples == (10, 10, 10)


def test_there_is_no_ratio_to_nothing() -> None:
    assert row(value=[1, 2], baseline=[1, 0]).ratio is None
    assert row(value=[1, 2]).ratio is None


def test_measures_are_taken_in_turn() -> None:
    numbers = count()
    first, second = in_turn(3, lambda: next(numbers), lambda: next(numbers))
    assert (first, second) == ((0, 2, 4), (1, 3, 5))


@pytest.mark.parametrize(("requests", "seconds"), [(1, 1), (10, 1), (11, 2), (50, 5), (200, 20)])
def test_the_ideal_schedule_keeps_all_ten_workers_busy(requests: int, seconds: float) -> None:
    assert ideal_s(requests) == seconds


# ----------------------------------------------------------------- goals ----


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        (Goal(3, of="value"), True),
        (Goal(2.9, of="value"), False),
        (Goal(1.5, of="ratio"), True),
        (Goal(1.4, of="ratio"), False),
        (Goal(1, of="added"), True),
        (Goal(0.9, of="added"), False),
        (Goal(3, of="least"), True),
        (Goal(3.1, of="least"), False),
        (None, None),
    ],
)
def test_a_goal_is_met_up_to_its_bound(goal: Goal | None, is_met: bool | None) -> None:
    assert row(value=[3], baseline=[2], goal=goal).is_met is is_met


@pytest.mark.parametrize("of", ["ratio", "added"])
def test_a_goal_against_a_baseline_that_is_missing_is_missed(of: str) -> None:
    assert row(value=[3], goal=Goal(100, of=of)).is_met is False  # type: ignore[arg-type]


# ---------------------------------------------------------------- report ----


def test_the_table_shows_figure_baseline_ratio_and_goal() -> None:
    text = report(row(value=[2, 3, 4], baseline=[1, 2, 2], goal=Goal(1.6, of="ratio"))).as_text()
    line = next(line for line in text.splitlines() if line.startswith("speed"))
    assert re.split(" {2,}", line) == [
        "speed", "a fox's", "3.00 ms", "2.00 to 4.00", "an owl's", "2.00 ms", "2.00×", "1.50 to 2.00",
        "at most 1.6×", "missed",
    ]  # fmt: skip


def test_the_table_shows_what_is_added_where_that_is_the_goal() -> None:
    text = report(row(value=[13], baseline=[10], goal=Goal(5, of="added"))).as_text()
    assert "+3.00 ms" in text
    assert "at most 5 ms more" in text


def test_a_missed_goal_is_told_with_its_reason() -> None:
    missed = row(value=[3], goal=Goal(2, of="value"), reason="owls are slow")
    assert "missed: speed, a fox's: owls are slow" in report(missed).as_text()
    assert "Missed: speed, a fox's: owls are slow." in report(missed).as_summary()


def test_a_goal_that_is_met_needs_no_reason() -> None:
    assert "owls are slow" not in report(row(value=[1], goal=Goal(2, of="value"), reason="owls are slow")).as_text()


def test_the_machine_and_its_load_stand_above_the_table() -> None:
    head = report(row(value=[1])).as_text().splitlines()[:2]
    assert "2026-11-22 14:30 UTC" in head[0]
    assert "2 processors" in head[0]
    assert head[1] == "at the end: load 1.50, after 3.0 minutes"


def test_markdown_has_a_line_for_each_row_and_table() -> None:
    table = Table("calls by route", ["route", "calls"], [["submit", 3.0]])
    markdown = report(row(value=[2], baseline=[1], goal=Goal(3, of="value")), table).as_markdown()
    assert "| speed | a fox's | 2.00 ms | an owl's: 1.00 ms | 2.00× | at most 3 ms | met |" in markdown
    assert "| submit | 3.0 |" in markdown


def test_the_summary_has_what_has_a_goal() -> None:
    judged, told = row(value=[2], goal=Goal(3, of="value")), Row("weight", "kg", Series(OWL, (1,)), None)
    assert "| speed |" in report(judged, told).as_summary()
    assert "weight" not in report(judged, told).as_summary()


def test_json_holds_every_sample() -> None:
    told = json.loads(report(row(value=[1, 2, 4], baseline=[1, 1, 1], goal=Goal(3, of="value"))).as_json())
    (line,) = told["rows"]
    assert line["value"] == {"what": FOX, "figure": 2, "percentile": 50, "samples": [1, 2, 4]}
    assert line["ratio"]["samples"] == [1, 2, 4]
    assert (line["goal"], line["met"]) == ({"bound": 3, "of": "value"}, True)


# ---------------------------------------------------------- import table ----

TOLD = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   json
import time:      2000 |       2100 | pydantic.main
import time:      3000 |       3000 |   sasha.core.request
import time:      5000 |      10100 | sasha.api
"""


def test_import_times_are_summed_by_package_and_the_entry_point_stands_alone() -> None:
    spent = by_package(TOLD, entry="sasha.api")
    assert spent == {"standard library": 0.1, "pydantic": 2.0, "sasha": 3.0, "entry point": 5.0}


def test_the_import_table_ends_with_the_others_and_all() -> None:
    api = {f"package{n}": float(n) for n in range(1, 15)}
    *shown, others, whole = table_of([api, {"package1": 20.0}])
    assert shown[0] == ["package1", 1.0, 20.0]
    assert others == ["others", 2.0 + 3.0, 0.0]
    assert whole == ["all", sum(api.values()), 20.0]


# ----------------------------------------------------------------- plots ----


def test_a_plot_is_well_formed_and_as_long_as_its_figures() -> None:
    bars = [Bar("this & that", 10, 9, 20, is_own=True), Bar("<other>", 20, 20, 20, is_own=False)]
    drawing = ET.fromstring(Plot("A plot", "ms", {"": bars}).as_svg())  # noqa: S314 our own
    lengths = [float(each.attrib["width"]) for each in drawing.iter("{http://www.w3.org/2000/svg}rect")]
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=0.2)


def test_only_what_was_measured_is_drawn(tmp_path: Path) -> None:
    fanout = Row("fanout, (b)", "s", Series("1 picture", (2.1,)), Series("(b), 1 picture", (2.0,)))
    assert [plot.name for plot in draw([fanout, row(value=[1])], tmp_path)] == ["fanout.svg"]


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert draw([], tmp_path / "plots") == []
    assert not (tmp_path / "plots").exists()
