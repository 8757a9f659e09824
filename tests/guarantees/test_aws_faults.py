"""Every call to AWS fails in every way, for a moment or for good: the request ends well all the same."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from sasha.core.breaker import Finding, change
from sasha.core.errors import Code
from sasha.core.fulfil import LAST_TRY_S, Call, Fate, Work
from sasha.core.request import GenerationRequest, Status
from sasha.messages import take
from tests.functional.strict_aws import Died, StrictAWS
from tests.functional.world import Answer, World
from tests.guarantees.aws_ways import FOR_A_WHILE, NINE_MINUTES_S, ONCE, WAYS, cells, live_on

# By the operation: how many of its calls come before the one that fails. GetItem and TransactWriteItems are made by
# several; each of these is met.
CALLS = {
    "the read before a submit": ("BatchGetItem", 0),
    "the submit's transaction": ("TransactWriteItems", 0),
    "the hint": ("SendMessage", 0),
    "the worker's read": ("GetItem", 0),
    "the read of Segmind's state": ("GetItem", 1),
    "the claim": ("UpdateItem", 0),
    "the Segmind key": ("GetSecretValue", 0),
    "the picture": ("PutObject", 0),
    "the settlement": ("TransactWriteItems", 1),
    "the breaker's state": ("PutItem", 0),
    "the sweeper's query": ("Query", 0),
    "the sweeper's listing": ("ListObjectsV2", 0),
    "the sweeper's look at a picture": ("HeadObject", 0),
}
CELLS = cells({call: operation for call, (operation, _) in CALLS.items()})

LIVES, DIES_BEFORE_THE_POST, DIES_BEFORE_SETTLING = "the worker lives", "dies before the POST", "dies before settling"
# Where a call is not made, as nothing gets so far.
NOT_MADE: dict[str, tuple[str, ...]] = {
    LIVES: ("the sweeper's listing", "the sweeper's look at a picture"),
    DIES_BEFORE_THE_POST: (
        "the Segmind key",
        "the picture",
        "the breaker's state",
        "the sweeper's look at a picture",
    ),
    DIES_BEFORE_SETTLING: ("the breaker's state",),
}
# Where the caller is told of it, and repeats the submit: all else is none of the caller's concern.
ANSWERS = {
    ("the read before a submit", "refused", ONCE): 500,
    ("the submit's transaction", "refused", ONCE): 500,
    ("the read before a submit", "throttled", FOR_A_WHILE): 503,
    ("the read before a submit", "refused", FOR_A_WHILE): 500,
    ("the read before a submit", "failing inside", FOR_A_WHILE): 500,
    ("the read before a submit", "too slow", FOR_A_WHILE): 500,
    ("the read before a submit", "without an answer", FOR_A_WHILE): 500,
    ("the submit's transaction", "throttled", FOR_A_WHILE): 503,
    ("the submit's transaction", "refused", FOR_A_WHILE): 500,
    ("the submit's transaction", "failing inside", FOR_A_WHILE): 500,
    ("the submit's transaction", "too slow", FOR_A_WHILE): 500,
    ("the submit's transaction", "in conflict", FOR_A_WHILE): 503,
}
# The claim is written, its worker never hears so, and nobody may ask for anything any more.
CLAIMED_UNHEARD = ("the claim", "without an answer", FOR_A_WHILE)
BY_SEGMIND, NOBODY_KNOWS = Code.PROVIDER_ERROR, Code.OUTCOME_UNKNOWN


def ends(call: str, way: str, times: int, life: str) -> tuple[bool, set[Code]]:
    """Whether the first picture must arrive, and as what the second may fail, which Segmind refuses."""
    if life == DIES_BEFORE_THE_POST or (call, way, times) == CLAIMED_UNHEARD:
        return False, {NOBODY_KNOWS}
    if life == LIVES:
        return True, {BY_SEGMIND}
    # One of two threads meets it. If that is the first picture's, the refusal is on record before the worker dies.
    races = (call, way, times) == ("the Segmind key", "refused", ONCE)
    return True, {BY_SEGMIND, NOBODY_KNOWS} if races else {NOBODY_KNOWS}


@dataclass(frozen=True)
class DyingAtTheEnd:
    """Whoever settles dies before it is written."""

    requests: Any
    aws: StrictAWS

    def settle(self, *_: GenerationRequest) -> bool:
        self.aws.dead = True
        raise Died("before settling")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.requests, name)


@pytest.mark.verify
@pytest.mark.parametrize(("call", "way", "times"), CELLS)
@pytest.mark.parametrize("life", NOT_MADE)
def test_the_request_ends_well(world: World, call: str, way: str, times: int, life: str) -> None:
    operation, after = CALLS[call]
    world.clock.set("2026-11-22T14:30:00+00:00")
    key = world.open_account()
    # So that a worker that finds Segmind working has something to write down.
    change(world.api_ports.states, lambda state: state.found(Finding.DOWN, world.clock.now()))
    world.segmind_fails("400", seed=8)
    world.aws.reset()
    WAYS[way](world, operation, after, times)
    told = submit(world, key)
    assert told.status == ANSWERS.get((call, way, times), 200)
    if told.status != 200:
        world.aws.recover()
        told = submit(world, key)
        assert told.status == 200
    if life == DIES_BEFORE_THE_POST:
        world.die_before_posting()
    elif life == DIES_BEFORE_SETTLING:
        dying: Any = DyingAtTheEnd(world.worker_ports.requests, world.aws)
        world.worker_ports = replace(world.worker_ports, requests=dying)
    live_on(world)
    assert bool(world.aws.disturbed) is (call not in NOT_MADE[life])
    (item,) = world.items("REQUEST#")
    assert item["id"]["S"] == told.json["request_id"]
    request = world.request(told.json["request_id"])
    assert request.completed_at is not None
    assert (request.completed_at - request.created_at).total_seconds() <= NINE_MINUTES_S

    is_delivered, codes = ends(call, way, times, life)
    failed = {failure.index: failure.code for failure in request.failures}
    assert request.status is (Status.COMPLETED if is_delivered else Status.FAILED)
    assert [image.index for image in request.images] == [0] * is_delivered
    assert world.pictures() == [f"outputs/{request.id}/0"] * is_delivered
    assert failed.keys() == {0, 1} - {image.index for image in request.images}
    assert failed[1] in codes
    assert failed.get(0, NOBODY_KNOWS) == NOBODY_KNOWS
    assert world.balance(key) == 1_000_000 - 12_000 * is_delivered
    assert [line.seed for line in world.segmind.ledger] == [7] * is_delivered


def test_a_picture_that_s3_never_takes_is_given_up_while_its_worker_lives_and_is_perhaps_billed(world: World) -> None:
    key = world.open_account()
    request_id = world.submit(key)
    world.aws.break_down("PutObject")
    world.clock.leap_s = 10
    began_at = world.clock.now()

    def seconds_left() -> float:
        return 180 - (world.clock.now() - began_at).total_seconds()

    work = take(world.aws.messages.pop()["MessageBody"], seconds_left, world.worker_ports)

    assert work == Work(Fate.SETTLED, refunds=1, calls=(Call(0.0, True),))
    assert 0 < seconds_left() < LAST_TRY_S
    request = world.request(request_id)
    (failure,) = request.failures
    assert (request.status, failure.code, failure.perhaps_billed) == (Status.FAILED, Code.INTERNAL, True)
    assert (world.balance(key), len(world.segmind.ledger)) == (1_000_000, 1)
    # What Segmind took for it stays counted.
    spent = sum(used for counter, used in world.counters().items() if counter.startswith("spend#"))
    assert spent == world.api_ports.limits.segmind_price_micros


def test_a_picture_whose_storing_is_never_answered_is_given_back_and_goes_when_the_request_is_erased(
    world: World,
) -> None:
    """It lies in the bucket, as nobody knows, until it is erased or has its age: lost, but not charged."""
    key = world.open_account()
    request_id = world.submit(key)
    world.aws.lose_answer_of("PutObject", times=1_000)
    world.clock.leap_s = 10
    began_at = world.clock.now()
    take(
        world.aws.messages.pop()["MessageBody"],
        lambda: 180 - (world.clock.now() - began_at).total_seconds(),
        world.worker_ports,
    )
    assert (world.request(request_id).status, world.balance(key)) == (Status.FAILED, 1_000_000)
    assert world.call("DELETE", f"/v2/requests/{request_id}", key=key).status == 204
    assert world.pictures() == []


def submit(world: World, key: str) -> Answer:
    """Two pictures, by an idempotency key that is always the same."""
    body = {"prompt": "a red fox in the snow", "seed": 7, "samples": 2, "img_width": 512, "img_height": 512}
    return world.call("POST", "/v2/BigDug-Sasha", body, key=key, headers={"idempotency-key": "k"})
