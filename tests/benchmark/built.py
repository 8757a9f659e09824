"""What is deployed, built once for all rows of a run, and what Lambda's own Python has beside it."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.runtime.artifact import Artifact, build, provide_runtime


@dataclass(frozen=True)
class Workshop:
    """A folder that is deleted when the process ends; in it the artifact, the runtime's packages, and logs."""

    folder: Path
    artifact: Artifact
    runtime: Path
    logs: Path
    held: Any


@cache
def workshop() -> Workshop:
    """Builds it at the first call."""
    held = tempfile.TemporaryDirectory(prefix="sasha-bench-")
    folder = Path(held.name)
    logs = folder / "logs"
    logs.mkdir()
    return Workshop(folder, build(folder / "build"), provide_runtime(folder / "runtime"), logs, held)
