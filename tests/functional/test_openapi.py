"""What is answered is what the OpenAPI document says."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.functional.world import Answer, World

SUBMIT = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512, "base64": True}


@pytest.fixture
def document(world: World) -> Any:
    return world.call("GET", "/openapi.json").json


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
