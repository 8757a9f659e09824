"""Every call to AWS fails in every way, for a moment or for good: the request ends well all the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sasha.core.request import GenerationRequest, Status
from tests.functional.strict_aws import Died, StrictAWS
from tests.functional.world import World

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
    "the sweeper's query": ("Query", 0),
    "the sweeper's listing": ("ListObjectsV2", 0),
    "the sweeper's look at a picture": ("HeadObject", 0),
}
Fail = Callable[[World, str, int, int], None]
WAYS: dict[str, Fail] = {
    "throttled": lambda world, name, after, times: world.aws.break_down(name, "ThrottlingException", times, after),
    "refused": lambda world, name, after, times: world.aws.break_down(name, "AccessDeniedException", times, after),
    "failing inside": lambda world, name, after, times: world.aws.break_down(
        name, "InternalServerError", times, after, status=500
    ),
    "too slow": lambda world, name, after, times: world.aws.time_out(name, times, after),
    "without an answer": lambda world, name, after, times: world.aws.lose_answer_of(name, times, after),
    "in conflict": lambda world, name, after, times: world.aws.conflict_times(name, times, after),
}
CONFLICTING = ("TransactWriteItems", "UpdateItem")
ONCE, FOR_A_WHILE = 1, 40
A_WHILE_S = 40
CELLS = [
    pytest.param(call, way, times, id=f"{call}, {way}, {'once' if times == ONCE else 'for a while'}")
    for call, (operation, _) in CALLS.items()
    for way in WAYS
    for times in (ONCE, FOR_A_WHILE)
    if way != "in conflict" or operation in CONFLICTING
]


LIVES, DIES_BEFORE_THE_POST, DIES_BEFORE_SETTLING = "the worker lives", "dies before the POST", "dies before settling"
# Where a call is not made, as nothing gets so far.
NOT_MADE = {
    LIVES: ("the sweeper's listing", "the sweeper's look at a picture"),
    DIES_BEFORE_THE_POST: ("the Segmind key", "the picture", "the sweeper's look at a picture"),
    DIES_BEFORE_SETTLING: (),
}


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
    body = {"prompt": "a red fox in the snow", "seed": 7, "samples": 2, "img_width": 512, "img_height": 512}
    world.segmind_fails("400", seed=8)
    world.aws.reset()
    WAYS[way](world, operation, after, times)
    headers = {"idempotency-key": "k"}
    first = world.call("POST", "/v2/BigDug-Sasha", body, key=key, headers=headers)
    if first.status != 200:
        assert first.status in (500, 503)
        world.aws.recover()
        again = world.call("POST", "/v2/BigDug-Sasha", body, key=key, headers=headers)
        assert again.status == 200
    if life == DIES_BEFORE_THE_POST:
        world.die_before_posting()
    elif life == DIES_BEFORE_SETTLING:
        dying: Any = DyingAtTheEnd(world.worker_ports.requests, world.aws)
        world.worker_ports = replace(world.worker_ports, requests=dying)
    since: int | None = None
    for second in range(0, 600, 20):
        deliver(world)
        if second % 60 == 0:
            sweep(world)
        world.clock.advance(20)
        since = second if since is None and world.aws.disturbed else since
        if since is not None and second >= since + A_WHILE_S:
            world.aws.recover()
    world.aws.recover()
    assert bool(world.aws.disturbed) is (call not in NOT_MADE[life])
    (item,) = world.items("REQUEST#")
    request = world.request(item["id"]["S"])
    assert not request.is_open
    assert request.completed_at is not None
    assert (request.completed_at - request.created_at).total_seconds() <= 540
    assert len([call for call in world.segmind.ledger if call.seed == 7]) <= 1
    delivered = 1 if request.status is Status.COMPLETED else 0
    assert world.balance(key) == 1_000_000 - 12_000 * delivered
    # What reached the bucket is delivered.
    assert len(world.pictures()) == delivered


def deliver(world: World) -> None:
    """A worker that dies is followed by another; what AWS does goes on."""
    try:
        world.deliver()
    except Died:
        world.aws.dead = False
        world.segmind_recovers()


def sweep(world: World) -> None:
    """A sweeper that cannot work raises; the next one comes a minute later."""
    try:
        world.sweep()
    except (BotoCoreError, ClientError):
        assert world.aws.is_disturbed
