"""Row "fanout": are 4 pictures made side by side? From POST /v1 to its answer, through a whole running stack."""

from functools import partial
from time import perf_counter

import requests

from tests.benchmark.row import Goal, Row, Series, in_turn
from tests.running import Running, run_locally

SECONDS_PER_PICTURE = 2
# Always the same pictures: the emulator keeps what it has drawn, and its drawing is no part of what is measured.
SEED = 42


def fanout(rounds: int) -> list[Row]:
    """Seconds for 4 pictures, beside 1 (issue 2: at most 1.25 times)."""
    with run_locally("--latency", str(SECONDS_PER_PICTURE)) as running:
        one, four = partial(_seconds_for, running, 1), partial(_seconds_for, running, 4)
        one(), four()  # every connection made, every picture drawn
        baseline, value = in_turn(rounds, one, four)
    return [
        Row(
            name="fanout",
            unit="s",
            value=Series("4 pictures by POST /v1", value),
            baseline=Series("1 picture", baseline),
            goal=Goal(1.25, of="ratio"),
        )
    ]


def _seconds_for(running: Running, pictures: int) -> float:
    body = {"prompt": "a red fox in the snow", "seed": SEED, "samples": pictures}
    started = perf_counter()
    answer = requests.post(
        f"{running.page}/v1/BigDug-Sasha", headers={"x-api-key": running.api_key}, json=body, timeout=30
    )
    took = perf_counter() - started
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["images"]) == pictures, answer.text
    return took
