"""POST /v1/BigDug-Sasha: one call that waits, answered in JSON or with the picture itself."""

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from local.emulator.faults import Fault
from local.http_api import proxy_event
from local.messages import Request
from tests.functional.world import API_HOST, Answer, Context, World

BODY = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 768, "seed": 42}
AS_PICTURE = {"accept": "image/*"}


def generate(world: World, key: str | None = None, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    return world.call("POST", "/v1/BigDug-Sasha", {**BODY, **more}, key=key or world.open_account(), headers=headers)


@pytest.fixture(autouse=True)
def workers(world: World) -> None:
    world.clock.while_waiting = world.deliver


def test_a_finished_request_is_told_whole(world: World) -> None:
    answer = generate(world, samples=2)

    told = answer.json
    assert answer.status == 200
    assert told["status"] == "COMPLETED"
    assert told["output"] == told["images"][0]["url"]
    assert [image["seed"] for image in told["images"]] == [42, 43]
    assert {image["content_type"] for image in told["images"]} == {"image/png"}
    assert [(image["width"], image["height"]) for image in told["images"]] == [(512, 768)] * 2
    assert told["images"][0]["file_name"] == "sasha-42.png"
    assert told["images"][1]["permalink"] == f"http://{API_HOST}/v2/requests/{told['request_id']}/images/1"
    assert (told["failures"], told["warnings"], told["seed"]) == ([], [], 42)
    assert told["parameters"]["img_height"] == 768
    assert told["created_at"] < told["completed_at"] < told["expires_at"]
    assert (told["metrics"]["cost"], told["metrics"]["remaining_credits"]) == (0.024, 0.976)
    assert {"queue_time", "inference_time", "total_time"} <= told["metrics"].keys()
    assert (answer.headers["x-cost"], answer.headers["x-remaining-credits"]) == ("0.024", "0.976")


@pytest.mark.parametrize("samples", [1, 4])
def test_the_types_do_not_change_with_the_number_of_pictures(world: World, samples: int) -> None:
    told = generate(world, samples=samples).json
    assert isinstance(told["output"], str)
    assert isinstance(told["images"], list)
    assert isinstance(told["seed"], int)


def test_segmind_is_asked_once_per_picture_with_seed_plus_n(world: World) -> None:
    generate(world, samples=4, negative_prompt="rain", lora_scale="1")

    bodies = [call.parameters for call in world.segmind.ledger]
    assert sorted(body["seed"] for body in bodies) == [42, 43, 44, 45]
    assert {body["samples"] for body in bodies} == {1}
    assert {(body["negative_prompt"], body["lora_scale"]) for body in bodies} == {("rain", 1)}


def test_base64_is_added_where_it_was_asked_for(world: World) -> None:
    told = generate(world, base64="true").json
    picture = base64.b64decode(told["images"][0]["base64"])
    assert Image.open(io.BytesIO(picture)).size == (512, 768)


def test_a_picture_too_large_for_base64_brings_a_warning(world: World) -> None:
    world.segmind.script(Fault("large", size=6_000_000))
    told = generate(world, base64=True).json
    assert "base64" not in told["images"][0]
    assert "url" in told["warnings"][0]


class TestBytes:
    def test_an_accept_for_pictures_gets_the_first_pictures_bytes(self, world: World) -> None:
        answer = generate(world, headers=AS_PICTURE, samples=2)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(answer.content)).size == (512, 768)

    def test_segminds_headers_come_with_them(self, world: World) -> None:
        answer = generate(world, headers=AS_PICTURE, samples=2)
        request_id = answer.headers["x-request-id"]
        assert (answer.headers["x-cost"], answer.headers["x-remaining-credits"]) == ("0.024", "0.976")
        assert answer.headers["x-seed-value"] == "42"
        assert float(answer.headers["x-generation-time"]) >= 0
        assert answer.headers["content-location"] == f"http://{API_HOST}/v2/requests/{request_id}"

    @pytest.mark.parametrize(
        ("headers", "content_type"),
        [
            ({}, "application/json"),
            ({"accept": "*/*"}, "application/json"),
            ({"accept": "application/json"}, "application/json"),
            ({"accept": "image/png"}, "image/png"),
            ({"accept": "image/avif,image/webp,*/*;q=0.8"}, "image/png"),
            ({"accept": "application/json, image/*;q=0.5"}, "application/json"),
            ({"accept": "application/json;q=0.1, image/*"}, "image/png"),
            ({"accept": "image/jpeg"}, "application/json"),
            ({"accept": "image/*;q=0"}, "application/json"),
            ({"accept": "text/html"}, "application/json"),
            ({"accept": "*/*", "x-initiator": "SDK-PY"}, "image/png"),
        ],
    )
    def test_who_gets_which(self, world: World, headers: dict[str, str], content_type: str) -> None:
        assert generate(world, headers=headers).headers["content-type"] == content_type

    def test_a_picture_too_large_for_a_lambda_is_led_to(self, world: World) -> None:
        world.segmind.script(Fault("large", size=5_000_000))
        answer = generate(world, headers=AS_PICTURE)
        assert answer.status == 303
        assert "X-Amz-Signature" in answer.headers["location"]

    def test_when_the_time_runs_out_it_is_an_error_and_no_picture(self, world: World) -> None:
        world.clock.while_waiting = lambda: None
        answer = generate(world, headers=AS_PICTURE)
        assert (answer.status, answer.json["code"], answer.json["retryable"]) == (504, "still_running", False)
        assert f"/v2/requests/{answer.json['request_id']}" in answer.json["detail"]


