"""The ways in which a call to AWS fails, and how a request's life goes on while it does."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.functional.strict_aws import Died
from tests.functional.world import World

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
CONFLICTING = ("TransactWriteItems", "UpdateItem", "PutItem")
ONCE, FOR_A_WHILE = 1, 40
A_WHILE_S = 40
NINE_MINUTES_S = 540


def cells(operations: Mapping[str, str]) -> list[Any]:
    """Each call, by the operation that it is, in each way that it can fail, once and for a while."""
    return [
        pytest.param(call, way, times, id=f"{call}, {way}, {'once' if times == ONCE else 'for a while'}")
        for call, operation in operations.items()
        for way in WAYS
        for times in (ONCE, FOR_A_WHILE)
        if way != "in conflict" or operation in CONFLICTING
    ]


def live_on(world: World, step_s: int = 20) -> None:
    """Ten minutes with a worker for every message and a sweeper every minute. What fails ends after a while."""
    since: int | None = None
    for second in range(0, 600, step_s):
        deliver(world)
        if second % 60 == 0:
            sweep(world)
        world.clock.advance(step_s)
        since = second if since is None and world.aws.disturbed else since
        if since is not None and second >= since + A_WHILE_S:
            world.aws.recover()
    world.aws.recover()


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
