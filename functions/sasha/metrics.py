"""The ten metrics, as CloudWatch reads them from the log (embedded metric format)."""

import warnings
from enum import StrEnum

from aws_lambda_powertools.metrics import Metrics, MetricUnit


class Metric(StrEnum):
    """All there are: each costs 0.30 dollars a month, by the hours in which it is told, so an idle stack tells none.

    Their one dimension, `service`, is the stack's name. Of ones and zeros, Sum is how many, SampleCount of how many,
    and Average the share.
    """

    # 1 for each call for pictures that was taken on, or repeats one that was; 0 for each that was refused
    REQUESTS = "Requests"
    SPEND_DOLLARS = "SpendDollars"  # what Segmind may have cost this month so far
    ALLOWANCE_LEFT = "AllowanceLeft"  # today's free pictures that are left for all guests
    PICTURES = "Pictures"  # 1 for each that was delivered, 0 for each that was refunded
    UPSTREAM_LATENCY = "UpstreamLatency"  # of each call to Segmind
    UPSTREAM_ERRORS = "UpstreamErrors"  # 1 for each of these calls that brought no picture, 0 for the others
    QUEUE_AGE = "QueueAge"  # of requests that wait: for a worker, or with one for Segmind
    # 1 every minute until Segmind has served somebody again: by what the circuit breaker opened for
    SEGMIND_DOWN = "SegmindDown"
    KEY_REJECTED = "KeyRejected"
    OUT_OF_CREDITS = "OutOfCredits"


UNITS = {
    Metric.SPEND_DOLLARS: MetricUnit.NoUnit,
    Metric.UPSTREAM_LATENCY: MetricUnit.Seconds,
    Metric.QUEUE_AGE: MetricUnit.Seconds,
}
metrics = Metrics()
warnings.filterwarnings("ignore", "No application metrics to publish")  # most calls have none


def measure(metric: Metric, *values: float) -> None:
    """Each value is one observation; those of a call leave in one record when it ends."""
    for value in values:
        metrics.add_metric(metric, UNITS.get(metric, MetricUnit.Count), value)
