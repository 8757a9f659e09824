"""Every call to AWS that a request causes while it waits fails in every way: it ends well all the same."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sasha.core.breaker import FIRST_BLOCK_S, Finding, change
from sasha.core.request import Status
from sasha.core.timing import after
from tests.functional.world import World
from tests.guarantees.aws_ways import FOR_A_WHILE, NINE_MINUTES_S, WAYS, cells, live_on

PACE_S = 25


def has_no_room_at_first(world: World) -> None:
    world.segmind_fails("429 iso")


def others_are_made_to_wait(world: World) -> None:
    until = after(world.clock.now(), PACE_S)
    change(world.api_ports.states, lambda state: state.paced(until, world.clock.now()))


def was_down_a_while_ago(world: World) -> None:
    change(world.api_ports.states, lambda state: state.found(Finding.OUT_OF_CREDITS, world.clock.now()))
    world.clock.advance(4 * FIRST_BLOCK_S + 1)


def works(_: World) -> None:
    pass


@dataclass(frozen=True)
class Stage:
    """How Segmind is, whether the first message is lost, and how many of such calls come before the one that fails."""

    segmind: Callable[[World], None]
    operation: str
    before: int = 0
    is_first_hint_lost: bool = False


STAGES = {
    "the release": Stage(has_no_room_at_first, "UpdateItem", before=1),
    "the hint of the release": Stage(has_no_room_at_first, "SendMessage", before=1),
    "the pace": Stage(has_no_room_at_first, "PutItem"),
    "the second try's claim": Stage(has_no_room_at_first, "UpdateItem", before=2),
    "the putting off": Stage(others_are_made_to_wait, "UpdateItem"),
    "the hint of what was put off": Stage(others_are_made_to_wait, "SendMessage", before=1),
    "the beginning of a probe": Stage(was_down_a_while_ago, "PutItem"),
    "the end of a probe": Stage(was_down_a_while_ago, "PutItem", before=1),
    "the sweeper's note of its hint": Stage(works, "UpdateItem", is_first_hint_lost=True),
    "the sweeper's hint": Stage(works, "SendMessage", before=1, is_first_hint_lost=True),
}
# A claim is written and its worker never hears so: nobody may ask for anything any more.
CLAIMED_UNHEARD = ("the second try's claim", "without an answer", FOR_A_WHILE)


@pytest.mark.verify
@pytest.mark.parametrize(("call", "way", "times"), cells({call: stage.operation for call, stage in STAGES.items()}))
def test_the_request_ends_well(world: World, call: str, way: str, times: int) -> None:
    stage = STAGES[call]
    world.clock.set("2026-11-22T14:30:00+00:00")
    key = world.open_account()
    stage.segmind(world)
    world.aws.reset()
    WAYS[way](world, stage.operation, stage.before, times)
    request_id = world.submit(key, seed=7)
    if stage.is_first_hint_lost:
        world.lose_messages()

    live_on(world, step_s=5)

    assert world.aws.disturbed
    request = world.request(request_id)
    assert request.completed_at is not None
    assert (request.completed_at - request.created_at).total_seconds() <= NINE_MINUTES_S
    is_delivered = (call, way, times) != CLAIMED_UNHEARD
    assert request.status is (Status.COMPLETED if is_delivered else Status.FAILED)
    assert world.balance(key) == 1_000_000 - 12_000 * is_delivered
    assert [line.seed for line in world.segmind.ledger] == [7] * is_delivered
    # Whatever could not be written down, it keeps nobody away for good.
    world.submit(key)


@pytest.mark.verify
@pytest.mark.parametrize(("call", "way", "times"), cells({"the cancellation": "TransactWriteItems"}))
def test_a_cancellation_that_failed_can_be_repeated(world: World, call: str, way: str, times: int) -> None:
    key = world.open_account()
    request_id = world.submit(key)
    world.aws.reset()
    WAYS[way](world, "TransactWriteItems", 0, times)
    told = world.call("POST", f"/v2/requests/{request_id}/cancel", key=key)
    if told.status != 200:
        assert (told.status, told.json["code"]) in {(503, "busy"), (500, "internal")}
        world.aws.recover()
        told = world.call("POST", f"/v2/requests/{request_id}/cancel", key=key)

    assert world.aws.disturbed
    # Written down by the first one, whose answer was lost: then there is nothing left to cancel.
    assert told.status in (200, 409)
    assert world.request(request_id).failures[0].code == "canceled"
    assert (world.balance(key), world.segmind.ledger) == (1_000_000, [])
