"""When the alarms ring: each is evaluated as CloudWatch does, on what is told in trouble, and on what is told without.

Source: Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from local.intrinsics import Resolver
from local.parameters import parameter_values
from local.template import load_template

template = load_template()
LIMIT_DOLLARS = 50.0
resolver = Resolver(
    parameter_values(template.parameters, {"MonthlySpendLimitMicros": str(int(LIMIT_DOLLARS * 1_000_000))}),
    template.conditions,
)

# What was told of a metric within one period; nothing where nothing was told.
Told = Sequence[float]
STATISTICS: dict[str, Callable[[Told], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda told: sum(told) / len(told),
}
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
MISSING = {"breaching": True, "notBreaching": False}


def rings(name: str, *periods: Told) -> bool:
    """Whether the alarm rings after these periods, the oldest first; before them nothing was told."""
    alarm = resolver.resolve(template.properties(name))
    count = alarm["EvaluationPeriods"]
    looked_at = [*([()] * count), *periods][-count:]
    breaching = [_is_breaching(alarm, told) for told in looked_at]
    if alarm["TreatMissingData"] == "ignore" and None in breaching:
        return any(_is_breaching(alarm, told) for told in [told for told in periods if told][-1:])
    return sum(map(bool, breaching)) >= alarm.get("DatapointsToAlarm", count)


def _is_breaching(alarm: dict[str, Any], told: Told) -> bool | None:
    if not told:
        return MISSING.get(alarm["TreatMissingData"])
    return COMPARED[alarm["ComparisonOperator"]](_value(alarm, told), alarm["Threshold"])


def _value(alarm: dict[str, Any], told: Told) -> float:
    if "Metrics" not in alarm:
        return STATISTICS[alarm["Statistic"]](told)
    math, metric = alarm["Metrics"]
    value = STATISTICS[metric["MetricStat"]["Stat"]](told)
    return float(eval(math["Expression"], {"__builtins__": {}}, {metric["Id"]: value}))  # noqa: S307 the template's own


WELL = [1.0] * 95 + [0.0] * 5
ILL = [1.0] * 94 + [0.0] * 6
RINGS: dict[str, list[Sequence[Told]]] = {
    "SweeperAlarm": [[[1] * 5], [[]]],  # each one failed; or there was none
    "DeadLetterAlarm": [[[0, 1, 0]]],
    "RefundsAlarm": [[ILL, WELL, ILL, [], ILL], [[0], [], [0], [0]]],
    "SegmindKeyAlarm": [[[1]]],
    "SegmindCreditsAlarm": [[[1]]],
    # Once it has been told, nobody need ask again.
    "SpendAlarm": [[[0.8 * LIMIT_DOLLARS]], [[1, 41]], [[41], [], []]],
    "QueueAlarm": [[[5, 181]]],
    "ApiAlarm": [[[1] * 5]],
}
SILENT: dict[str, list[Sequence[Told]]] = {
    "SweeperAlarm": [[[0] * 5], [[1, 1, 0, 1, 1]]],  # one that worked does what the others did not
    "DeadLetterAlarm": [[[0]], [[]]],
    "RefundsAlarm": [[WELL] * 12, [ILL, ILL], [[0], [0]], [[]], [ILL, ILL, *[[]] * 10, ILL]],
    "SegmindKeyAlarm": [[[]], [[1], []]],
    "SegmindCreditsAlarm": [[[]], [[1], []]],
    "SpendAlarm": [[[0.79 * LIMIT_DOLLARS]], [[]], [[41], [0.1]]],  # the month has ended
    "QueueAlarm": [[[180]], [[]], [[181], [3]]],
    "ApiAlarm": [[[1] * 4], [[]], [[1] * 5, []]],
}


@pytest.mark.parametrize(
    ("name", "periods"), [(name, periods) for name, cases in RINGS.items() for periods in cases], ids=str
)
def test_trouble_is_told(name: str, periods: Sequence[Told]) -> None:
    assert rings(name, *periods)


@pytest.mark.parametrize(
    ("name", "periods"), [(name, periods) for name, cases in SILENT.items() for periods in cases], ids=str
)
def test_what_is_no_trouble_wakes_nobody(name: str, periods: Sequence[Told]) -> None:
    assert not rings(name, *periods)


def test_every_alarm_is_tried() -> None:
    assert RINGS.keys() == SILENT.keys() == template.of_type("AWS::CloudWatch::Alarm").keys()


def test_five_minutes_are_looked_at_but_for_the_apis_errors() -> None:
    periods = {
        name: template.properties(name).get("Period", 300) for name in template.of_type("AWS::CloudWatch::Alarm")
    }

    assert periods.pop("ApiAlarm") == 900
    assert set(periods.values()) == {300}
