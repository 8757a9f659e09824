"""What the built functions log in a life with all its troubles, what they measure, and what they use of their roles."""

import json
import re
import sys
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from local.functions import ROOT
from local.template import load_template
from sasha.core.errors import Code
from sasha.metrics import UNITS, Metric
from tests.runtime.caller import Caller, Event
from tests.runtime.emulated import EmulatedFunction
from tests.runtime.life import Life
from tests.runtime.observed import unused
from tests.runtime.surroundings import Surroundings

pytestmark = [
    pytest.mark.timeout(480),  # the first test builds, with packages that may have to be downloaded, and lives the life
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]
# What only the site function logs: tests/runtime/test_site_function.py.
OF_SITE = {"publishing", "cloudformation.py", "site.py", "site_events.py"}


@pytest.fixture(scope="module")
def life(around: Surroundings, functions: dict[str, EmulatedFunction], event: Event) -> Life:
    """The life, lived."""
    life = Life(around, functions, event)
    life.live(Caller(around, functions, event))
    return life


@pytest.fixture(scope="module")
def log(life: Life) -> list[str]:
    return [line for function in life.functions.values() for line in function.logged_in_all_lives()]


@pytest.fixture(scope="module")
def lines(log: list[str]) -> list[dict[str, Any]]:
    """The functions' own lines of it; Lambda's are no JSON."""
    return [json.loads(line) for line in log if line.startswith("{")]


@pytest.fixture(scope="module")
def records(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of metrics."""
    return [line for line in lines if "_aws" in line]


# ---------------------------------------------------------------------- log --


def test_every_refusal_was_met(life: Life) -> None:
    of_ended_requests = {
        Code.PROVIDER_ERROR,
        Code.PROVIDER_REJECTED_KEY,
        Code.PROVIDER_OUT_OF_CREDITS,
        Code.BAD_PROVIDER_ANSWER,
        Code.PROVIDER_TIMEOUT,
        Code.OUTCOME_UNKNOWN,
        Code.WAITED_TOO_LONG,
    }

    assert set(Code) - of_ended_requests - life.codes == set()


def test_every_line_that_can_be_logged_was_logged(lines: list[dict[str, Any]]) -> None:
    files = [path for path in (ROOT / "functions" / "sasha").rglob("*.py") if not OF_SITE & set(path.parts)]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    can_be_logged = set(re.findall(r'logger\.\w+\(\s*"([^"%]+)', source))
    told = [str(line.get("message")) for line in lines]

    not_met = {text for text in can_be_logged if not any(each.startswith(text.rstrip()) for each in told)}
    assert not_met <= {
        "Segmind's key could not be read again; the one before is used",  # it is read again after a minute
        "A call to Segmind failed in an unknown way",  # in none that anybody has thought of
    }


def test_no_log_holds_a_secret(life: Life, log: list[str]) -> None:
    assert len(life.marks) > 20
    assert [(what, line) for what, mark in life.marks.items() for line in log if mark in line] == []


# ------------------------------------------------------------------ metrics --


def test_each_of_the_ten_metrics_is_told_and_no_other(records: list[dict[str, Any]]) -> None:
    told = {
        (metrics["Namespace"], each["Name"], each["Unit"])
        for record in records
        for metrics in record["_aws"]["CloudWatchMetrics"]
        for each in metrics["Metrics"]
    }

    assert told == {("Sasha", name, UNITS.get(name, MetricUnit.Count).value) for name in Metric}


def test_they_have_one_dimension_which_is_the_stack(records: list[dict[str, Any]]) -> None:
    assert {str(metrics["Dimensions"]) for line in records for metrics in line["_aws"]["CloudWatchMetrics"]} == {
        "[['service']]"
    }
    assert {line["service"] for line in records} == {"sasha"}  # local/intrinsics.py's AWS::StackName


def test_every_alarm_is_of_a_metric_that_is_told(records: list[dict[str, Any]]) -> None:
    template = load_template()
    alarms = [template.properties(name) for name in template.of_type("AWS::CloudWatch::Alarm")]
    parts = [part for alarm in alarms for part in alarm.get("Metrics", [{"MetricStat": {"Metric": alarm}}])]
    watched = [part["MetricStat"]["Metric"] for part in parts if "MetricStat" in part]
    ours = [metric for metric in watched if not metric["Namespace"].startswith("AWS/")]

    assert len(ours) >= 5
    for metric in ours:
        assert metric["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]
        assert any(metric["MetricName"] in record for record in records)


def test_an_idle_sweep_says_nothing(life: Life) -> None:
    assert life.told_when_idle == []


# -------------------------------------------------------------- permissions --


@pytest.mark.parametrize("function", ["ApiFunction", "WorkerFunction", "SweeperFunction"])
def test_a_function_uses_all_that_it_may_do(life: Life, function: str) -> None:
    granted = life.around.granted_to(function)

    assert granted != []
    assert unused(granted, life.around.deeds_of(function)) == []


def test_what_a_function_never_does_is_found(life: Life) -> None:
    granted = life.around.granted_to("WorkerFunction")
    table = next(resource for action, resource in granted if action == "dynamodb:GetItem")
    idle = [("dynamodb:DeleteItem", table), ("dynamodb:GetItem", f"{table}/index/*")]

    assert unused([*idle, *granted], life.around.deeds_of("WorkerFunction")) == idle
