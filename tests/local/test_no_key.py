"""A deploy with no Segmind key yet: said in words, nothing held, and at work as soon as the owner has entered one."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.emulator.settings import DEMO_KEY
from tests.running import ROOT, Running, run_locally

FOX = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}


@pytest.fixture(scope="module")
def keyless() -> Iterator[Running]:
    with run_locally("--latency", "0", "--parameter-overrides", "SegmindApiKey=") as stack:
        yield stack


@pytest.fixture
def http(keyless: Running) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=keyless.page, headers={"x-api-key": keyless.api_key}, trust_env=False, timeout=30
    ) as client:
        yield client


def credits_left(http: httpx.Client) -> Any:
    return http.get("/v1/get-user-credits").json()["credits"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_request_is_refused_in_words_before_anything_is_held(http: httpx.Client, version: str) -> None:
    answer = http.post(f"/{version}/BigDug-Sasha", json=FOX)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["billed"]) == (503, "provider_unavailable", False)
    assert problem["detail"].startswith("Not set up yet: the owner of this site has to enter a Segmind key.")
    assert int(answer.headers["retry-after"]) > 0
    assert credits_left(http) == 5.0


def test_a_visitor_of_the_page_is_told_the_same(keyless: Running) -> None:
    answer = httpx.post(f"{keyless.page}/v2/BigDug-Sasha", json=FOX, headers={"sasha-guest": "1"}, trust_env=False)
    assert (answer.status_code, answer.json()["detail"][:14]) == (503, "Not set up yet")


def test_the_models_description_says_it_before_anybody_asks(http: httpx.Client) -> None:
    told = http.get("/v1/models/BigDug-Sasha").json()["availability"]
    assert (told["accepting"], told["retry_after_s"]) == (False, 60)
    assert told["detail"] == "Not set up yet: the owner of this site has to enter a Segmind key."


def test_the_page_and_what_was_made_before_are_there(http: httpx.Client) -> None:
    assert [http.get(path).status_code for path in ("/", "/v1/models/BigDug-Sasha", "/v2/requests")] == [200] * 3


def test_once_the_owner_has_entered_one_pictures_are_made(keyless: Running, http: httpx.Client) -> None:
    enter = [sys.executable, "-m", "cli", "--endpoint-url", keyless.aws_endpoint_url, "segmind-key", "set"]
    subprocess.run(enter, cwd=ROOT, input=DEMO_KEY, text=True, check=True, capture_output=True)
    answer = http.post("/v1/BigDug-Sasha", json=FOX)
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")
    assert credits_left(http) == 4.988
