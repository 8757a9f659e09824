"""The worker function: takes one hint from the queue at a time, and makes the pictures of its request."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.core.breaker import Finding
from sasha.messages import take
from sasha.settings import WorkerSettings
from sasha.telemetry import count
from sasha.wiring import worker_ports

# Made while Lambda initialises the function, when it has a full processor to itself.
_ports = worker_ports(WorkerSettings.read(os.environ), boto3.Session())
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """SQS records. They are always acknowledged: what went wrong is found by the sweeper, not by a second delivery."""
    for record in event["Records"]:
        work = take(record["body"], lambda: context.get_remaining_time_in_millis() / 1000, _ports)
        count("Messages", outcome=work.fate if work else "none")
        if work and work.pictures:
            count("Pictures", work.pictures)
        if work and work.failures:
            count("PictureFailures", work.failures)
        if work and work.finding is not Finding.NOTHING:
            count("Segmind", finding=work.finding)
