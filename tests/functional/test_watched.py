"""What is observed of requests, calls and the queue, before it becomes metrics."""

from datetime import timedelta

import pytest

from sasha.core.breaker import Finding, change
from sasha.core.errors import Code
from sasha.core.fulfil import Work
from sasha.core.quota import Kind
from sasha.core.submit import Accepted
from sasha.messages import take
from sasha.web.app import create_api
from sasha.wiring import gateway_secret
from tests.functional.world import World

PRICE_MICROS = 12_000


@pytest.fixture
def accepted(world: World) -> list[Accepted]:
    """Each request that the API takes on."""
    heard: list[Accepted] = []
    secret = gateway_secret(world.api_settings, world.session, world.clock)
    secret.read()
    world.api = create_api(world.api_ports, secret, heard.append)
    return heard


def work(world: World) -> Work:
    """What the worker makes of the next message."""
    done = take(world.aws.messages.pop(0)["MessageBody"], lambda: 180.0, world.worker_ports)
    assert done is not None
    return done


class TestSubmits:
    def test_what_segmind_may_have_cost_is_told_with_each_request(self, world: World, accepted: list[Accepted]) -> None:
        key = world.open_account()
        for samples in (1, 4):
            world.submit(key, samples=samples)

        assert [each.left.used[Kind.SPEND] for each in accepted] == [PRICE_MICROS, 5 * PRICE_MICROS]
        assert [Kind.GUESTS in each.left.used for each in accepted] == [False, False]

    def test_all_guests_pictures_are_told_with_a_guests_request(self, world: World, accepted: list[Accepted]) -> None:
        for visitor in ("192.0.2.1", "192.0.2.2"):
            world.guest_asks(visitor, samples=2)

        assert [each.left.used[Kind.GUESTS] for each in accepted] == [2, 4]

    def test_what_is_refused_is_not_heard_of(self, world: World, accepted: list[Accepted]) -> None:
        key = world.open_account(balance_micros=PRICE_MICROS - 1)
        assert world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=key).status == 406

        assert accepted == []


class TestCalls:
    def test_a_call_is_timed_from_its_beginning_to_its_end(self, world: World) -> None:
        world.submit(world.open_account())
        world.while_segmind_works(lambda: world.clock.advance(7))

        assert [(call.latency_s, call.brought_picture) for call in work(world).calls] == [(7.0, True)]

    @pytest.mark.parametrize("fault", ["403", "429", "502 html", "reset after"])
    def test_a_call_without_a_picture_is_one_too_whatever_it_was(self, world: World, fault: str) -> None:
        world.segmind_fails(fault)
        world.submit(world.open_account())

        assert [call.brought_picture for call in work(world).calls] == [False]

    def test_what_was_delivered_and_what_was_refunded_make_all_that_was_asked_for(self, world: World) -> None:
        world.segmind_fails("403", seed=8)
        world.submit(world.open_account(), samples=4, seed=7)

        done = work(world)
        assert (done.pictures, done.refunds, len(done.calls)) == (3, 1, 4)


class TestWaiting:
    """No sweep finds a request due whose message goes round from worker to worker."""

    def test_who_waits_for_room_at_segmind_is_seen_with_its_age(self, world: World) -> None:
        world.segmind_fails("429 iso", times=2)
        world.submit(world.open_account())
        ages = []
        for _ in range(3):
            ages.append(work(world).waited_s)
            world.clock.advance(62)

        assert ages == [pytest.approx(0, abs=0.01), pytest.approx(62, abs=0.01), 0]  # the third time it is made

    def test_who_is_put_off_is_seen_with_its_age(self, world: World) -> None:
        world.submit(world.open_account())
        world.clock.advance(20)
        change(
            world.api_ports.states,
            lambda state: state.paced(world.clock.now() + timedelta(seconds=30), world.clock.now()),
        )

        assert work(world).waited_s == pytest.approx(20, abs=0.01)

    def test_who_waited_in_vain_is_seen_with_its_age(self, world: World) -> None:
        world.segmind_fails("429 in 290 s")
        world.submit(world.open_account())
        world.clock.advance(200)

        done = work(world)
        assert (done.waited_s, done.refunds) == (pytest.approx(200, abs=0.01), 1)


class TestSweeps:
    def test_the_age_of_the_oldest_request_that_waits_is_seen(self, world: World) -> None:
        key = world.open_account()
        for _ in range(2):
            world.submit(key)
            world.clock.advance(60)

        assert world.sweep().oldest_waiting_s == pytest.approx(120, abs=0.01)

    def test_a_request_that_waited_in_vain_is_seen_with_its_age_and_its_refunds(self, world: World) -> None:
        world.submit(world.open_account(), samples=2)
        world.clock.advance(250)

        swept = world.sweep()
        assert swept.oldest_waiting_s == pytest.approx(250, abs=0.01)
        assert (swept.pictures, swept.refunds) == (0, 2)

    def test_what_is_being_made_does_not_wait(self, world: World) -> None:
        world.submit(world.open_account())
        world.while_segmind_works(lambda: world.clock.advance(200))
        work(world)

        assert world.sweep().oldest_waiting_s == 0

    def test_a_dead_workers_pictures_are_delivered_or_refunded(self, world: World) -> None:
        request_id = world.submit(world.open_account(), samples=2)
        request = world.request(request_id)
        a_minute_ago = world.clock.now() - timedelta(seconds=60)
        world.api_ports.requests.replace(request, request.claimed("dead", until=a_minute_ago, at=a_minute_ago))

        swept = world.sweep()
        assert (swept.oldest_waiting_s, swept.pictures, swept.refunds) == (0, 0, 2)

    @pytest.mark.parametrize(
        ("finding", "code"),
        [
            (Finding.WORKS, None),
            (Finding.DOWN, None),  # one in trouble is no outage yet
            (Finding.REJECTED_KEY, Code.PROVIDER_REJECTED_KEY),
            (Finding.OUT_OF_CREDITS, Code.PROVIDER_OUT_OF_CREDITS),
        ],
    )
    def test_why_nobody_is_served_is_seen(self, world: World, finding: Finding, code: Code | None) -> None:
        change(world.api_ports.states, lambda state: state.found(finding, world.clock.now()))

        assert world.sweep().blocked_by == code

    def test_it_is_seen_until_somebody_has_found_out_that_it_is_over(self, world: World) -> None:
        for _ in range(5):
            change(world.api_ports.states, lambda state: state.found(Finding.DOWN, world.clock.now()))
        world.clock.advance(3600)
        assert world.sweep().blocked_by == Code.PROVIDER_UNAVAILABLE

        world.submit(world.open_account())
        work(world)
        assert world.sweep().blocked_by is None

    def test_a_missing_key_is_as_bad_as_a_wrong_one(self, world: World) -> None:
        world.without_segmind_key()

        assert world.sweep().blocked_by == Code.PROVIDER_REJECTED_KEY
