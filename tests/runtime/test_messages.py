"""What the built functions log and measure, under the real Lambda runtime: bad messages, and what Segmind does."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from local.emulator.answers import INSUFFICIENT_CREDITS
from local.events import sqs_record
from local.seed import FINISHED_REQUEST
from sasha.core.breaker import FAILURES_TO_OPEN, Finding, change
from sasha.core.request import Status
from tests.runtime.caller import Caller, Event
from tests.runtime.emulated import EmulatedFunction

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

MISSING_REQUEST = "99999999-9999-4999-8999-999999999999"
CALLED_WITHIN_S = 60  # a guard against another unit
NO_CREDITS = {"error": INSUFFICIENT_CREDITS}
Told = list[dict[str, Any]]


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        pytest.param("no JSON", {"exception_name": "JSONDecodeError"}, id="no JSON"),
        pytest.param("", {"exception_name": "JSONDecodeError"}, id="nothing"),
        pytest.param("[" * 30_000, {"exception_name": "RecursionError"}, id="deeply nested"),
        pytest.param("[]", {"exception_name": "TypeError"}, id="no object"),
        pytest.param('{"request": "1"}', {"exception_name": "ValueError"}, id="of no request"),
        pytest.param(json.dumps({"request_id": MISSING_REQUEST}), {"fate": "not_claimed"}, id="of a missing request"),
        pytest.param(json.dumps({"request_id": FINISHED_REQUEST}), {"fate": "not_claimed"}, id="of a finished request"),
    ],
)
def test_a_message_that_is_no_good_is_logged_once_and_the_next_one_works(
    caller: Caller, worker: EmulatedFunction, body: str, tells: dict[str, str]
) -> None:
    lines, records = logged_while(worker, body)

    assert [tells.items() <= line.items() for line in lines] == [True]
    assert records == []
    assert caller.ends_with(caller.submits(), delivered=1).status is Status.COMPLETED


def test_a_message_of_another_version_of_the_code_works(caller: Caller, worker: EmulatedFunction) -> None:
    request_id = caller.submits()
    body = {"version": 0, "request_id": request_id, "samples": 9, "parameters": {"prompt": "another"}}

    lines, _ = logged_while(worker, json.dumps(body))

    assert [(line["request_id"], line["fate"]) for line in lines] == [(request_id, "settled")]
    assert caller.ends_with(request_id, delivered=1).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("fault", "pictures", "errors"),
    [
        pytest.param({"kind": "delay", "delay_s": 0.01}, [1], [0], id="a picture"),
        pytest.param({"kind": "status", "status": 502}, [0], [1], id="a page with a 502"),
        pytest.param({"kind": "status", "status": 403}, [0], [1], id="a 403"),
        pytest.param({"kind": "status", "status": 406, "body": NO_CREDITS}, [0], [1], id="no credits"),
        pytest.param({"kind": "status", "status": 429}, None, [1], id="no room, so that it is asked again"),
    ],
)
def test_a_call_to_segmind_and_what_came_of_it_are_one_record(
    caller: Caller, worker: EmulatedFunction, fault: dict[str, Any], pictures: list[int] | None, errors: list[int]
) -> None:
    caller.submits()
    caller.around.segmind_answers_next(fault)
    _, (record,) = logged_while(worker, caller.message()["Records"][0]["body"])

    assert (record.get("Pictures"), record["UpstreamErrors"]) == (pictures, errors)
    (latency_s,) = record["UpstreamLatency"]
    assert 0 < latency_s < CALLED_WITHIN_S


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (Finding.WORKS, []),
        (Finding.DOWN, []),
        (Finding.REJECTED_KEY, ["KeyRejected"]),
        (Finding.OUT_OF_CREDITS, ["OutOfCredits"]),
    ],
    ids=str,
)
def test_every_sweep_tells_why_segmind_is_kept_from(
    caller: Caller, sweeper: EmulatedFunction, event: Event, finding: Finding, told: list[str]
) -> None:
    change(caller.around.states, lambda state: state.found(finding, datetime.now(UTC)))
    assert told_of_the_breaker(sweeper, event) == told


def test_an_outage_is_told_by_every_sweep(caller: Caller, sweeper: EmulatedFunction, event: Event) -> None:
    for _ in range(FAILURES_TO_OPEN):
        change(caller.around.states, lambda state: state.found(Finding.DOWN, datetime.now(UTC)))
    assert told_of_the_breaker(sweeper, event) == ["SegmindDown"]


def test_a_missing_key_is_told_by_every_sweep(caller: Caller, sweeper: EmulatedFunction, event: Event) -> None:
    change(caller.around.states, lambda state: state.keyed(False))
    assert told_of_the_breaker(sweeper, event) == ["KeyRejected"]


def told_of_the_breaker(sweeper: EmulatedFunction, event: Event) -> list[str]:
    """What a sweep measures of the circuit breaker."""
    before = len(sweeper.logged())
    sweeper.invoke(event("sweeper"))
    told = [json.loads(line) for line in sweeper.logged()[before:]]
    of_breaker = ("SegmindDown", "KeyRejected", "OutOfCredits")
    return [name for line in told if "_aws" in line for name in of_breaker if line.get(name) == [1]]


def logged_while(worker: EmulatedFunction, body: str) -> tuple[Told, Told]:
    """What the worker logs, and its records of metrics, while it has a message of this body; nothing is raised."""
    before = len(worker.logged())
    message = sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": body}, "arn:aws:sqs:us-east-1:1:requests")
    assert worker.invoke({"Records": [message]}) is None
    told = [json.loads(line) for line in worker.logged()[before:]]
    return [line for line in told if "_aws" not in line], [line for line in told if "_aws" in line]
