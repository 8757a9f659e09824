"""Dollars per thousand pictures and per idle month: what was counted, times what AWS asks for it.

Everything that the template says (memory, processor, retention, secrets, alarms, schedules) is read from it each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.costs.counted import API, SWEEPER, VIEWER, WORKER
from local.intrinsics import Resolver
from local.parameters import ParameterValue, parameter_values
from local.template import Template
from sasha.core.read import LOOK_EVERY_S

PRICES = Path(__file__).with_name("prices.json")
THOUSAND = 1000
GB = 1e9
MONTH_S = 30 * 24 * 3600
Dollars = dict[str, float]


@dataclass(frozen=True)
class Assumed:
    """What no local stack can tell."""

    picture_bytes: int = 1_400_000  # a PNG of 1024 × 1024; a JPEG has a fifth of it
    polls_a_second: float = 1.0  # as Segmind's SDK asks
    aws_call_s: float = 0.010  # how long a function waits for one
    whole_processor_mb: int = 1769  # below, Lambda gives a part of one
    cold_share: float = 0.1  # of a function's calls that meet a cold start,
    cold_start_s: float = 1.0  # and how long that is billed
    platform_log_bytes: int = 400  # START, END and REPORT, which Lambda writes itself
    platform_log_lines: int = 3
    line_overhead_bytes: int = 26  # what CloudWatch adds to each line
    answer_header_bytes: int = 700
    record_bytes: int = 2_000  # of a request in the table, a day longer than its pictures
    ledger_bytes: int = 300  # of its entry in the ledger, which stays: counted for a year
    idle_receives_a_minute: int = 15  # Lambda's five pollers, 20 s each


ASSUMED = Assumed()


@dataclass(frozen=True)
class Way:
    """How a caller comes by a picture: waits in one call to v1, or asks v2 again and again; and how long that takes."""

    name: str
    waits: bool
    seconds: float


WAYS = tuple(
    Way(name, waits, seconds) for name, waits in (("polls (v2)", False), ("waits (v1)", True)) for seconds in (3.0, 6.0)
)


class Costs:
    """The dollars of one stack: as the template makes it by itself, or with other parameters."""

    def __init__(
        self,
        template: Template,
        counted: Mapping[str, Any],
        prices: Mapping[str, Any],
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        self._template = template
        self._parameters: Mapping[str, ParameterValue] = parameter_values(template.parameters, overrides or {})
        self._resolver = Resolver(self._parameters, template.conditions)
        self._steps = counted["steps"]
        self._counted = counted
        self._prices = prices["prices"]

    def pictures(self, way: Way) -> Dollars:
        """Of a thousand, without delivery over the internet, by service."""
        calls = self._calls(way)
        invocations = sum(count for _, count in calls)
        writes, reads = self._used(calls, "dynamodb_write_units"), self._used(calls, "dynamodb_read_units")
        sent = self._used(calls, "sqs_requests")
        return self._thousand(
            {
                "API Gateway": self._price("http_api_requests", invocations),
                "Lambda, API": self._lambda(API, way, calls),
                "Lambda, worker": self._lambda(WORKER, way, [("submit and work", 1)]),
                "DynamoDB": self._price("dynamodb_write_units", writes)
                + self._price("dynamodb_read_units", reads + self._look_units(way))
                + self._price("dynamodb_gb_months", self._table_gb_months()),
                "S3": self._price("s3_write_requests", self._used(calls, "s3_write_requests"))
                + self._price("s3_read_requests", self._step("picture", API, "s3_read_requests"))
                + self._price("s3_gb_months", ASSUMED.picture_bytes / GB * self._retention_days / 30),
                "SQS": self._price("sqs_fair_requests", 3 * sent),  # sent, received, deleted
                "CloudWatch Logs": self._price("log_gb", self._log_bytes(calls) / GB),
                "Secrets Manager": self._price("secretsmanager_requests", 1),  # the worker's, of a minute's pictures
            }
        )

    def delivery(self, way: Way) -> Dollars:
        """What CloudFront adds for a thousand: the picture once, and all answers of the API."""
        calls = self._calls(way)
        answers = sum(count for _, count in calls)
        told = sum(count * self._step(name, VIEWER, "bytes") for name, count in calls)
        sent = told + (answers + 1) * ASSUMED.answer_header_bytes + ASSUMED.picture_bytes
        return self._thousand(
            {
                "CloudFront, bytes": self._price("cloudfront_gb", sent / GB),
                "CloudFront, requests": self._price("cloudfront_requests", answers + 1)
                + self._price("cloudfront_functions", answers),
            }
        )

    def idle_month(self) -> Dollars:
        """Of a stack that nobody calls."""
        sweeps = MONTH_S / self._sweep_period_s
        step = self._steps["sweep"][SWEEPER]
        return {
            "Secrets": self._price("secrets", self._count("AWS::SecretsManager::Secret")),
            "Alarms": self._price("alarm_metrics", self._alarm_metrics()),
            "Queue, asked in vain": self._price("sqs_requests", ASSUMED.idle_receives_a_minute * MONTH_S / 60),
            "Sweeper": self._price("lambda_requests", sweeps)
            + self._duration(SWEEPER, sweeps * self._busy_s(SWEEPER, step))
            + self._price("dynamodb_read_units", sweeps * step.get("dynamodb_read_units", 0)),
            "Sweeper, logs": self._price("log_gb", sweeps * _log_bytes(step) / GB),
            "Sweeper, metrics": self._price("custom_metrics", len(self._counted["idle_metrics"])),
        }

    @property
    def dashboard(self) -> float:
        """A month of the dashboard, if the template has one, be it made or not."""
        return self._price("dashboards", len(self._template.of_type("AWS::CloudWatch::Dashboard")))

    @property
    def metrics_in_use(self) -> float:
        """A month in which every metric that pictures bring is written in every hour, beyond the idle ones."""
        return self._price("custom_metrics", len(set(self._counted["metrics"]) - set(self._counted["idle_metrics"])))

    @property
    def segmind(self) -> float:
        """Segmind's own price of a thousand."""
        return THOUSAND * float(str(self._parameters["SegmindPriceMicrosPerImage"])) / 1e6

    def _calls(self, way: Way) -> list[tuple[str, float]]:
        """The steps of a caller's calls to the API, and how often each is made."""
        if way.waits:
            return [("wait and work", 1)]
        return [("submit and work", 1), ("status", way.seconds * ASSUMED.polls_a_second), ("result", 1)]

    def _look_units(self, way: Way) -> float:
        """What the API reads to look at a request that is waited for, beyond what was counted.

        Each is a read that may be a moment old, at half the price.
        """
        if not way.waits:
            return 0
        counted = self._step("wait and work", API, "aws_calls") - self._step("submit and work", API, "aws_calls") - 1
        looks = way.seconds / LOOK_EVERY_S - counted
        return looks * self._step("status", API, "dynamodb_read_units") / 2

    def _lambda(self, function: str, way: Way, calls: list[tuple[str, float]]) -> float:
        """Requests and duration: the processor's time, the calls to AWS, and what is waited for."""
        count = sum(times for _, times in calls)
        seconds = sum(times * self._busy_s(function, self._steps[name][function]) for name, times in calls)
        if function == WORKER or way.waits:
            # What a look at the request takes is within the time that is waited anyway.
            seconds += way.seconds
        seconds += count * ASSUMED.cold_share * ASSUMED.cold_start_s
        return self._price("lambda_requests", count) + self._duration(function, seconds)

    def _busy_s(self, function: str, used: Mapping[str, float]) -> float:
        share = min(1.0, self._memory_mb(function) / ASSUMED.whole_processor_mb)
        return used["cpu_ms"] / 1000 / share + used["aws_calls"] * ASSUMED.aws_call_s

    def _duration(self, function: str, seconds: float) -> float:
        gb_s = seconds * self._memory_mb(function) / 1024
        return self._price(f"lambda_gb_s_{self._parameters['Architecture']}", gb_s)

    def _memory_mb(self, function: str) -> float:
        return float(self._resolver.resolve(self._template.properties(function)["MemorySize"]))

    @property
    def _retention_days(self) -> float:
        return float(str(self._parameters["RetentionDays"]))

    @property
    def _sweep_period_s(self) -> float:
        (event,) = self._template.properties(SWEEPER)["Events"].values()
        schedule = event["Properties"]["Schedule"]
        if schedule != "rate(1 minute)":
            raise ValueError(f"the idle month is counted for a sweep every minute, not {schedule}")
        return 60.0

    def _table_gb_months(self) -> float:
        record = ASSUMED.record_bytes * (self._retention_days + 1) / 30
        return (record + ASSUMED.ledger_bytes * 12) / GB

    def _alarm_metrics(self) -> int:
        """Each metric that an alarm looks at is billed; a dashboard's or an expression's are not."""
        alarms = self._made("AWS::CloudWatch::Alarm")
        looked_at = [[each for each in one.get("Metrics", []) if "MetricStat" in each] for one in alarms]
        return sum(len(metrics) or 1 for metrics in looked_at)

    def _count(self, kind: str) -> int:
        return len(self._made(kind))

    def _made(self, kind: str) -> list[Mapping[str, Any]]:
        """The properties of the resources of a type that these parameters bring about."""
        return [
            resource.get("Properties", {})
            for resource in self._template.of_type(kind).values()
            if "Condition" not in resource or self._resolver.resolve({"Condition": resource["Condition"]})
        ]

    def _used(self, calls: list[tuple[str, float]], what: str) -> float:
        """By the caller's calls and the worker, together."""
        return sum(times * sum(self._step(name, function, what) for function in (API, WORKER)) for name, times in calls)

    def _log_bytes(self, calls: list[tuple[str, float]]) -> float:
        return sum(
            times * sum(_log_bytes(used) for who, used in self._steps[name].items() if who in (API, WORKER))
            for name, times in calls
        )

    def _step(self, name: str, who: str, what: str) -> float:
        return float(self._steps[name].get(who, {}).get(what, 0))

    def _price(self, what: str, count: float) -> float:
        price = self._prices[what]
        return float(count * price["dollars"] / price["per"])

    def _thousand(self, dollars: Dollars) -> Dollars:
        return {name: THOUSAND * each for name, each in dollars.items()}


def _log_bytes(used: Mapping[str, float]) -> float:
    """As CloudWatch takes them in: what the function wrote, Lambda's own lines, and something for each line."""
    lines = used.get("log_lines", 0) + used["invocations"] * ASSUMED.platform_log_lines
    written = used.get("log_bytes", 0) + used["invocations"] * ASSUMED.platform_log_bytes
    return written + lines * ASSUMED.line_overhead_bytes


def read_prices() -> Mapping[str, Any]:
    """The dated list."""
    prices: Mapping[str, Any] = json.loads(PRICES.read_text(encoding="utf-8"))
    return prices
