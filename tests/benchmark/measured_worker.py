"""The worker function that also tells its peak memory: local/bootstrap.py runs this handler in place of sasha.worker's.

It is imported in the worker's process only.
"""

import re
import resource
import sys
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha import worker


def handler(event: dict[str, Any], context: LambdaContext) -> int:
    """Do the worker's work. Returns the most bytes that this process ever had in memory."""
    worker.handler(event, context)
    return _peak_resident_bytes()


def _peak_resident_bytes() -> int:
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux has it there too, but counts in what the parent had in memory when it started this process.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak, "this kernel does not tell a process's peak memory"
    return int(peak[1]) * 1024
