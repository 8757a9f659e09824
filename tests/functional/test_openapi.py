"""What is answered is what the OpenAPI document says."""

from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from local.clients import Clients
from local.emulator.server import SegmindEmulator
from local.stack import Stack
from tests.functional.strict_aws import StrictAWS
from tests.functional.world import Answer, World

SUBMIT = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512, "base64": True}


@pytest.fixture(scope="module")
def document(
    session: boto3.Session, clients: Clients, stack: Stack, strict_aws: StrictAWS, emulator: SegmindEmulator
) -> Any:
    """Made once: it takes longer than most tests."""
    return World(stack, session, strict_aws, clients, emulator).call("GET", "/openapi.json").json


def fits(answer: Answer, document: Any, method: str, path: str) -> None:
    """Fails with what differs, or is not told."""
    responses = document["paths"][path][method.lower()]["responses"]
    told = responses.get(str(answer.status), responses["default"])
    assert own_headers(answer) <= {name.lower() for name in told.get("headers", {})}
    if not answer.content:
        assert "content" not in told
        return
    content = told["content"][answer.headers["content-type"]]
    schema = {**content["schema"], "components": document["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json)] == []


def header(document: Any, method: str, path: str, name: str) -> Any:
    """How a header of a request is told."""
    return next(each for each in document["paths"][path][method]["parameters"] if each["name"] == name)


def own_headers(answer: Answer) -> set[str]:
    """Those that tell of more than the body."""
    return answer.headers.keys() - {"content-type", "cache-control"}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("prefer", ["wait=5", "respond-async"])
@pytest.mark.parametrize("fault", [None, "400"])
def test_submits(world: World, document: Any, version: str, prefer: str, fault: str | None) -> None:
    world.clock.while_waiting = world.deliver
    if fault:
        world.segmind_fails(fault)
    path = f"/{version}/BigDug-Sasha"
    key, headers = world.open_account(), {"prefer": prefer, "idempotency-key": "k"}
    first, again = (world.call("POST", path, SUBMIT, key=key, headers=headers) for _ in range(2))
    fits(first, document, "POST", path)
    fits(again, document, "POST", path)
    assert own_headers(again) >= own_headers(first) | {"idempotent-replayed", "preference-applied"}


@pytest.mark.parametrize("fault", [None, "400"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/requests"),
        ("GET", "/v2/requests/{request_id}"),
        ("GET", "/v2/requests/{request_id}/status"),
        ("GET", "/v2/requests/{request_id}/images/0"),
        ("DELETE", "/v2/requests/{request_id}/images/0"),
        ("DELETE", "/v2/requests/{request_id}"),
        ("POST", "/v2/requests/{request_id}/cancel"),
        ("GET", "/v2/usage"),
        ("GET", "/v1/get-user-credits"),
        ("GET", "/v1/models/BigDug-Sasha"),
        ("GET", "/healthz"),
    ],
)
@pytest.mark.parametrize("worked_on", [False, True])
def test_reads(world: World, document: Any, method: str, path: str, fault: str | None, worked_on: bool) -> None:
    key = world.open_account()
    if fault:
        world.segmind_fails(fault)
    request_id = world.submit(key, samples=2)
    if worked_on:
        world.deliver()
    answer = world.call(method, path.format(request_id=request_id), key=key)
    fits(answer, document, method, path.replace("images/0", "images/{index}"))


@pytest.mark.parametrize(
    ("key", "body"), [(None, SUBMIT), ("nonsense", SUBMIT), ("mine", {"samples": 9}), ("mine", "{")]
)
def test_problems(world: World, document: Any, key: str | None, body: Any) -> None:
    own = world.open_account()
    answer = world.call("POST", "/v2/BigDug-Sasha", body, key=own if key == "mine" else key)
    fits(answer, document, "POST", "/v2/BigDug-Sasha")


def test_every_operation_but_the_public_ones_needs_a_key(world: World, document: Any) -> None:
    open_to_all = {
        path for path, item in document["paths"].items() for operation in item.values() if "security" not in operation
    }
    assert open_to_all == {"/v1/models/BigDug-Sasha", "/openapi.json", "/healthz"}


def test_what_may_come_without_a_key_is_asked_of_one_request_or_by_the_pages_visitors(document: Any) -> None:
    optional = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if {} in operation.get("security", [])
    }
    of_one = {path for path in document["paths"] if path.startswith("/v2/requests/")}
    assert optional == of_one | {"/v2/BigDug-Sasha", "/v1/get-user-credits"}


@pytest.mark.parametrize(("method", "path"), [("post", "/v2/BigDug-Sasha"), ("get", "/v1/get-user-credits")])
def test_a_visitors_mark_is_told_where_it_counts(document: Any, method: str, path: str) -> None:
    told = header(document, method, path, "sasha-guest")
    assert (told["in"], told["schema"]["examples"]) == ("header", ["1"])


def test_another_mark_means_nothing_and_is_told_to_be_allowed(world: World, document: Any) -> None:
    key = world.open_account()
    answer = world.call("GET", "/v1/get-user-credits", key=key, headers={"sasha-guest": "AAA"})
    assert answer.json["credits"] == 1.0
    told = header(document, "get", "/v1/get-user-credits", "sasha-guest")["schema"]
    assert Draft202012Validator(told).is_valid("AAA")


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("key", ["a", "a-key_1", '"quoted"', "~" * 255, "", "two words", "ü", "~" * 256])
def test_an_idempotency_key_is_told_as_it_is_taken(world: World, document: Any, version: str, key: str) -> None:
    path = f"/{version}/BigDug-Sasha"
    headers = {"idempotency-key": key, "prefer": "wait=0"}
    answer = world.call("POST", path, SUBMIT, key=world.open_account(), headers=headers)
    told = header(document, "post", path, "Idempotency-Key")["schema"]
    assert Draft202012Validator(told).is_valid(key) is (answer.status in (200, 202))


@pytest.mark.parametrize("prompt", ["", " \n\t", "\u00a0", "a red fox", " ."])
def test_a_blank_prompt_is_told_to_be_none(world: World, document: Any, prompt: str) -> None:
    body = {"prompt": prompt}
    answer = world.call("POST", "/v2/BigDug-Sasha", body, key=world.open_account())
    told = document["components"]["schemas"]["GenerationParameters"]
    assert Draft202012Validator(told).is_valid(body) is (answer.status == 200)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_idempotency_key_that_names_another_request(world: World, document: Any, version: str) -> None:
    path, key = f"/{version}/BigDug-Sasha", world.open_account()
    headers = {"idempotency-key": "k", "prefer": "wait=0"}
    world.call("POST", path, SUBMIT, key=key, headers=headers)
    answer = world.call("POST", path, {**SUBMIT, "seed": 7}, key=key, headers=headers)
    assert answer.status == 422
    fits(answer, document, "POST", path)


def test_a_submit_that_is_refused_says_so_in_headers_that_are_told(world: World, document: Any) -> None:
    key = world.open_account()
    world.api_ports.accounts.amend(key.split("_")[1], {"requests_per_minute": 0})
    answer = world.call("POST", "/v2/BigDug-Sasha", SUBMIT, key=key)
    fits(answer, document, "POST", "/v2/BigDug-Sasha")
    assert own_headers(answer) >= {"ratelimit", "ratelimit-policy", "x-rate-limit-reset-at-utc"}


def test_a_call_that_is_still_waited_for_says_where_to_look(world: World, document: Any) -> None:
    answer = world.call("POST", "/v1/BigDug-Sasha", SUBMIT, key=world.open_account(), headers={"prefer": "wait=1"})
    fits(answer, document, "POST", "/v1/BigDug-Sasha")
    assert answer.status == 202
    assert own_headers(answer) >= {"location", "retry-after", "x-held-credits"}


def test_a_picture_by_itself_comes_with_headers_that_are_told(world: World, document: Any) -> None:
    world.clock.while_waiting = world.deliver
    answer = world.call("POST", "/v1/BigDug-Sasha", SUBMIT, key=world.open_account(), headers={"accept": "image/*"})
    told = document["paths"]["/v1/BigDug-Sasha"]["post"]["responses"]["200"]
    assert answer.headers["content-type"] in told["content"]
    assert own_headers(answer) <= {name.lower() for name in told["headers"]}


def test_a_visitors_credits(world: World, document: Any) -> None:
    answer = world.call("GET", "/v1/get-user-credits", headers=world.through_cloudfront() | {"sasha-guest": "1"})
    fits(answer, document, "GET", "/v1/get-user-credits")
    assert answer.json["free_images_left"] > 0
