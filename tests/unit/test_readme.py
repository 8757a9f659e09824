"""What the README promises by name is there."""

import ast
import re
from functools import cache

import pytest

from tests.running import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
THREATS = README.split("## Who could want what")[1].split("\n## ")[0].split("\n### ")[0]
NAMED = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", THREATS)


@cache
def names_in(path: str) -> set[str]:
    """The names of a module's tests, those of its classes too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_shows_what_stops_a_threat_exists(path: str, name: str) -> None:
    assert name in names_in(path)


def test_every_threat_has_one() -> None:
    rows = [line for line in THREATS.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    assert [row for row in rows if "::test_" not in row] == []
    assert len(NAMED) == THREATS.count("::test_")
