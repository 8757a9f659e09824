"""The events of events/, which `sam local invoke` uses, against the requests that `make run` seeds."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.http_api import proxy_answer
from local.seed import DEMO_CREDITS_MICROS, DEMO_KEY, QUEUED_REQUEST, seed
from sasha.core.request import Status
from sasha.messages import take
from tests.functional.world import Answer, World

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture(autouse=True)
def seeded(world: World) -> None:
    seed(world.stack, world.clients)


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def call(world: World, name: str) -> Answer:
    answer = proxy_answer(world.api(event(name), world.context))
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)


def test_the_demo_account_has_five_dollars_left(world: World) -> None:
    assert world.balance(DEMO_KEY) == DEMO_CREDITS_MICROS


def test_submit(world: World) -> None:
    answer = call(world, "submit")
    assert (answer.status, answer.json["status"]) == (200, "QUEUED")
    assert world.hints() == [answer.json["request_id"]]


def test_submit_v1_waits_for_the_picture(world: World) -> None:
    world.clock.while_waiting = world.deliver
    answer = call(world, "submit_v1")
    assert (answer.status, answer.json["images"][0]["seed"]) == (200, 42)


def test_status(world: World) -> None:
    answer = call(world, "status")
    assert (answer.status, answer.json["status"], answer.json["metrics"]["total_time"]) == (200, "COMPLETED", 3.2)


def test_result(world: World) -> None:
    answer = call(world, "result")
    assert (answer.status, len(answer.json["images"])) == (200, 1)
    assert world.s3_accepts(answer.json["output"])


def test_bad_request(world: World) -> None:
    answer = call(world, "bad_request")
    assert answer.status == 400
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/prompt", "/samples", "/scheduler"}


def test_worker(world: World) -> None:
    (record,) = event("worker")["Records"]
    take(record["body"], lambda: 180.0, world.worker_ports)
    assert world.request(QUEUED_REQUEST).status is Status.COMPLETED


def test_the_waiting_request_is_left_alone_by_the_sweeper(world: World) -> None:
    world.clock.advance(3600)
    world.sweep()
    assert world.request(QUEUED_REQUEST).status is Status.QUEUED


def test_every_event_is_used_here() -> None:
    used = {"submit", "submit_v1", "status", "result", "bad_request", "worker", "sweeper"}
    assert {path.stem for path in EVENTS.glob("*.json")} == used
