"""Row "end": from a caller's request to its picture, through a whole running stack, beside Segmind and S3 alone."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, sleep

import requests
from segmind import SegmindClient

from local.clients import Clients
from local.emulator.settings import DEMO_KEY as SEGMIND_KEY
from tests.benchmark.inline_stack import run_inline
from tests.benchmark.row import Findings, Goal, Row, Series
from tests.running import Running, run_locally

MODEL = "BigDug-Sasha"
REASON = "functions, AWS, Segmind and callers share this machine, and the API looks for the picture every 0.05 s"
SECONDS_PER_PICTURE = (1, 3, 10)
# The goals are for 3 s: at most 100 ms more at the median, 200 ms at the 95th percentile.
JUDGED_S, MOST_ADDED_MS, MOST_ADDED_P95_MS = 3, 100, 200
# A percentile needs more samples than a median.
TIMES_JUDGED = 3
# Callers of a round start one after the other and wait together. In this rhythm no two of them meet at the same part
# of a second, in which they do what they do.
PAUSE_S = 0.6
# As frontend/app/following.js.
PAGE_LOOKS_EVERY_S = 1.0
# Longer than an HTTP API waits, which is 30 s.
TOO_LONG_S = 32
AT_ONCE = 10
TIMEOUT_S = 90
# Nobody is too fast or too poor; no account may have more at once than there are workers.
PARAMETERS = ("RequestsPerMinute=10000", "PriceMicrosPerImage=1", f"WorkerConcurrency={AT_ONCE}")
# Always the same picture: the emulator keeps what it has drawn, and its drawing is no part of what is measured.
BODY = {"prompt": "a red fox in the snow", "seed": 42, "img_width": 512, "img_height": 512}
BUCKET = "direct"
V1, PAGE, SDK, INLINE, DIRECT = "v1", "v2 as the page", "the SDK's run", "(b)", "Segmind and one S3 put"


def end(rounds: int) -> Findings:
    """Milliseconds until a caller knows where its picture is; and how many of those that take too long arrive."""
    rows: list[Row] = []
    for seconds in SECONDS_PER_PICTURE:
        is_judged = seconds == JUDGED_S
        with _callers(seconds) as callers:
            _overlapping(1, callers.ways())  # every connection made, every picture drawn
            samples = _overlapping(rounds * (TIMES_JUDGED if is_judged else 1), callers.ways())
        direct = samples[DIRECT]
        rows += [_row(way, seconds, samples[way], direct, is_judged) for way in (V1, PAGE, SDK, INLINE)]
        if is_judged:
            goal = Goal(MOST_ADDED_P95_MS, of="added")
            p95, beside = Series(V1, samples[V1], 95), Series(DIRECT, direct, 95)
            rows.append(Row(f"end, {seconds} s", "ms", p95, beside, goal, REASON))
    return [*rows, _too_long(min(rounds, AT_ONCE))]


@dataclass(frozen=True)
class Callers:
    """The ways to a picture. Each ends when its caller knows where the picture is."""

    running: Running
    inline: Running
    aws: Clients
    sdk: SegmindClient

    def ways(self) -> Mapping[str, Callable[[], None]]:
        return {
            DIRECT: self._direct,
            V1: lambda: _ask(self.running),
            PAGE: self._as_page,
            SDK: self._sdk,
            INLINE: lambda: _ask(self.inline),
        }

    def _direct(self) -> None:
        """What nobody can do without."""
        answer = _post(f"{self.running.segmind_url}/v1/{MODEL}", SEGMIND_KEY)
        assert answer.status_code == 200, answer.text
        self.aws.s3.put_object(Bucket=BUCKET, Key="direct", Body=answer.content)

    def _as_page(self) -> None:
        accepted = _post(f"{self.running.page}/v2/{MODEL}", self.running.api_key)
        _await_end(accepted.json()["response_url"], self.running.api_key)

    def _sdk(self) -> None:
        assert self.sdk.run(MODEL, **BODY)["status"] == "COMPLETED"


@contextmanager
def _callers(seconds: float) -> Iterator[Callers]:
    """Callers of two stacks at which a picture takes so long."""
    parameters = ("--parameter-overrides", *PARAMETERS)
    with run_locally("--latency", str(seconds), *parameters) as running, run_inline(seconds) as inline:
        aws = Clients.local(running.aws_endpoint_url)
        aws.s3.create_bucket(Bucket=BUCKET)
        sdk = SegmindClient(api_key=running.api_key, base_url=f"{running.api}/v1")
        yield Callers(running, inline, aws, sdk)


def _overlapping(rounds: int, ways: Mapping[str, Callable[[], None]]) -> dict[str, tuple[float, ...]]:
    """Milliseconds of each way in each round."""
    samples: dict[str, list[float]] = {way: [] for way in ways}

    def timed(way: str) -> float:
        began = perf_counter()
        ways[way]()
        return (perf_counter() - began) * 1000

    with ThreadPoolExecutor(len(ways)) as pool:
        for _ in range(rounds):
            started = {}
            for way in ways:
                started[way] = pool.submit(timed, way)
                sleep(PAUSE_S)
            for way, call in started.items():
                samples[way].append(call.result())
    return {way: tuple(of) for way, of in samples.items()}


def _row(way: str, seconds: float, samples: tuple[float, ...], direct: tuple[float, ...], is_judged: bool) -> Row:
    goal = Goal(MOST_ADDED_MS, of="added") if is_judged and way == V1 else None
    return Row(f"end, {seconds} s", "ms", Series(way, samples), Series(DIRECT, direct), goal, REASON)


def _too_long(calls: int) -> Row:
    """Percent of the pictures that Segmind was paid for and that reached their callers."""
    with _callers(TOO_LONG_S) as callers, ThreadPoolExecutor(2 * calls) as pool:
        own, usual = ([pool.submit(_arrives, of) for _ in range(calls)] for of in (callers.running, callers.inline))
        value, baseline = (tuple(100.0 * each.result() for each in of) for of in (own, usual))
        for of in (callers.running, callers.inline):
            billed = requests.get(f"{of.segmind_url}/_emulator/ledger", timeout=TIMEOUT_S).json()
            assert len(billed) == calls, billed
    return Row(
        f"end, {TOO_LONG_S} s",
        "%",
        Series("v1, pictures that arrive", value),
        Series("(b), pictures that arrive", baseline),
        Goal(100, of="least"),
    )


def _arrives(running: Running) -> bool:
    """Whether a picture reaches a caller who does what the answer says. Either way Segmind was paid for it."""
    answer = _post(f"{running.api}/v1/{MODEL}", running.api_key)
    if answer.status_code == 202:
        _await_end(answer.headers["location"], running.api_key)
    return answer.status_code in (200, 202)


def _ask(running: Running) -> None:
    answer = _post(f"{running.api}/v1/{MODEL}", running.api_key)
    assert answer.status_code == 200, answer.text


def _await_end(url: str, key: str) -> None:
    """Look for the result until there is one, as the page does."""
    while True:
        answer = requests.get(url, headers={"x-api-key": key}, timeout=TIMEOUT_S)
        assert answer.status_code == 200, answer.text
        if answer.json()["status"] == "COMPLETED":
            return
        sleep(PAGE_LOOKS_EVERY_S)


def _post(url: str, key: str) -> requests.Response:
    return requests.post(url, headers={"x-api-key": key}, json=BODY, timeout=TIMEOUT_S)
