"""The sweeper function: every minute, looks after what was left behind."""

import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.core.errors import Code
from sasha.core.sweep import sweep
from sasha.metrics import Metric, measure
from sasha.settings import Settings
from sasha.telemetry import logger, watched
from sasha.wiring import sweeper_ports

# Told every minute until it is mended: while nobody is let through, no worker has anything to tell.
BLOCKED = {
    Code.PROVIDER_REJECTED_KEY: Metric.KEY_REJECTED,
    Code.PROVIDER_OUT_OF_CREDITS: Metric.OUT_OF_CREDITS,
}
# Made while Lambda initialises the function, when it has a full processor to itself.
_ports = sweeper_ports(Settings.read(os.environ), boto3.Session())


@watched
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A schedule's event; tells what was done, by kind of care. Measures nothing where nothing is to be told."""
    swept = sweep(lambda: context.get_remaining_time_in_millis() / 1000, _ports)
    measure(Metric.PICTURES, *[1] * swept.pictures, *[0] * swept.refunds)
    if swept.oldest_waiting_s:
        measure(Metric.QUEUE_AGE, swept.oldest_waiting_s)
    if swept.blocked_by:
        measure(BLOCKED.get(swept.blocked_by, Metric.SEGMIND_DOWN), 1)
    told = {"done": swept.done, "troubled": len(swept.troubled), "finished": swept.finished}
    if any(swept.done.values()) or swept.troubled:
        logger.info("Swept", extra=told)
    return told
