"""Segmind's official SDK, with another base_url and key and nothing else changed."""

import io
import time
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.v2 import InferenceFailed

from tests.running import Running

FOX = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512, "seed": 7}


@pytest.fixture(params=["page", "api"])
def client(request: pytest.FixtureRequest, running: Running) -> Iterator[SegmindClient]:
    """On the page's host (CloudFront) and on the API's own."""
    host = running.page if request.param == "page" else running.api
    client = SegmindClient(api_key=running.api_key, base_url=f"{host}/v1")
    yield client
    client._client.close()


def fail_next(running: Running, status: int) -> None:
    fault = {"kind": "status", "status": status, "body": '{"error": "refused by the test"}'}
    httpx.post(f"{running.segmind_url}/_emulator/faults", json=[fault]).raise_for_status()


def test_run_returns_the_result(client: SegmindClient) -> None:
    result = client.run("BigDug-Sasha", **FOX)
    assert result["status"] == "COMPLETED"
    assert httpx.get(result["output"]).headers["content-type"] == "image/png"
    assert result["seed"] == 7


def test_submit_async_and_wait_return_the_result(client: SegmindClient) -> None:
    job = client.submit_async("BigDug-Sasha", **FOX, samples=2)
    result = job.wait(timeout=20, interval=0.2)
    assert [image["seed"] for image in result["images"]] == [7, 8]


def test_run_sync_content_opens_as_a_picture(client: SegmindClient) -> None:
    response = client.run_sync("BigDug-Sasha", **FOX)
    assert Image.open(io.BytesIO(response.content)).size == (512, 512)
    assert response.headers["x-cost"] == "0.012"


def test_a_failure_is_seen_as_inference_failed(client: SegmindClient, running: Running) -> None:
    fail_next(running, 400)
    with pytest.raises(InferenceFailed, match="picture service"):
        client.run("BigDug-Sasha", **FOX)


def test_a_bad_key_is_a_segmind_error_with_our_text(running: Running) -> None:
    client = SegmindClient(api_key="a-wrong-key", base_url=f"{running.page}/v1")
    with pytest.raises(SegmindError, match="not an API key of this gateway"):
        client.run_sync("BigDug-Sasha", **FOX)
    client._client.close()


def test_bad_parameters_are_a_segmind_error_that_names_them(client: SegmindClient) -> None:
    with pytest.raises(SegmindError, match="/samples"):
        client.run("BigDug-Sasha", **FOX, samples=9)


def test_sixty_polls_a_minute_are_never_refused(client: SegmindClient) -> None:
    job = client.submit_async("BigDug-Sasha", **FOX)
    began = time.monotonic()
    for _ in range(60):
        job.status()
    assert time.monotonic() - began < 60