class TestWaiting:
    @pytest.fixture(autouse=True)
    def leaps(self, world: World) -> None:
        world.clock.leap_s = 1.0

    def test_when_the_time_runs_out_the_request_lives_on(self, world: World) -> None:
        world.clock.while_waiting = lambda: None
        answer = generate(world)
        assert answer.status == 202
        assert answer.headers["location"] == answer.json["response_url"]
        assert "do not send it again" in answer.json["detail"]
        assert int(answer.headers["retry-after"]) > 0
        assert world.request(answer.json["request_id"]).is_open

    def test_it_waits_25_seconds_of_the_gateways_time(self, world: World) -> None:
        world.clock.while_waiting = lambda: None
        began = world.clock.now()
        generate(world)
        assert (world.clock.now() - began).total_seconds() == pytest.approx(25, abs=1.1)

    def test_an_event_that_was_kept_is_waited_for_from_now(self, world: World) -> None:
        kept = self.sent(world, seconds_ago=1e9)
        world.clock.while_waiting = world.deliver
        assert world.api(kept, Context())["statusCode"] == 200

    def test_it_waits_less_for_a_call_that_took_long_to_arrive(self, world: World) -> None:
        late = self.sent(world, seconds_ago=20)
        world.clock.while_waiting = lambda: None
        began = world.clock.now()
        world.api(late, Context())
        assert (world.clock.now() - began).total_seconds() == pytest.approx(5, abs=1.1)

    @staticmethod
    def sent(world: World, seconds_ago: float) -> dict[str, Any]:
        headers = {"x-api-key": world.open_account(), "content-type": "application/json"}
        request = Request("POST", "/v1/BigDug-Sasha", "", headers, json.dumps(BODY).encode())
        return proxy_event(request, API_HOST, world.clock.now().timestamp() - seconds_ago)

    def test_it_never_waits_longer_than_the_function_lives(self, world: World) -> None:
        world.clock.while_waiting = lambda: None
        world.context = Context(seconds=12)
        began = world.clock.now()
        generate(world)
        assert (world.clock.now() - began).total_seconds() == pytest.approx(10, abs=1.1)

    @pytest.mark.parametrize(
        ("prefer", "applied", "seconds"),
        [
            ("wait=3", "wait=3", 3),
            ("WAIT = 3", "wait=3", 3),
            ("wait=100", "wait=25", 25),
            ("respond-async", "respond-async", 0),
            ("respond-async, wait=10", "wait=10", 10),
            ("wait=10, respond-async", "wait=10", 10),
            ("handling=lenient; wait=3", "wait=3", 3),
            ("wait=-1", None, 25),
            ("wait=soon", None, 25),
            ("", None, 25),
        ],
    )
    def test_prefer_says_how_long(self, world: World, prefer: str, applied: str | None, seconds: int) -> None:
        world.clock.while_waiting = lambda: None
        began = world.clock.now()
        answer = generate(world, headers={"prefer": prefer})
        assert answer.headers.get("preference-applied") == applied
        assert (world.clock.now() - began).total_seconds() == pytest.approx(seconds, abs=1.1)


