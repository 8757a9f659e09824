"""The built functions under the real Lambda runtime, each killed with SIGKILL at every point where a death may hurt.

Nothing of a killed process runs on: no handler's end, no thread, no connection. What it had in hand is the sweeper's.
Claims last for minutes: after a death the bounds of what is open are moved back in the table, then the sweeper comes.
"""

import sys
from collections.abc import Callable

import pytest

from sasha.core.errors import Code
from sasha.core.request import Status
from tests.guarantees.matrix import Death
from tests.runtime.caller import CREDITS_MICROS, PRICE_MICROS, SEED, Caller

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

# --------------------------------------------------------------- submit ----


def test_a_submit_that_dies_before_its_transaction_leaves_nothing(caller: Caller) -> None:
    caller.kills_api("TransactWriteItems", "before")

    assert caller.requests() == []
    assert caller.balance() == CREDITS_MICROS
    assert caller.ends_with(caller.submits(), delivered=1).status is Status.COMPLETED


def test_a_submit_that_dies_after_its_transaction_and_never_heard_of_it_is_answered_when_it_is_repeated(
    caller: Caller,
) -> None:
    caller.kills_api("TransactWriteItems", "after")

    (request,) = caller.requests()
    assert caller.balance() == CREDITS_MICROS - PRICE_MICROS
    assert caller.submits() == request.id
    assert caller.sweeps() == {"hinted": 1}
    assert caller.ends_with(request.id, delivered=1).status is Status.COMPLETED


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


def test_a_worker_that_dies_before_its_message_is_acknowledged_has_done_its_work(caller: Caller) -> None:
    request_id = caller.submits()
    # It reads what is known of Segmind before its claim, and again when all is settled.
    caller.kills_worker("STATE#PROVIDER", "GetItem", "before", nth=2)

    settled = caller.request(request_id)
    assert caller.ends_with(request_id, delivered=1) == settled


def test_a_worker_that_dies_before_it_puts_back_what_was_refused_does_not_ask_for_it_again(caller: Caller) -> None:
    request_id = caller.submits(samples=2)
    # The picture comes last, so that the second write is the one that puts back.
    caller.around.segmind_answers_next(
        {"kind": "status", "status": 429, "seed": SEED + 1}, {"kind": "delay", "delay_s": 0.5, "seed": SEED}
    )
    caller.kills_worker(request_id, "UpdateItem", "before", nth=2)

    assert caller.request(request_id).status is Status.PROCESSING
    assert caller.sweeps() == {"salvaged": 1}
    (failure,) = caller.ends_with(request_id, delivered=1).failures
    assert (failure.index, failure.code) == (1, Code.OUTCOME_UNKNOWN)
    assert caller.billed() == {0: 1}


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


def test_a_sweeper_that_dies_before_its_message_is_followed_by_one_that_sends_it(caller: Caller) -> None:
    caller.kills_api("SendMessage", "before")
    (request,) = caller.requests()
    caller.kills_sweeper(request.id, "SendMessage", "before")

    assert request.id not in caller.around.hinted()
    assert caller.sweeps() == {"hinted": 1}
    assert caller.ends_with(request.id, delivered=1).status is Status.COMPLETED


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


# ------------------------------------------------------------------ all ----

KILLS: dict[Death, Callable[[Caller], None]] = {
    Death.SUBMIT_BEFORE_THE_TRANSACTION: test_a_submit_that_dies_before_its_transaction_leaves_nothing,
    Death.SUBMIT_TRANSACTION_UNHEARD: (
        test_a_submit_that_dies_after_its_transaction_and_never_heard_of_it_is_answered_when_it_is_repeated
    ),
    Death.SUBMIT_BEFORE_SQS: test_a_submit_that_dies_before_its_message_is_found_by_the_sweeper,
    Death.WORKER_BEFORE_THE_CLAIM: test_a_worker_that_dies_before_its_claim_has_done_nothing,
    Death.WORKER_BEFORE_THE_POST: test_what_a_worker_had_claimed_and_not_asked_for_is_not_asked_for,
    Death.WORKER_BEFORE_S3: test_of_two_pictures_the_one_is_delivered_that_was_stored_before_the_death,
    Death.WORKER_BEFORE_SETTLING: test_a_stored_picture_is_delivered_though_its_worker_died_before_settling,
    Death.WORKER_SETTLED_UNHEARD: test_what_a_worker_settled_stays_so_though_it_never_heard_of_it,
    Death.WORKER_BEFORE_ACKNOWLEDGING: test_a_worker_that_dies_before_its_message_is_acknowledged_has_done_its_work,
    Death.WORKER_BEFORE_THE_RELEASE: (
        test_a_worker_that_dies_before_it_puts_back_what_was_refused_does_not_ask_for_it_again
    ),
    Death.WORKER_BEFORE_THE_NEW_HINT: test_a_worker_that_dies_before_it_queues_again_what_it_put_back_loses_nothing,
    Death.SWEEPER_BEFORE_ITS_HINT: test_a_sweeper_that_dies_before_its_message_is_followed_by_one_that_sends_it,
    Death.SWEEPER_BEFORE_SETTLING: test_what_a_dead_sweeper_had_not_settled_is_settled_by_the_next,
    Death.SWEEPER_AFTER_SETTLING: test_what_a_dead_sweeper_had_settled_is_not_settled_again,
}
# Who freezes goes on afterwards, and is killed by nobody: that is left to the fault matrix.
FROZEN = {Death.WORKER_FROZEN_BEFORE_SETTLING, Death.WORKER_FROZEN_BEFORE_THE_RELEASE}


def test_each_death_of_the_fault_matrix_is_died_here_by_sigkill() -> None:
    assert set(KILLS) == set(Death) - {Death.NONE} - FROZEN


def refuse_second_picture(caller: Caller) -> None:
    caller.around.segmind_answers_next({"kind": "status", "status": 400, "seed": SEED + 1})


def dies_with_one_of_two_stored(caller: Caller) -> str:
    """A worker does, before it hears so; the other picture was refused, which nobody else knows. The request's id."""
    request_id = caller.submits(samples=2)
    refuse_second_picture(caller)
    caller.kills_worker(request_id, "PutObject", "after")
    return request_id
