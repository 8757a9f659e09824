"""Whether pictures can be made now, as the model's description tells it before anything is asked for."""

from typing import Any

import pytest

from sasha.core.breaker import FAILURES_TO_OPEN, change
from tests.functional.world import World

PROMPT = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}
OPEN = {"accepting": True, "detail": None, "retry_after_s": None}


def availability(world: World) -> dict[str, Any]:
    told: dict[str, Any] = world.call("GET", "/v1/models/BigDug-Sasha").json["availability"]
    return told


def test_usually_they_can(world: World) -> None:
    assert availability(world) == OPEN


def test_without_a_segmind_key_it_says_so_in_the_words_of_the_refusal(world: World) -> None:
    world.without_segmind_key()

    told = availability(world)

    refused = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=world.open_account())
    assert told == {
        "accepting": False,
        "detail": "Not set up yet: the owner of this site has to enter a Segmind key.",
        "retry_after_s": 60,
    }
    assert refused.json["detail"] == f"{told['detail']} Nothing was charged."
    assert refused.headers["retry-after"] == "60"


def test_while_segmind_serves_nobody_it_says_when_to_ask_again(world: World) -> None:
    world.clock.set("2026-11-22T14:30:00+00:00")
    key = world.open_account()
    world.segmind_fails("502 html", times=FAILURES_TO_OPEN)
    for _ in range(FAILURES_TO_OPEN):
        world.submit(key)
    world.deliver()

    told = availability(world)

    assert told == {
        "accepting": False,
        "detail": "The picture service cannot be used at the moment.",
        "retry_after_s": 16,
    }
    world.clock.advance(told["retry_after_s"])
    assert availability(world) == OPEN


def test_it_costs_one_read_in_ten_seconds_however_many_look(world: World) -> None:
    world.aws.reset()
    for _ in range(5):
        availability(world)
    assert world.aws.calls == [("dynamodb", "GetItem")]

    world.clock.advance(10)
    availability(world)
    assert world.aws.count() == 2


def test_a_key_that_is_entered_is_known_within_ten_seconds(world: World) -> None:
    world.without_segmind_key()
    assert not availability(world)["accepting"]
    change(world.worker_ports.states, lambda state: state.keyed(True))

    world.clock.advance(10)

    assert availability(world) == OPEN


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_the_form_is_described_though_nobody_can_look(
    world: World, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.aws.break_down("GetItem", code, status=500)

    answer = world.call("GET", "/v1/models/BigDug-Sasha")

    assert (answer.status, answer.json["availability"]) == (200, OPEN)
    assert "could not be looked up" in caplog.text
