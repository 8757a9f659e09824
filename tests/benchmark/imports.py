"""Where the milliseconds of a cold start go: the time of each package's own modules, as Python itself tells it."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from tests.benchmark.row import Table, in_turn

# "import time:   self [us] | cumulative | name", the name indented by its depth (python -X importtime).
LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")
SHOWN = 12
STANDARD = "standard library"

# The module, its folder, and the environment that it is imported in.
Imported = tuple[str, Path, Mapping[str, str]]


def import_table(functions: Mapping[str, Imported], rounds: int) -> Table:
    """Milliseconds by package and function. An entry point's own include what it makes: clients, routes, ports."""
    measured = in_turn(rounds, *(partial(_measure, *imported) for imported in functions.values()))
    spent = [_medians(samples) for samples in measured]
    title = f"import time, ms by package (medians of {rounds})"
    return Table(title, ["package", *functions], table_of(spent))


def table_of(spent: Sequence[Mapping[str, float]]) -> list[list[str | float]]:
    """A line for each of the packages that cost most in any function, one for the others, one for all together."""
    most = {package: max(of.get(package, 0) for of in spent) for of in spent for package in of}
    shown = sorted(most, key=lambda package: -most[package])[:SHOWN]
    lines: list[list[str | float]] = [[package, *(of.get(package, 0) for of in spent)] for package in shown]
    others = [sum(ms for package, ms in of.items() if package not in shown) for of in spent]
    return [*lines, ["others", *others], ["all", *(sum(of.values()) for of in spent)]]


def by_package(told: str, entry: str) -> dict[str, float]:
    """Milliseconds of what `python -X importtime` told. The entry point stands by itself: it makes things."""
    spent: defaultdict[str, float] = defaultdict(float)
    for self_us, module in LINE.findall(told):
        top = module.partition(".")[0]
        name = "entry point" if module == entry else STANDARD if top in sys.stdlib_module_names else top
        spent[name] += int(self_us) / 1000
    return spent


def _measure(module: str, folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    command = [sys.executable, "-S", "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=True)
    return by_package(done.stderr, module)


def _medians(samples: Sequence[Mapping[str, float]]) -> dict[str, float]:
    packages = {package for sample in samples for package in sample}
    return {package: median(sample.get(package, 0) for sample in samples) for package in packages}
