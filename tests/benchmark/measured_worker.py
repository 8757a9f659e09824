"""The worker function, measured: local/bootstrap.py runs this handler in place of sasha.worker's own."""

from tests.benchmark.meter import Meter

_meter = Meter()

from sasha import worker  # noqa: E402 it makes its clients

handler = _meter.measured(worker.handler)
