"""Ten thousand open requests, as an outage leaves them: the sweeper pages, finishes in time, and forgets nobody."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from sasha.core.ports import Ports
from sasha.core.request import GenerationRequest
from sasha.core.sweep import AT_ONCE, SET_ASIDE_S, Care, sweep
from sasha.core.timing import SWEEP_TIME_S, after
from sasha.settings import Settings
from sasha.wiring import sweeper_ports
from tests.functional.world import World
from tests.guarantees.canned import CannedAWS

MANY = 10_000
A_CALL_S = 0.008
# So many of them are enough to know what each costs.
SOME = 1_000
# What Lambda gives a function of 1769 MB, SweeperFunction's: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MB_OF_A_PROCESSOR = 1769
# How often in a second such a processor writes a request as JSON and reads it again: as often as the one does (an AMD
# EPYC) on which the figures of the note were taken. That Lambda's is as fast is an assumption; that this one may be
# slower, or busy, changes nothing, as the sweep is measured against the same.
ROUND_TRIPS_A_S = 53_000


@dataclass
class Crowd:
    """Requests in memory; each call takes as long as one to DynamoDB does."""

    requests: dict[str, GenerationRequest]
    call_s: float = A_CALL_S
    looked_at: list[str] = field(default_factory=list)
    unreadable: str = ""
    set_aside_until: dict[str, datetime] = field(default_factory=dict)

    def due(self, now: datetime) -> Iterator[str]:
        waiting = [each for each in self.requests.values() if each.due_at is not None and each.due_at <= now]
        return iter([each.id for each in sorted(waiting, key=lambda each: each.due_at or now)])

    def get(self, request_id: str) -> GenerationRequest:
        time.sleep(self.call_s)
        self.looked_at.append(request_id)
        if request_id == self.unreadable:
            GenerationRequest.model_validate({"id": request_id, "samples": "many"})
        return self.requests[request_id]

    def set_aside(self, request_id: str, until: datetime) -> None:
        self.set_aside_until[request_id] = until

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        return self.replace(before, after)

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        time.sleep(self.call_s)
        self.requests[after.id] = after
        return True


@pytest.fixture
def waiting(world: World) -> GenerationRequest:
    world.clock.set("2026-11-22T14:30:00+00:00")
    request = world.request(world.submit(world.open_account()))
    world.clock.advance(241)
    return request


def crowd_of(one: GenerationRequest, count: int, **more: Any) -> Crowd:
    """So many like this one, a millisecond apart."""
    aged = [
        one.model_copy(update={"id": f"request-{n}", "due_at": one.due_at and one.due_at + timedelta(milliseconds=n)})
        for n in range(count)
    ]
    return Crowd({each.id: each for each in aged}, **more)


def ports_with(world: World, crowd: Crowd) -> Ports:
    return replace(world.sweeper_ports, requests=cast(Any, crowd))


@pytest.mark.verify
@pytest.mark.parametrize(("age_s", "care"), [(241, Care.GIVEN_UP), (100, Care.HINTED)], ids=["old", "young"])
def test_what_they_cost_a_processor_fits_into_one_sweep(
    world: World, age_s: float, care: Care, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the real adapters, with canned answers. Connections are not in it: they cost about half as much again."""
    world.clock.set("2026-11-22T14:30:00+00:00")
    world.submit(world.open_account())
    world.clock.advance(age_s)
    (item,), (state,) = world.items("REQUEST#"), world.items("STATE#PROVIDER")
    settings = Settings.read(world.environment("SweeperFunction"))

    def measured() -> float:
        """Round trips that one of them costs."""
        aws = CannedAWS(item, state, [str(UUID(int=n)) for n in range(SOME)])
        ports = sweeper_ports(settings, aws.session(), world.clock)
        a_trip_s = round_trip_s(item)
        began_s = time.process_time()
        swept = sweep(lambda: 50.0, ports)
        each_s = (time.process_time() - began_s) / SOME
        assert (swept.done[care], swept.finished, swept.troubled) == (SOME, True, {})
        return each_s / ((a_trip_s + round_trip_s(item)) / 2)

    # Whatever else this machine does only adds to it.
    each = min(measured() for _ in range(3))
    # Python's threads take turns: more than one processor is of no use to them.
    processors = min(world.stack.functions["SweeperFunction"].memory_mb / MB_OF_A_PROCESSOR, 1)
    all_s = MANY * each / ROUND_TRIPS_A_S / processors
    with capsys.disabled():
        print(f"\n{MANY} {care}: {each:.0f} round trips each, {all_s:.0f} s of a processor")  # noqa: T201 the figures
    assert all_s < SWEEP_TIME_S


