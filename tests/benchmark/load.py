"""Row "load": many requests at the same moment. How soon is each taken on, how soon are all done, what does each cost?

The API has as many processes as a new AWS account has Lambdas, and the worker as many as WorkerConcurrency says, all on
this one machine's processors: on Lambda each has its own.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from math import ceil
from statistics import median
from time import perf_counter
from typing import Any

from local.events import QueuePoller
from local.functions import FunctionPool, Invocation
from sasha.core.request import Status
from tests.benchmark.row import Findings, Goal, Row, Series
from tests.benchmark.workplace import Call, Workplace, call, made, submit, workplace

AT_ONCE = (1, 10, 50, 200)
API_PROCESSES = 10
WORKER_CONCURRENCY = 10
SECONDS_PER_PICTURE = 1.0
DONE_WITHIN_S = 900
# The first and the last of a crowd, whose costs are compared; and how much apart they may be.
SOME = 20
FLAT = 1.1
ALONE = "alone"


@dataclass
class Crowd:
    """Requests that came at once. `accepted` and `worked` are in the order in which they ended; times in seconds."""

    accepted: list[tuple[float, Call]] = field(default_factory=list)
    worked: list[Call] = field(default_factory=list)
    took_s: float = 0.0

    def accept_ms(self, percentile: int) -> float:
        """Over all that were accepted."""
        return Series("", tuple(took * 1000 for took, _ in self.accepted), percentile).figure


def load(rounds: int) -> Findings:
    """For each size of a crowd; and what a request costs at a crowd's beginning and end."""
    with _floor() as floor:
        floor.meet(max(API_PROCESSES, WORKER_CONCURRENCY) * 2)  # every process started, every connection made
        crowds: dict[int, list[Crowd]] = {size: [] for size in AT_ONCE}
        for _ in range(rounds):
            for size, of in crowds.items():
                of.append(floor.meet(size))
    return [
        *chain.from_iterable(_rows(size, of, crowds[1]) for size, of in crowds.items()),
        *_costs(crowds[AT_ONCE[-1]]),
    ]


def ideal_s(requests: int) -> float:
    """How long so many requests for a picture take if no worker ever waits and nothing but Segmind takes time."""
    return ceil(requests / WORKER_CONCURRENCY) * SECONDS_PER_PICTURE


@dataclass(frozen=True)
class Floor:
    """API and workers, and the queue between them."""

    place: Workplace
    api: FunctionPool
    worked: list[Call]
    one_more: threading.Condition

    def meet(self, size: int) -> Crowd:
        """So many requests at the same moment, until all of them have their picture."""
        crowd, start = Crowd(), threading.Barrier(size + 1)
        self.worked.clear()

        def ask() -> str:
            event = submit()
            start.wait()
            began = perf_counter()
            accepted = call(self.api, event)
            crowd.accepted.append((perf_counter() - began, accepted))
            return str(accepted.body["request_id"])

        with ThreadPoolExecutor(size) as pool:
            asked = [pool.submit(ask) for _ in range(size)]
            start.wait()
            began = perf_counter()
            ids = [each.result() for each in asked]
            with self.one_more:
                assert self.one_more.wait_for(lambda: len(self.worked) >= size, DONE_WITHIN_S), len(self.worked)
            crowd.took_s = perf_counter() - began
        crowd.worked = list(self.worked)
        done = [request for some in _chunks(ids) for request in self.place.requests.get_many(some)]
        assert [request.status for request in done] == [Status.COMPLETED] * size
        return crowd


@contextmanager
def _floor() -> Iterator[Floor]:
    with workplace(SECONDS_PER_PICTURE, WorkerConcurrency=str(WORKER_CONCURRENCY)) as place:
        api = place.pool("ApiFunction", "measured_api.handler", API_PROCESSES)
        workers = place.pool("WorkerFunction", "measured_worker.handler", WORKER_CONCURRENCY)
        floor = Floor(place, api, [], threading.Condition())

        def work(event: Any) -> Invocation:
            outcome = workers.invoke(event)
            with floor.one_more:
                floor.worked.append(made(outcome))
                floor.one_more.notify_all()
            return outcome

        poller = QueuePoller(place.stack.queue_sources[0], place.aws.clients, work)
        place.on_message.append(poller.wake)
        poller.start()
        try:
            yield floor
        finally:
            poller.stop()
            api.stop()
            workers.stop()


def _rows(size: int, crowds: Sequence[Crowd], alone: Sequence[Crowd]) -> list[Row]:
    def accept(of: Sequence[Crowd], percentile: int, what: str) -> Series:
        return Series(what, tuple(crowd.accept_ms(percentile) for crowd in of))

    name = f"load, {size} at once"
    ideal = Series(
        f"ideal for {WORKER_CONCURRENCY} workers, {SECONDS_PER_PICTURE:g} s a picture", (ideal_s(size),) * len(crowds)
    )
    finish = Row(name, "s", Series("all done", tuple(crowd.took_s for crowd in crowds)), ideal)
    if size == 1:
        return [Row(name, "ms", accept(crowds, 50, "accepted"), None), finish]
    return [
        Row(name, "ms", accept(crowds, 50, "accepted, median"), accept(alone, 50, ALONE)),
        Row(name, "ms", accept(crowds, 95, "accepted, p95"), accept(alone, 50, ALONE)),
        finish,
    ]


def _costs(crowds: Sequence[Crowd]) -> list[Row]:
    """Of API and worker together, of a crowd's last requests against its first."""

    def series(what: str, some: slice, cost: Any) -> Series:
        def of(crowd: Crowd) -> float:
            calls = [call for _, call in crowd.accepted[some]], crowd.worked[some]
            return float(sum(median(cost(call) for call in each) for each in calls))

        return Series(what, tuple(of(crowd) for crowd in crowds))

    last, first = slice(-SOME, None), slice(SOME)
    costs = {
        ("calls", ""): lambda call: len(call.calls),
        ("bytes", "KB"): lambda call: call.bytes / 1000,
        ("CPU", "ms"): lambda call: call.cpu_ms,
    }
    return [
        Row(
            f"load, cost of one of {AT_ONCE[-1]}",
            unit,
            series(f"{name}, the last {SOME}", last, cost),
            series(f"the first {SOME}", first, cost),
            Goal(FLAT, of="ratio"),
        )
        for (name, unit), cost in costs.items()
    ]


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as one call reads."""
    for begin in range(0, len(ids), 100):
        yield ids[begin : begin + 100]
