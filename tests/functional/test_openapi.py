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
    """Fails with what differs."""
    responses = document["paths"][path][method.lower()]["responses"]
    told = responses.get(str(answer.status), responses["default"])
    content = told["content"][answer.headers["content-type"]]
    schema = {**content["schema"], "components": document["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json)] == []


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("prefer", ["wait=5", "respond-async"])
@pytest.mark.parametrize("fault", [None, "400"])
def test_submits(world: World, document: Any, version: str, prefer: str, fault: str | None) -> None:
    world.clock.while_waiting = world.deliver
    if fault:
        world.segmind_fails(fault)
    path = f"/{version}/BigDug-Sasha"
    fits(world.call("POST", path, SUBMIT, key=world.open_account(), headers={"prefer": prefer}), document, "POST", path)


@pytest.mark.parametrize("fault", [None, "400"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/requests"),
        ("GET", "/v2/requests/{request_id}"),
        ("GET", "/v2/requests/{request_id}/status"),
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
    fits(world.call(method, path.format(request_id=request_id), key=key), document, method, path)


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


def test_only_what_is_asked_of_one_request_may_come_without_a_key(document: Any) -> None:
    optional = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if {} in operation.get("security", [])
    }
    assert optional == {path for path in document["paths"] if path.startswith("/v2/requests/")}


@pytest.mark.parametrize("limit", [0, 30])
def test_the_headers_of_a_submit_are_told(world: World, document: Any, limit: int) -> None:
    key = world.open_account()
    world.api_ports.accounts.amend(key.split("_")[1], {"requests_per_minute": limit})
    answer = world.call("POST", "/v2/BigDug-Sasha", SUBMIT, key=key)
    fits(answer, document, "POST", "/v2/BigDug-Sasha")
    told = document["paths"]["/v2/BigDug-Sasha"]["post"]["responses"][str(answer.status)]["headers"]
    own = {name for name in answer.headers if not name.startswith(("content-", "cache-"))}
    assert own <= {name.lower() for name in told}
    assert answer.status == (200 if limit else 429)


def test_a_visitors_credits(world: World, document: Any) -> None:
    answer = world.call("GET", "/v1/get-user-credits", headers=world.through_cloudfront() | {"sasha-guest": "1"})
    fits(answer, document, "GET", "/v1/get-user-credits")
    assert answer.json["free_images_left"] > 0
