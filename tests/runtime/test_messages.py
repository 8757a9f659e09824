"""What the built functions log and count, under the real Lambda runtime: bad messages, and what is found of Segmind."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from local.emulator.answers import INSUFFICIENT_CREDITS
from local.events import sqs_record
from local.seed import FINISHED_REQUEST
from sasha.core.breaker import Finding, change
from sasha.core.request import Status
from tests.runtime.caller import Caller, Event
from tests.runtime.emulated import EmulatedFunction

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

MISSING_REQUEST = "99999999-9999-4999-8999-999999999999"
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
def test_a_message_that_is_no_good_is_logged_and_counted_once_and_the_next_one_works(
    caller: Caller, worker: EmulatedFunction, body: str, tells: dict[str, str]
) -> None:
    lines, counts = logged_while(worker, body)

    assert [tells.items() <= line.items() for line in lines] == [True]
    assert [(count["Messages"], count["outcome"]) for count in counts] == [([1], tells.get("fate", "none"))]
    assert caller.ends_with(caller.submits(), delivered=1).status is Status.COMPLETED


def test_a_message_of_another_version_of_the_code_works(caller: Caller, worker: EmulatedFunction) -> None:
    request_id = caller.submits()
    body = {"version": 0, "request_id": request_id, "samples": 9, "parameters": {"prompt": "another"}}

    lines, _ = logged_while(worker, json.dumps(body))

    assert [(line["request_id"], line["fate"]) for line in lines] == [(request_id, "settled")]
    assert caller.ends_with(request_id, delivered=1).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("fault", "findings"),
    [
        pytest.param({"kind": "delay", "delay_s": 0.01}, ["works"], id="a picture"),
        pytest.param({"kind": "status", "status": 502}, ["down"], id="a page with a 502"),
        pytest.param({"kind": "status", "status": 403}, ["rejected_key"], id="a 403"),
        pytest.param({"kind": "status", "status": 406, "body": NO_CREDITS}, ["out_of_credits"], id="no credits"),
        pytest.param({"kind": "status", "status": 400}, [], id="a 400, which tells nothing of Segmind as a whole"),
    ],
)
def test_what_a_worker_finds_of_segmind_is_counted(
    caller: Caller, worker: EmulatedFunction, fault: dict[str, Any], findings: list[str]
) -> None:
    caller.submits()
    caller.around.segmind_answers_next(fault)
    _, counts = logged_while(worker, caller.message()["Records"][0]["body"])

    assert [(count["Segmind"], count["finding"]) for count in counts if "Segmind" in count] == [
        ([1], finding) for finding in findings
    ]


@pytest.mark.parametrize(
    ("finding", "blocked"), [(Finding.WORKS, 0), (Finding.DOWN, 0), (Finding.OUT_OF_CREDITS, 1)], ids=str
)
def test_every_sweep_counts_whether_segmind_is_kept_from(
    caller: Caller, sweeper: EmulatedFunction, event: Event, finding: Finding, blocked: int
) -> None:
    change(caller.around.states, lambda state: state.found(finding, datetime.now(UTC)))
    assert blocked_counts(sweeper, event) == [[blocked]]


def test_segmind_is_kept_from_while_there_is_no_key(caller: Caller, sweeper: EmulatedFunction, event: Event) -> None:
    change(caller.around.states, lambda state: state.keyed(False))
    assert blocked_counts(sweeper, event) == [[1]]


def blocked_counts(sweeper: EmulatedFunction, event: Event) -> list[list[int]]:
    """Each count of SegmindBlocked in a sweep; it has no dimension but the service."""
    before = len(sweeper.logged())
    sweeper.invoke(event("sweeper"))
    told = [json.loads(line) for line in sweeper.logged()[before:]]
    counts = [line for line in told if "_aws" in line and "SegmindBlocked" in line]
    return [count["SegmindBlocked"] for count in counts]


def logged_while(worker: EmulatedFunction, body: str) -> tuple[Told, Told]:
    """What the worker logs, and what it counts, while it has a message of this body; nothing is raised."""
    before = len(worker.logged())
    message = sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": body}, "arn:aws:sqs:us-east-1:1:requests")
    assert worker.invoke({"Records": [message]}) is None
    told = [json.loads(line) for line in worker.logged()[before:]]
    return [line for line in told if "_aws" not in line], [line for line in told if "_aws" in line]
