"""The built functions under the real Lambda runtime, each killed with SIGKILL at every point where a death may hurt.

Nothing of a killed process runs on: no handler's end, no thread, no connection. What it had in hand is the sweeper's.
Claims last for minutes: after a death the bounds of what is open are moved back in the table, then the sweeper comes.
"""

import json
import sys
from typing import Any

import pytest

from local.events import sqs_record
from local.seed import FINISHED_REQUEST
from sasha.core.errors import Code
from sasha.core.request import Status
from tests.runtime.caller import CREDITS_MICROS, PRICE_MICROS, SEED, Caller, Event
from tests.runtime.emulated import EmulatedFunction
from tests.runtime.surroundings import Surroundings

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

MISSING_REQUEST = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def caller(around: Surroundings, functions: dict[str, EmulatedFunction], event: Event) -> Caller:
    return Caller(around, functions, event)


# --------------------------------------------------------------- submit ----


def test_a_submit_that_dies_before_its_transaction_leaves_nothing(caller: Caller) -> None:
    caller.kills_api("TransactWriteItems", "before")

    assert caller.requests() == []
    assert caller.balance() == CREDITS_MICROS
    assert caller.ends_with(caller.submits(), delivered=1).status is Status.COMPLETED


def test_a_submit_that_dies_before_its_message_is_found_by_the_sweeper(caller: Caller) -> None:
    caller.kills_api("SendMessage", "before")

    (request,) = caller.requests()
    assert caller.sweeps() == {"hinted": 1}
    assert caller.ends_with(request.id, delivered=1).status is Status.COMPLETED


def test_a_submit_that_dies_before_its_answer_is_answered_when_it_is_repeated(caller: Caller) -> None:
    caller.kills_api("SendMessage", "after")

    (request,) = caller.requests()
    assert caller.submits() == request.id
    assert caller.ends_with(request.id, delivered=1).status is Status.COMPLETED


# --------------------------------------------------------------- worker ----


def test_a_worker_that_dies_before_its_claim_has_done_nothing(caller: Caller) -> None:
    request_id = caller.submits()
    caller.kills_worker(request_id, "UpdateItem", "before")

    assert caller.request(request_id).status is Status.QUEUED
    assert caller.sweeps() == {"hinted": 1}
    assert caller.ends_with(request_id, delivered=1).status is Status.COMPLETED


def test_what_a_worker_had_claimed_and_not_asked_for_is_not_asked_for(caller: Caller) -> None:
    request_id = caller.submits()
    caller.kills_worker(request_id, "UpdateItem", "after")

    assert caller.request(request_id).status is Status.PROCESSING
    assert caller.sweeps() == {"salvaged": 1}
    assert caller.ends_with(request_id, delivered=0).failures[0].code is Code.OUTCOME_UNKNOWN
    assert caller.billed() == {}


def test_what_a_dead_worker_had_asked_for_is_not_asked_for_again(caller: Caller) -> None:
    request_id = caller.submits()
    caller.kills_worker_while_segmind_works()

    assert caller.sweeps() == {"salvaged": 1}
    assert caller.ends_with(request_id, delivered=0).failures[0].code is Code.OUTCOME_UNKNOWN
    assert caller.billed() == {0: 1}


def test_of_two_pictures_the_one_is_delivered_that_was_stored_before_the_death(caller: Caller) -> None:
    request_id = caller.submits(samples=2)
    caller.kills_worker(request_id, "PutObject", "before", nth=2)

    assert caller.sweeps() == {"salvaged": 1}
    (failure,) = caller.ends_with(request_id, delivered=1).failures
    assert failure.code is Code.OUTCOME_UNKNOWN
    assert caller.billed() == {0: 1, 1: 1}


