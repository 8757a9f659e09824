"""What the functions tell CloudWatch through their log: lines that hold no secret, and ten metrics."""

import logging
import warnings
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.discretion import DiscreetFormatter

Handler = Callable[[dict[str, Any], LambdaContext], Any]


class Metric(StrEnum):
    """All there are: each costs 0.30 dollars a month, by the hours in which it is told, so an idle stack tells none.

    Their one dimension, `service`, is the stack's name. Of ones and zeros, Sum is how many, SampleCount of how many,
    and Average the share.
    """

    REQUESTS = "Requests"  # 1 for each that was taken on, 0 for each that was refused
    SPEND_DOLLARS = "SpendDollars"  # what Segmind may have cost this month so far
    ALLOWANCE_LEFT = "AllowanceLeft"  # today's free pictures that are left for all guests
    PICTURES = "Pictures"  # 1 for each that was delivered, 0 for each that was refunded
    UPSTREAM_LATENCY = "UpstreamLatency"  # of each call to Segmind
    UPSTREAM_ERRORS = "UpstreamErrors"  # 1 for each of these calls that brought no picture, 0 for the others
    QUEUE_AGE = "QueueAge"  # of the oldest request that waits for a worker
    # 1 every minute while the circuit breaker is open: by its reason
    SEGMIND_DOWN = "SegmindDown"
    KEY_REJECTED = "KeyRejected"
    OUT_OF_CREDITS = "OutOfCredits"


UNITS = {
    Metric.SPEND_DOLLARS: MetricUnit.NoUnit,
    Metric.UPSTREAM_LATENCY: MetricUnit.Seconds,
    Metric.QUEUE_AGE: MetricUnit.Seconds,
}
# Every module logs to the logger of this name.
_formatter = DiscreetFormatter(service="sasha")
logger = Logger(service="sasha", logger_formatter=_formatter)
_metrics = Metrics()
warnings.filterwarnings("ignore", "No application metrics to publish")  # most calls have none


def measure(metric: Metric, *values: float) -> None:
    """Each value is one observation; what a call observed leaves in one record when it ends."""
    for value in values:
        _metrics.add_metric(metric, UNITS.get(metric, MetricUnit.Count), value)


class CallFailed(Exception):
    """What Lambda learns of an exception. Its text would be logged as it is."""


def watched(handler: Handler) -> Handler:
    """The handler of a Lambda function, with what it measured and why it failed in its log."""

    @wraps(handler)
    def discreet(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except Exception:
            logger.exception("A call failed")
            raise CallFailed("see the line of the log before this one") from None

    # What libraries log goes through the handler of the runtime.
    for other in logging.getLogger().handlers:
        other.setFormatter(_formatter)
    watching: Handler = logger.inject_lambda_context(_metrics.log_metrics(discreet))
    return watching
