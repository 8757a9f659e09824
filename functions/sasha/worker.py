"""The worker function: takes one hint from the queue at a time, and makes the pictures of its request."""

import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.messages import take
from sasha.metrics import Metric, measure
from sasha.settings import WorkerSettings
from sasha.telemetry import watched
from sasha.wiring import worker_ports

# Made while Lambda initialises the function, when it has a full processor to itself.
_ports = worker_ports(WorkerSettings.read(os.environ), boto3.Session())


@watched
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """SQS records. They are always acknowledged: what went wrong is found by the sweeper, not by a second delivery."""
    for record in event["Records"]:
        work = take(record["body"], lambda: context.get_remaining_time_in_millis() / 1000, _ports)
        if work is None:
            continue
        measure(Metric.PICTURES, *[1] * work.pictures, *[0] * work.refunds)
        if work.waited_s:
            measure(Metric.QUEUE_AGE, work.waited_s)
        measure(Metric.UPSTREAM_LATENCY, *(call.latency_s for call in work.calls))
        measure(Metric.UPSTREAM_ERRORS, *(int(not call.brought_picture) for call in work.calls))
