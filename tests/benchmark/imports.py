"""Where the milliseconds of a cold start go: the time of each package's own modules, as Python itself tells it."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from tests.benchmark.row import Table

# "import time:   self [us] | cumulative | name", the name indented by its depth (python -X importtime).
LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")
SHOWN = 12
STANDARD, OTHERS = "standard library", "others"

# The module, its folder, and the environment that it is imported in.
Imported = tuple[str, Path, Mapping[str, str]]


def import_table(functions: Mapping[str, Imported], rounds: int) -> Table:
    """Milliseconds by package and function. An entry point's own include what it makes: clients, routes, ports."""
    measured = {name: [_measure(*imported) for _ in range(rounds)] for name, imported in functions.items()}
    medians = {name: _medians(samples) for name, samples in measured.items()}
    packages = sorted(set().union(*medians.values()), key=lambda package: -max(of[package] for of in medians.values()))
    shown = [name for name in packages if name != OTHERS][:SHOWN]
    lines: list[list[str | float]] = [[package, *(of[package] for of in medians.values())] for package in shown]
    rest = [sum(ms for package, ms in of.items() if package not in shown) for of in medians.values()]
    whole = [sum(of.values()) for of in medians.values()]
    return Table(
        f"import time, ms by package (medians of {rounds})",
        ["package", *functions],
        [*lines, [OTHERS, *rest], ["all", *whole]],
    )


def by_package(told: str, entry: str) -> Counter[str]:
    """Milliseconds of what `python -X importtime` told. The entry point stands by itself: it makes things."""
    spent: Counter[str] = Counter()
    for self_us, module in LINE.findall(told):
        top = module.partition(".")[0]
        name = "entry point" if module == entry else STANDARD if top in sys.stdlib_module_names else top
        spent[name] += int(self_us) / 1000
    return spent


def _measure(module: str, folder: Path, environment: Mapping[str, str]) -> Counter[str]:
    command = [sys.executable, "-S", "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=True)
    return by_package(done.stderr, module)


def _medians(samples: list[Counter[str]]) -> Counter[str]:
    packages = set().union(*samples)
    return Counter({package: median(sample[package] for sample in samples) for package in packages})