def test_a_stored_picture_is_delivered_though_its_worker_never_heard_that_it_was_stored(caller: Caller) -> None:
    request_id = dies_with_one_of_two_stored(caller)

    assert caller.request(request_id).images == ()
    assert caller.sweeps() == {"salvaged": 1}
    (failure,) = caller.ends_with(request_id, delivered=1).failures
    assert (failure.index, failure.code) == (1, Code.OUTCOME_UNKNOWN)
    assert caller.billed() == {0: 1}


def test_a_stored_picture_is_delivered_though_its_worker_died_before_settling(caller: Caller) -> None:
    request_id = caller.submits(samples=2)
    refuse_second_picture(caller)
    caller.kills_worker(request_id, "TransactWriteItems", "before")

    assert caller.request(request_id).status is Status.PROCESSING
    assert caller.sweeps() == {"salvaged": 1}
    (failure,) = caller.ends_with(request_id, delivered=1).failures
    assert (failure.index, failure.code) == (1, Code.OUTCOME_UNKNOWN)
    assert caller.billed() == {0: 1}


def test_what_a_worker_settled_stays_so_though_it_never_heard_of_it(caller: Caller) -> None:
    request_id = caller.submits(samples=2)
    refuse_second_picture(caller)
    caller.kills_worker(request_id, "TransactWriteItems", "after")

    settled = caller.request(request_id)
    assert caller.ends_with(request_id, delivered=1) == settled
    (failure,) = settled.failures
    assert (failure.index, failure.code) == (1, Code.PROVIDER_ERROR)


def test_a_worker_that_dies_before_it_queues_again_what_it_put_back_loses_nothing(caller: Caller) -> None:
    request_id = caller.submits(samples=2)
    caller.around.segmind_answers_next({"kind": "status", "status": 429, "seed": SEED + 1})
    caller.kills_worker(request_id, "SendMessage", "before")

    released = caller.request(request_id)
    assert (released.status, [image.index for image in released.images]) == (Status.QUEUED, [0])
    assert caller.sweeps() == {"hinted": 1}
    assert caller.ends_with(request_id, delivered=2).failures == ()
    assert caller.billed() == {0: 1, 1: 1}


# -------------------------------------------------------------- sweeper ----


def test_what_a_dead_sweeper_had_not_settled_is_settled_by_the_next(caller: Caller) -> None:
    request_id = dies_with_one_of_two_stored(caller)
    caller.kills_sweeper(request_id, "TransactWriteItems", "before")

    assert caller.request(request_id).status is Status.PROCESSING
    assert caller.balance() == CREDITS_MICROS - 2 * PRICE_MICROS
    assert caller.sweeps() == {"salvaged": 1}
    assert caller.ends_with(request_id, delivered=1).status is Status.COMPLETED


def test_what_a_dead_sweeper_had_settled_is_not_settled_again(caller: Caller) -> None:
    request_id = dies_with_one_of_two_stored(caller)
    caller.kills_sweeper(request_id, "TransactWriteItems", "after")

    settled = caller.request(request_id)
    assert caller.sweeps() == {}
    assert caller.ends_with(request_id, delivered=1) == settled


# ---------------------------------------------------------- bad messages ----


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


Told = list[dict[str, Any]]


def logged_while(worker: EmulatedFunction, body: str) -> tuple[Told, Told]:
    """What the worker logs, and what it counts, while it has a message of this body; nothing is raised."""
    before = len(worker.logged())
    message = sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": body}, "arn:aws:sqs:us-east-1:1:requests")
    assert worker.invoke({"Records": [message]}) is None
    told = [json.loads(line) for line in worker.logged()[before:]]
    return [line for line in told if "_aws" not in line], [line for line in told if "_aws" in line]


def refuse_second_picture(caller: Caller) -> None:
    caller.around.segmind_answers_next({"kind": "status", "status": 400, "seed": SEED + 1})


def dies_with_one_of_two_stored(caller: Caller) -> str:
    """A worker does, before it hears so; the other picture was refused, which nobody else knows. The request's id."""
    request_id = caller.submits(samples=2)
    refuse_second_picture(caller)
    caller.kills_worker(request_id, "PutObject", "after")
    return request_id
