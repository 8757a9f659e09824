"""What the local HTTP API does where a function is slow, and what it believes a function's answer to be."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local.functions import Invocation
from local.http_api import HttpApi, proxy_answer
from local.messages import Answer, Request


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_function_that_outlasts_the_gateway_is_a_503(never: threading.Event) -> None:
    def invoke(_: Any) -> Invocation:
        never.wait(10)
        return Invocation("1", result={})

    api = HttpApi(invoke, "127.0.0.1:8001", timeout_s=0.05)
    answer = api.respond(Request("GET", "/v1/thing"))
    api.stop()

    assert (answer.status, answer.body) == (503, b'{"message": "Service Unavailable"}')


def test_a_request_that_names_no_host_is_for_the_apis_own() -> None:
    events: list[Any] = []

    def invoke(event: Any) -> Invocation:
        events.append(event)
        return Invocation("1", result={})

    HttpApi(invoke, "127.0.0.1:8001").respond(Request("GET", "/v1/thing"))

    assert events[0]["requestContext"]["domainName"] == "127.0.0.1:8001"
    assert events[0]["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize("result", [None, [], "text", 7, {"body": "x"}])
def test_what_has_no_status_is_json(result: Any) -> None:
    assert proxy_answer(result).status == 200


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "headers": {"a": "two\r\nlines"}},
    ],
)
def test_what_is_no_answer_is_refused(result: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        proxy_answer(result)


def test_the_headers_of_format_1_0_are_ignored() -> None:
    answer = proxy_answer({"statusCode": 204, "multiValueHeaders": {"x-old": ["1"]}})

    assert answer == Answer(204)


def test_a_text_without_a_type_is_plain() -> None:
    assert proxy_answer({"statusCode": 200, "body": "hi"}).header("Content-Type") == "text/plain; charset=utf-8"
