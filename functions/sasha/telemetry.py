"""Counts, as CloudWatch reads them from the log (embedded metric format)."""

from aws_lambda_powertools.metrics import MetricUnit, single_metric


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Add to a metric of the stack's namespace. Dimensions have few values: an outcome, never an id."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        for dimension, text in dimensions.items():
            metric.add_dimension(name=dimension, value=text)
