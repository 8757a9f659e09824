"""`python -m tests.benchmark` (which `make bench` runs): measures, prints a table, and leaves it in .local/bench.

A goal that is missed is said in the table and is no failure: on a busy machine a figure proves nothing by itself.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmark.cold import cold
from tests.benchmark.end_to_end import end
from tests.benchmark.fanout import fanout
from tests.benchmark.load import load
from tests.benchmark.memory import memory
from tests.benchmark.package import package
from tests.benchmark.page import gallery, page
from tests.benchmark.plots import draw
from tests.benchmark.ready import ready
from tests.benchmark.report import Machine, Report
from tests.benchmark.row import Findings, Row, Table
from tests.benchmark.visit import visit
from tests.benchmark.warm import warm
from tests.running import ROOT

# Each measures so many rounds.
ROWS: Mapping[str, Callable[[int], Findings]] = {
    "cold": cold,
    "warm": warm,
    "end": end,
    "fanout": fanout,
    "load": load,
    "memory": memory,
    "package": package,
    "ready": ready,
    "page": page,
    "visit": visit,
    "gallery": gallery,
}
INTO = ROOT / ".local" / "bench"
# What the README shows, and where in it.
SHOWN = ROOT / "tests" / "benchmark" / "shown"
README = ROOT / "README.md"
BEGIN, END = "<!-- fast: made by `make bench` -->", "<!-- /fast -->"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--rows", type=_names, default=list(ROWS), metavar="A,B", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=_count, default=7, metavar="N", help="samples of each figure (7)")
    parser.add_argument("--write", action="store_true", help="put what has a goal into README.md, and the plots beside")
    arguments = parser.parse_args(words)
    if arguments.write and arguments.rows != list(ROWS):
        parser.error("--write is for all rows together")

    before, rows, broken = Machine.now(), list[Row | Table](), list[str]()
    for name in arguments.rows:
        print(f"measuring {name} …", file=sys.stderr)
        try:
            rows.extend(ROWS[name](arguments.rounds))
        except Exception:  # the others took long to measure
            traceback.print_exc()
            broken.append(name)
    report = Report(before, Machine.now(), rows)

    print(report.as_text())
    _leave(report, SHOWN if arguments.write else INTO)
    if arguments.write:
        before_it, rest = README.read_text(encoding="utf-8").split(BEGIN)
        README.write_text(f"{before_it}{BEGIN}\n{report.as_summary()}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    if broken:
        print(f"Could not be measured: {', '.join(broken)}.", file=sys.stderr)
    return 1 if broken else 0


def _leave(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(report.as_json(), encoding="utf-8")
    (folder / "bench.md").write_text(report.as_markdown(), encoding="utf-8")
    plots = draw(report.rows, folder)
    print(f"\nbench.json, bench.md{''.join(f', {plot.name}' for plot in plots)} are in {folder}.")


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in ROWS]:
        raise argparse.ArgumentTypeError(f"no row is called {unknown[0]!r}; there are: {', '.join(ROWS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
