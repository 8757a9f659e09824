"""A client that does what the model page's sample does, with another URL and key and nothing else changed."""

from typing import Any

import requests

from tests.running import Running

# Every field of the sample's body, and its values where they are its point; the prompts are our own.
SAMPLE: dict[str, Any] = {
    "prompt": "a red fox in the snow",
    "negative_prompt": "blurry, (low quality:1.4), simple background",
    "scheduler": "UniPC",
    "num_inference_steps": 25,
    "guidance_scale": 8,
    "samples": 1,
    "seed": 3426017487,
    "img_width": 1024,
    "img_height": 1024,
    "base64": False,
    "lora_scale": 1,
}


def ask(url: str, key: str, body: dict[str, Any]) -> Any:
    """The parsed JSON of a 200, else the answer's text."""
    response = requests.post(url, headers={"x-api-key": key, "Content-Type": "application/json"}, json=body, timeout=30)
    return response.json() if response.status_code == 200 else response.text


def test_it_reads_json_and_finds_its_picture(running: Running) -> None:
    told = ask(f"{running.page}/v1/BigDug-Sasha", running.api_key, SAMPLE)

    assert told["parameters"] == SAMPLE
    picture = requests.get(told["output"], timeout=10)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert len(picture.content) == told["images"][0]["file_size"]


def test_it_works_on_the_apis_own_host_too(running: Running) -> None:
    told = ask(f"{running.api}/v1/BigDug-Sasha", running.api_key, {**SAMPLE, "img_width": 512, "img_height": 512})
    assert requests.get(told["output"], timeout=10).status_code == 200


def test_with_base64_the_picture_is_in_the_answer(running: Running) -> None:
    told = ask(f"{running.page}/v1/BigDug-Sasha", running.api_key, {**SAMPLE, "base64": True, "img_width": 512})
    assert told["images"][0]["base64"].startswith("iVBOR")


def test_an_error_is_a_text_that_says_what_is_wrong(running: Running) -> None:
    told = ask(f"{running.page}/v1/BigDug-Sasha", "a-wrong-key", SAMPLE)
    assert "API key" in told
