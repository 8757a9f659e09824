"""The API function, measured: local/bootstrap.py runs these handlers in place of sasha.api's own."""

from typing import Any

from tests.benchmark.calibration import loop_ms
from tests.benchmark.meter import Meter

_meter = Meter()

from sasha import api  # noqa: E402 it makes its clients

handler = _meter.measured(api.handler)


def calibrated(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The same, beside what the calibration loop took just before."""
    return {"loop_ms": loop_ms(), **handler(event, context)}
