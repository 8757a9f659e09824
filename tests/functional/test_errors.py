"""The error table as a caller of /v1 sees it: each failure with its own status, its code, and no charge."""

import json

import pytest

from tests.functional.world import Answer, World

PROMPT = {"prompt": "a red fox in the snow"}


def generate(world: World, key: str) -> Answer:
    return world.call("POST", "/v1/BigDug-Sasha", PROMPT, key=key)


@pytest.mark.parametrize(
    ("fault", "times", "status", "code"),
    [
        ("400", 1, 502, "provider_error"),
        ("500", 3, 502, "provider_error"),
        ("401", 2, 502, "provider_rejected_key"),
        ("406 credits", 1, 502, "provider_out_of_credits"),
        ("html", 1, 502, "bad_provider_answer"),
        ("504", 1, 504, "provider_timeout"),
        ("reset after", 1, 504, "outcome_unknown"),
        ("429 in 290 s", 1, 504, "waited_too_long"),
    ],
)
def test_a_failure_of_segmind_has_its_own_status(world: World, fault: str, times: int, status: int, code: str) -> None:
    key = world.open_account()
    world.clock.while_waiting = world.deliver
    world.segmind_fails(fault, times=times)

    answer = generate(world, key)

    assert (answer.status, answer.json["code"], answer.json["billed"]) == (status, code, False)
    assert (answer.headers["content-type"], answer.json["status"]) == ("application/problem+json", status)
    assert "segmind" not in answer.json["detail"].lower(), "the owner's trouble is not shown as the caller's"
    assert world.balance(key) == 1_000_000


def test_segmind_out_of_reach_for_good_is_not_there(world: World) -> None:
    key = world.open_account()
    request_id = world.submit(key)
    world.segmind_fails("refused")
    for _ in range(240):
        world.deliver()
        world.clock.advance(1)
    answer = world.call("GET", f"/v2/requests/{request_id}/status", key=key)
    assert (answer.status, answer.json["code"]) == (422, "provider_unavailable")
    assert world.balance(key) == 1_000_000


def test_canceled_while_somebody_waits(world: World) -> None:
    key = world.open_account()
    world.clock.while_waiting = lambda: [world.cancel_by_core(request_id) for request_id in world.open_requests()]
    answer = generate(world, key)
    assert (answer.status, answer.json["code"]) == (409, "canceled")
    assert world.balance(key) == 1_000_000


def test_our_own_fault_tells_nothing_but_a_reference(world: World) -> None:
    key = world.open_account()
    world.aws.break_down("TransactWriteItems")
    answer = generate(world, key)
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert "a-lambda-request-id" in answer.json["detail"]
    assert "AccessDenied" not in json.dumps(answer.json)