def test_a_failure_has_its_own_status_and_is_not_billed(world: World) -> None:
    key = world.open_account()
    world.segmind_fails("400")
    answer = generate(world, key)
    assert (answer.status, answer.json["code"], answer.json["billed"]) == (502, "provider_error", False)
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert world.balance(key) == 1_000_000


def test_what_failed_is_listed_and_not_charged(world: World) -> None:
    key = world.open_account()
    world.segmind_fails("400", seed=43)
    told = generate(world, key, samples=2).json
    assert [image["index"] for image in told["images"]] == [0]
    assert [(failure["index"], failure["code"]) for failure in told["failures"]] == [(1, "provider_error")]
    assert (told["metrics"]["cost"], world.balance(key)) == (0.012, 988_000)


def test_no_answer_is_cached(world: World) -> None:
    assert generate(world).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "content_type", ["Application/JSON", "application/json; charset=utf-8", "APPLICATION/JSON;x=y"]
)
def test_json_is_json_however_it_is_spelt(world: World, content_type: str) -> None:
    assert generate(world, headers={"content-type": content_type}).status == 200


@pytest.mark.parametrize("scale", [1e-200, "1e-300", -1e-131])
def test_a_number_too_small_to_matter_is_nought(world: World, scale: float | str) -> None:
    assert generate(world, lora_scale=scale).json["parameters"]["lora_scale"] == 0


class TestTakenOnAndThen:
    """Whatever breaks after a request was taken on, its caller learns its id and is not told to send it again."""

    def test_the_table_cannot_be_read(self, world: World) -> None:
        world.clock.while_waiting = lambda: world.aws.break_down("GetItem")
        answer = generate(world)
        assert (answer.status, "do not send it again" in answer.json["detail"]) == (202, True)

    def test_the_picture_cannot_be_read(self, world: World) -> None:
        world.aws.break_down("GetObject")
        answer = generate(world, headers=AS_PICTURE)
        assert (answer.status, answer.json["code"], answer.json["billed"]) == (504, "still_running", None)

    def test_the_answer_to_the_transaction_is_lost_for_good(self, world: World) -> None:
        key = world.open_account()
        world.aws.lose_answer_of("TransactWriteItems", times=3)
        assert generate(world, key).status in (200, 202)
        assert world.balance(key) == 988_000

    def test_our_own_write_in_the_way_is_our_own(self, world: World) -> None:
        key = world.open_account()
        world.aws.forget_tokens()
        world.aws.lose_answer_of("TransactWriteItems")
        answer = generate(world, key, headers={"idempotency-key": "k"})
        assert "idempotent-replayed" not in answer.headers
        assert world.balance(key) == 988_000

    def test_a_submit_that_waits_is_still_answered(self, world: World) -> None:
        world.clock.while_waiting = lambda: world.aws.break_down("GetItem")
        answer = world.call("POST", "/v2/BigDug-Sasha", BODY, key=world.open_account(), headers={"prefer": "wait=2"})
        assert (answer.status, answer.json["status"]) == (200, "QUEUED")


def test_numbers_sent_as_text_are_understood(world: World) -> None:
    body = json.dumps({**BODY, "samples": "1", "guidance_scale": "8", "base64": "false"})
    assert world.call("POST", "/v1/BigDug-Sasha", body, key=world.open_account()).status == 200
