"""`python -m local.costs` (which `make costs` runs): prints the README's table; with --count, counts anew first."""

from __future__ import annotations

import argparse
import json
import sys

from local.costs.counted import COUNTED, count
from local.costs.model import Costs, read_prices
from local.costs.table import markdown
from local.functions import ROOT
from local.template import load_template

README = ROOT / "README.md"
BEGIN, END = "<!-- costs: made by `make costs` -->", "<!-- /costs -->"


def table() -> str:
    """As it is with the counts on record, today's template and the price list."""
    counted, prices = json.loads(COUNTED.read_text(encoding="utf-8")), read_prices()
    return markdown(Costs(load_template(), counted, prices), prices, counted["prompt_characters"])


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.costs", description=__doc__)
    parser.add_argument("--count", action="store_true", help="run a stack, count again, and keep what was counted")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    arguments = parser.parse_args(words)
    if arguments.count:
        COUNTED.write_text(json.dumps(count(), indent=2) + "\n", encoding="utf-8")
    made = table()
    print(made)
    if arguments.write:
        before, rest = README.read_text(encoding="utf-8").split(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
