"""The counts on record are what a stack of today causes."""

import json
import subprocess
import sys
from typing import Any

import pytest

from local.costs.counted import API, COUNTED, VIEWER
from tests.running import ROOT

# In a process of its own: moto keeps its buckets and secrets for all of a process, and other tests have the same ones.
COUNT = "import json; from local.costs.counted import count; print(json.dumps(count()))"

# They depend on the machine, on how long Segmind's emulator draws, and on how many digits the times have.
ABOUT = ("bytes", "log_bytes")
NOT_COMPARED = ("cpu_ms",)


@pytest.fixture(scope="module")
def now() -> Any:
    counted = subprocess.run([sys.executable, "-c", COUNT], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(counted.stdout)


@pytest.fixture(scope="module")
def then() -> Any:
    return json.loads(COUNTED.read_text())


def comparable(counts: Any, *, about: bool) -> dict[tuple[str, str, str], float]:
    """By step, who and what."""
    return {
        (step, who, what): number
        for step, by_who in counts["steps"].items()
        for who, used in by_who.items()
        for what, number in used.items()
        if what not in NOT_COMPARED
        and (what in ABOUT) is about
        and not depends_on_the_wait(step, who, what)
        and (step, who) != ("picture", VIEWER)
    }


def depends_on_the_wait(step: str, who: str, what: str) -> bool:
    return (step, who) == ("wait and work", API) and what in ("aws_calls", "dynamodb_read_units")


def test_calls_and_units_are_the_same(now: Any, then: Any) -> None:
    assert comparable(now, about=False) == comparable(then, about=False)


def test_sizes_are_about_the_same(now: Any, then: Any) -> None:
    assert comparable(now, about=True) == pytest.approx(comparable(then, about=True), rel=0.1)


def test_a_call_that_waits_is_a_submit_and_looks(now: Any) -> None:
    """What local/costs/model.py rests on: every look is half a read, and the payer is read at the end."""
    waits, submits = now["steps"]["wait and work"][API], now["steps"]["submit and work"][API]
    looks = waits["aws_calls"] - submits["aws_calls"] - 1
    assert looks >= 1
    assert waits["dynamodb_read_units"] == submits["dynamodb_read_units"] + looks / 2 + 1
    assert now["steps"]["status"][API]["dynamodb_read_units"] == 1


def test_the_metrics_are_the_same(now: Any, then: Any) -> None:
    assert (now["idle_metrics"], now["metrics"]) == (then["idle_metrics"], then["metrics"])
