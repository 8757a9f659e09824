"""The sweeper function: every minute, looks after what was left behind."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.core.sweep import Care, sweep
from sasha.settings import Settings
from sasha.telemetry import count
from sasha.wiring import sweeper_ports

# Made while Lambda initialises the function, when it has a full processor to itself.
_ports = sweeper_ports(Settings.read(os.environ), boto3.Session())
logger = Logger()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A schedule's event; tells what was done, by kind of care."""
    swept = sweep(lambda: context.get_remaining_time_in_millis() / 1000, _ports)
    done = {str(care): count for care, count in swept.done.items()}
    for care in (Care.HINTED, Care.GIVEN_UP, Care.SALVAGED):
        if swept.done[care]:
            count("Swept", swept.done[care], outcome=care)
    if swept.troubled:
        count("Swept", len(swept.troubled), outcome="troubled")
    if swept.blocked is not None:
        # Told every minute: while nobody is let through, no worker has anything to tell.
        count("SegmindBlocked", int(swept.blocked))
    logger.info("Swept", extra={"done": done, "finished": swept.finished})
    return {"done": done, "troubled": len(swept.troubled), "finished": swept.finished}
