"""Row "package": the size of each function's artifact, zipped as `sam deploy` does, and what in it serves nothing."""

import io
import zipfile
from collections import Counter
from pathlib import Path

from deploy.trim import unused
from tests.benchmark.built import workshop
from tests.benchmark.inline_stack import CODE
from tests.benchmark.row import Findings, Goal, Row, Series, Table

MOST_MB = 12
MB = 1_000_000
SHOWN = 8
# The baseline's, as its folder lies here: Python puts bytecode there when it runs.
NOT_SHIPPED = ("__pycache__", "bin")


def package(_rounds: int) -> Findings:
    """MB, without boto3, which the runtime brings. There is nothing to repeat: the same files make the same zip."""
    folders = workshop().artifact.folders
    sizes = {name: _zipped(folder) for name, folder in folders.items()}
    usual = sum(_zipped(CODE).values()) / MB
    beside = Series("(b), without its bytecode", (usual,))
    return [
        *(
            Row(f"package, {name}", "MB", Series("zipped", (sum(of.values()) / MB,)), beside, Goal(MOST_MB, of="value"))
            for name, of in sizes.items()
        ),
        *(
            Row(f"package, {name}", "", Series("unused files", (_unused(folder),)), None, Goal(0, of="value"))
            for name, folder in folders.items()
        ),
        *(_by_package(name, of) for name, of in list(sizes.items())[:1]),
    ]


def _zipped(folder: Path) -> Counter[str]:
    """Bytes in the zip, by what lies at the folder's top."""
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not (folder == CODE and set(NOT_SHIPPED) & set(name.parts)):
                archive.write(path, name)
        sizes: Counter[str] = Counter()
        for entry in archive.infolist():
            sizes[entry.filename.partition("/")[0]] += entry.compress_size
    return sizes


def _unused(folder: Path) -> float:
    return float(len(unused(folder)))


def _by_package(name: str, sizes: Counter[str]) -> Table:
    shown = sizes.most_common(SHOWN)
    others = sizes.total() - sum(size for _, size in shown)
    lines: list[list[str | float]] = [[package, size / MB] for package, size in [*shown, ("others", others)]]
    return Table(f"{name}, zipped, by package", ["package", "MB"], lines)
