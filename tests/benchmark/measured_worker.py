"""The worker function, measured: local/bootstrap.py runs these handlers in place of sasha.worker's own."""

import tracemalloc
from typing import Any

from tests.benchmark.meter import Meter

_meter = Meter()

from sasha import worker  # noqa: E402 it makes its clients

handler = _meter.measured(worker.handler)


def traced(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The same, with the most bytes that Python's allocations grew by on the way."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        measured = handler(event, context)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {**measured, "held_bytes": peak - before}
