"""Row "ready": how soon `make run` is ready, once everything is installed."""

import subprocess
import sys
from time import perf_counter

from tests.benchmark.row import Goal, Row, Series, in_turn
from tests.running import ROOT, run_locally


def ready(rounds: int) -> list[Row]:
    """Seconds from the start of `python -m local --json` to its line of JSON (at most 15)."""
    baseline, value = in_turn(rounds, _seconds_to_help, _seconds_to_ready)
    return [
        Row(
            name="ready",
            unit="s",
            value=Series("make run, to its addresses", value),
            baseline=Series("the same, to --help", baseline),
            goal=Goal(15, of="value"),
        )
    ]


def _seconds_to_ready() -> float:
    started = perf_counter()
    with run_locally():
        return perf_counter() - started


def _seconds_to_help() -> float:
    """The interpreter and the command's own imports: what this machine takes before anything is started."""
    started = perf_counter()
    subprocess.run([sys.executable, "-m", "local", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - started
