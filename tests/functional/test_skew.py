"""Clocks that differ by five seconds between the functions."""

import pytest

from sasha.core.fulfil import Fate
from sasha.core.request import Status
from sasha.core.timing import PATIENCE_S, SWEEP_PERIOD_S, SWEEP_TIME_S
from tests.functional.strict_aws import Died
from tests.functional.world import World

NINE_MINUTES_S = 540
SDK_GIVES_UP_S = 600
SKEW_S = 5
Skews = tuple[float, float]


@pytest.fixture(
    params=[(SKEW_S, -SKEW_S), (-SKEW_S, SKEW_S), (SKEW_S, SKEW_S), (-SKEW_S, -SKEW_S)], ids=str, autouse=True
)
def skewed(request: pytest.FixtureRequest, world: World) -> Skews:
    """The worker's and the sweeper's clocks, in seconds before or behind the API's."""
    skews: Skews = request.param
    world.skew(worker_s=skews[0], sweeper_s=skews[1])
    return skews


@pytest.fixture
def key(world: World, skewed: Skews) -> str:
    return world.open_account()


def test_a_picture_is_made(world: World, key: str) -> None:
    request_id = world.submit(key)
    assert world.deliver() == [Fate.SETTLED]
    answer = world.call("GET", f"/v2/requests/{request_id}", key=key)
    assert answer.json["status"] == "COMPLETED"
    assert min(answer.json["metrics"].values()) >= 0


def test_what_was_refused_for_lack_of_room_is_asked_again(world: World, key: str) -> None:
    world.segmind_fails("429 iso")
    request_id = world.submit(key)
    world.deliver()
    for _ in range(3):
        world.clock.advance(31)
        world.sweep()
        world.deliver()
    assert (world.request(request_id).status, len(world.segmind.ledger)) == (Status.COMPLETED, 1)


def test_a_live_claim_is_not_taken_for_a_dead_one(world: World, key: str) -> None:
    request_id = world.submit(key)
    swept: list[Status] = []

    def the_sweeper_comes_as_late_as_the_worker_lives() -> None:
        world.clock.advance(180)
        world.sweep()
        swept.append(world.request(request_id).status)

    world.while_segmind_works(the_sweeper_comes_as_late_as_the_worker_lives)
    world.deliver()
    assert (swept, world.request(request_id).status) == ([Status.PROCESSING], Status.COMPLETED)


def test_a_dead_worker_is_found_out_within_nine_minutes(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.clock.advance(234)  # as late as the patience allows
    world.aws.die_at("PutObject")
    with pytest.raises(Died):
        world.deliver()
    world.aws.recover()
    while world.request(request_id).is_open:
        world.clock.advance(60)
        world.sweep()
    request = world.request(request_id)
    assert request.completed_at is not None
    assert (request.completed_at - request.created_at).total_seconds() <= NINE_MINUTES_S
    assert world.balance(key) == 1_000_000


# The last is that of an API that is so much before the true time, and of a worker and a sweeper that are behind it.
BEHIND = [(-SKEW_S, SKEW_S), (-SKEW_S, -SKEW_S), (-2 * SKEW_S, -2 * SKEW_S)]


@pytest.mark.parametrize("skewed", BEHIND, ids=str, indirect=True)
def test_a_worker_that_is_behind_claims_later_and_all_ends_before_the_sdk_gives_up(
    world: World, key: str, skewed: Skews
) -> None:
    worker_s, sweeper_s = skewed
    request_id = world.submit(key)
    submitted_at = world.clock.now()
    world.clock.advance(PATIENCE_S - worker_s - 0.001)
    world.aws.die_at("PutObject")
    with pytest.raises(Died):
        world.deliver()
    world.aws.recover()
    # A sweeper that has just missed it, by its own clock. The next one comes a minute later, and takes its time.
    claimed_until = world.request(request_id).claimed_until
    assert claimed_until is not None
    world.clock.advance((claimed_until - world.sweeper_ports.clock.now()).total_seconds() - 0.001)
    world.sweep()
    assert world.request(request_id).is_open
    world.clock.advance(SWEEP_PERIOD_S)
    world.sweep()
    assert not world.request(request_id).is_open
    took_s = (world.clock.now() - submitted_at).total_seconds() + SWEEP_TIME_S
    # What the worker's clock is behind counts for its claim, and against the claim's end: the sweeper's alone remains.
    assert took_s == pytest.approx(NINE_MINUTES_S - sweeper_s, abs=0.01)
    assert took_s < SDK_GIVES_UP_S


def test_a_lost_message_is_sent_again(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.lose_messages()
    world.clock.advance(41)
    world.sweep()
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_what_nobody_claims_is_given_up(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.lose_messages()
    world.clock.advance(250)
    world.sweep()
    assert world.request(request_id).failures[0].code == "waited_too_long"
    assert world.balance(key) == 1_000_000


@pytest.mark.parametrize("skewed", [(SKEW_S, 0)], ids=str, indirect=True)
def test_what_one_worker_put_back_one_that_is_behind_it_takes_up_at_the_next_sweep(world: World, key: str) -> None:
    world.segmind_fails("503")
    request_id = world.submit(key)
    assert world.deliver() == [Fate.RELEASED]

    world.skew(worker_s=-SKEW_S, sweeper_s=0)
    world.clock.advance(3)
    # By its own clock it comes too early, and the message is gone.
    assert world.deliver() == [Fate.NOT_CLAIMED]
    world.clock.advance(SWEEP_PERIOD_S)
    world.sweep()
    world.deliver()
    assert (world.request(request_id).status, len(world.segmind.ledger)) == (Status.COMPLETED, 1)
