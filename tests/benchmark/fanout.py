"""Row "fanout": are several pictures made side by side? From POST /v1 to its answer, through a whole running stack."""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import requests

from tests.benchmark.inline_stack import run_inline
from tests.benchmark.row import Findings, Goal, Row, Series, in_turn
from tests.running import Running, run_locally

SECONDS_PER_PICTURE = 2
PICTURES = (1, 2, 4)
MOST_FOR_FOUR = 1.15
TIMEOUT_S = 60
# Always the same pictures: the emulator keeps what it has drawn, and its drawing is no part of what is measured.
BODY = {"prompt": "a red fox in the snow", "seed": 42, "img_width": 512, "img_height": 512}
PARAMETERS = ("--parameter-overrides", "RequestsPerMinute=10000", "PriceMicrosPerImage=1")


def fanout(rounds: int) -> Findings:
    """Seconds for 1, 2 and 4 pictures; against 1, and against (b), which asks for them in a row."""
    with (
        run_locally("--latency", str(SECONDS_PER_PICTURE), *PARAMETERS) as running,
        run_inline(SECONDS_PER_PICTURE) as inline,
    ):
        _own(running), _usual(inline)  # every connection made, every picture drawn
        own, usual = in_turn(rounds, lambda: _own(running), lambda: _usual(inline))
    series = {n: Series(_in_words(n), tuple(of[n] for of in own)) for n in PICTURES}
    beside = {n: Series(f"(b), {_in_words(n)}", tuple(of[n] for of in usual)) for n in PICTURES}
    return [
        Row("fanout", "s", series[2], series[1]),
        Row("fanout", "s", series[4], series[1], Goal(MOST_FOR_FOUR, of="ratio")),
        *(Row("fanout, (b)", "s", series[n], beside[n]) for n in PICTURES),
    ]


def _own(running: Running) -> dict[int, float]:
    return {pictures: _seconds_for(running, pictures) for pictures in PICTURES}


def _usual(inline: Running) -> dict[int, float]:
    """At once, since it mostly waits: one after the other would take as long as all pictures together."""
    with ThreadPoolExecutor(len(PICTURES)) as pool:
        took = pool.map(lambda pictures: _seconds_for(inline, pictures), PICTURES)
    return dict(zip(PICTURES, took, strict=True))


def _seconds_for(running: Running, pictures: int) -> float:
    headers = {"x-api-key": running.api_key}
    body = {**BODY, "samples": pictures}
    began = perf_counter()
    answer = requests.post(f"{running.api}/v1/BigDug-Sasha", headers=headers, json=body, timeout=TIMEOUT_S)
    took = perf_counter() - began
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["images"]) == pictures, answer.text
    return took


def _in_words(pictures: int) -> str:
    return f"{pictures} picture{'s' if pictures > 1 else ''} by POST /v1"
