"""What tells the owner how it goes: alarms, dashboard and tracing, and what they cost."""

import json
import re
from typing import Any

import pytest

from local.functions import ROOT
from local.intrinsics import Resolver, references
from local.parameters import parameter_values
from local.template import load_template
from sasha.metrics import Metric

template = load_template()
alarms = {name: template.properties(name) for name in template.of_type("AWS::CloudWatch::Alarm")}
readme = (ROOT / "README.md").read_text(encoding="utf-8")

# Of AWS's own, all free of charge: by namespace, name and dimension. Sources: the metrics' pages in the guides of
# Lambda, SQS and API Gateway (HTTP APIs call theirs "5xx", REST APIs "5XXError").
AWS_METRICS = {("AWS/Lambda", name, "FunctionName") for name in ("Invocations", "Errors", "Duration", "Throttles")} | {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName"),
    ("AWS/ApiGateway", "5xx", "ApiId"),
}
OWN_METRICS = {("Sasha", str(name), "service") for name in Metric}


def resolved(**parameters: str) -> Resolver:
    return Resolver(parameter_values(template.parameters, parameters), template.conditions)


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm looks at, however it is written."""
    parts = [part["MetricStat"]["Metric"] for part in alarm.get("Metrics", []) if "MetricStat" in part]
    return parts or [alarm]


# --------------------------------------------------------------------- alarms --


def test_there_is_an_alarm_for_whatever_should_wake_the_owner() -> None:
    assert set(alarms) == {
        "SweeperAlarm",
        "DeadLetterAlarm",
        "RefundsAlarm",
        "SegmindKeyAlarm",
        "SegmindCreditsAlarm",
        "SpendAlarm",
        "QueueAlarm",
        "ApiAlarm",
    }


@pytest.mark.parametrize("name", alarms)
def test_an_alarms_metrics_exist(name: str) -> None:
    for metric in metrics(alarms[name]):
        (dimension,) = metric["Dimensions"]
        assert (metric["Namespace"], metric["MetricName"], dimension["Name"]) in AWS_METRICS | OWN_METRICS


@pytest.mark.parametrize("name", alarms)
def test_an_alarm_is_of_this_stack_alone(name: str) -> None:
    for metric in metrics(alarms[name]):
        (dimension,) = metric["Dimensions"]
        assert list(references(dimension["Value"])) != []


def test_an_idle_stack_alarms_for_nothing_but_the_sweeper() -> None:
    treated = {name: alarm["TreatMissingData"] for name, alarm in alarms.items()}

    assert treated.pop("SweeperAlarm") == "breaching"
    assert treated.pop("SpendAlarm") == "ignore"  # what was spent stays spent while nobody asks
    assert set(treated.values()) == {"notBreaching"}


@pytest.mark.parametrize("name", alarms)
def test_the_owner_is_told_of_an_alarm_and_of_its_end_if_there_is_an_address(name: str) -> None:
    told = resolved(AlarmEmail="owner@example.org").resolve(alarms[name])

    assert (told["AlarmActions"], told["OKActions"]) == (["AlarmTopic"], ["AlarmTopic"])
    assert {"AlarmActions", "OKActions"} & resolved().resolve(alarms[name]).keys() == set()


@pytest.mark.parametrize("name", alarms)
def test_the_readme_says_what_an_alarm_means_and_what_to_do(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|(.+)\|(.+)\|$", readme, re.MULTILINE)
    meaning, deed = row

    assert len(meaning.split()) > 5
    assert "`" in deed  # a command to type


def test_the_topic_is_made_for_an_address_alone_and_takes_this_stacks_alarms_alone() -> None:
    made = ("AlarmTopic", "AlarmSubscription", "AlarmTopicPolicy")
    assert {template.resources[name]["Condition"] for name in made} == {"HasAlarmEmail"}

    allowed, denied = resolved().resolve(template.properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"])
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":alarm:sasha-*")
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# ------------------------------------------------------------------ dashboard --


def dashboard() -> list[dict[str, Any]]:
    body = resolved().resolve(template.properties("Dashboard")["DashboardBody"])
    widgets: list[dict[str, Any]] = json.loads(body)["widgets"]
    return widgets


def test_the_dashboard_is_made_when_asked_for() -> None:
    assert template.resources["Dashboard"]["Condition"] == "HasDashboard"
    assert resolved(DashboardEnabled="true").resolve({"Condition": "HasDashboard"}) is True
    assert resolved().resolve({"Condition": "HasDashboard"}) is False


def test_the_dashboard_answers_the_owners_questions() -> None:
    titles = [widget["properties"]["title"] for widget in dashboard()]

    assert [title for title in titles if title.endswith("?")] == [
        "Are pictures being made?",
        "What do they cost?",
        "How slow is Segmind?",
        "What fails?",
        "How long is the queue?",
        "Is the sweeper alive?",
    ]


def test_the_dashboard_shows_every_metric_of_ours_and_none_that_is_not_there() -> None:
    shown = {
        (line[0], line[1], line[2])
        for widget in dashboard()
        for line in widget["properties"].get("metrics", [])
        if isinstance(line[0], str) and line[0] != "..."
    }

    assert shown >= OWN_METRICS
    assert shown <= OWN_METRICS | AWS_METRICS


def test_the_dashboard_shows_every_alarm_and_reads_every_log() -> None:
    properties = [widget["properties"] for widget in dashboard()]

    shown = next(each["alarms"] for each in properties if "alarms" in each)
    assert {arn.removesuffix(".Arn") for arn in shown} == set(alarms)
    query = next(each["query"] for each in properties if "query" in each)
    assert set(re.findall(r"SOURCE '(\w+)'", query)) == set(template.of_type("AWS::Logs::LogGroup"))


def test_widgets_do_not_cover_each_other() -> None:
    places = [
        (x, y)
        for widget in dashboard()
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24  # CloudWatch's grid


# ---------------------------------------------------------------------- costs --


def test_there_are_at_most_ten_metrics() -> None:
    assert len(Metric) <= 10


def test_an_alarm_costs_one_metric() -> None:
    assert {len(metrics(alarm)) for alarm in alarms.values()} == {1}