def round_trip_s(item: dict[str, Any]) -> float:
    """What it takes this processor to write the item as JSON and to read it again."""
    count, began_s = 5_000, time.process_time()
    for _ in range(count):
        json.loads(json.dumps(item))
    return (time.process_time() - began_s) / count


@pytest.mark.verify
def test_what_they_wait_for_fits_into_one_sweep(world: World, waiting: GenerationRequest) -> None:
    crowd = crowd_of(waiting, MANY)
    began = time.monotonic()
    swept = sweep(lambda: 50.0, ports_with(world, crowd))
    took_s = time.monotonic() - began
    assert (swept.finished, swept.done[Care.GIVEN_UP]) == (True, MANY)
    assert took_s < SWEEP_TIME_S


def test_what_one_sweep_did_not_reach_the_next_begins_with(world: World, waiting: GenerationRequest) -> None:
    crowd = crowd_of(waiting, 1_000, call_s=0.0)
    calls = iter(range(10**6))
    # Time for a part of them.
    first = sweep(lambda: 50.0 if next(calls) < 400 else 5.0, ports_with(world, crowd))
    seen = list(crowd.looked_at)
    second = sweep(lambda: 50.0, ports_with(world, crowd))
    assert not first.finished
    assert second.finished
    # The oldest come first, as exactly as sixteen at once can keep an order.
    assert max(map(number, seen)) < len(seen) + AT_ONCE
    assert set(crowd.looked_at[len(seen) :]) == crowd.requests.keys() - set(seen)


def test_the_young_are_hinted_at_behind_the_old_in_the_same_sweep(world: World, waiting: GenerationRequest) -> None:
    crowd = crowd_of(waiting, 1_000, call_s=0.0)
    young = waiting.model_copy(
        update={
            "id": "young",
            "due_at": world.clock.now(),
            "give_up_at": world.clock.now() + timedelta(seconds=200),
        }
    )
    crowd.requests["young"] = young
    swept = sweep(lambda: 50.0, ports_with(world, crowd))
    assert (swept.done[Care.GIVEN_UP], swept.done[Care.HINTED]) == (1_000, 1)


def test_one_that_cannot_be_read_keeps_none_of_thousands_waiting(world: World, waiting: GenerationRequest) -> None:
    crowd = crowd_of(waiting, 3_000, call_s=0.0)
    crowd.unreadable = "request-1234"
    swept = sweep(lambda: 50.0, ports_with(world, crowd))
    assert (swept.finished, swept.done[Care.GIVEN_UP], list(swept.troubled)) == (True, 2_999, ["request-1234"])
    # Nor will it be looked at again in a minute.
    assert crowd.set_aside_until == {"request-1234": after(world.clock.now(), SET_ASIDE_S)}


@pytest.mark.verify
@pytest.mark.timeout(300)
def test_the_index_is_read_page_after_page(world: World, waiting: GenerationRequest) -> None:
    (item,) = [item for item in world.items("REQUEST#") if item["id"]["S"] == waiting.id]
    table = world.stack.table_name
    for start in range(0, MANY, 25):
        copies = [
            {**item, "pk": {"S": f"REQUEST#{n:036}"}, "id": {"S": f"{n:036}"}, "account": {"S": "guest"}}
            for n in range(start, start + 25)
        ]
        batch: Any = {table: [{"PutRequest": {"Item": copy}} for copy in copies]}
        world.clients.dynamodb.batch_write_item(RequestItems=batch)
    world.aws.calls.clear()
    assert len(set(world.sweeper_ports.requests.due(world.clock.now()))) == MANY + 1
    assert world.aws.calls.count(("dynamodb", "Query")) > 1


def number(request_id: str) -> int:
    return int(request_id.removeprefix("request-"))
