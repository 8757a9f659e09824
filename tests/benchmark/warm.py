"""Row "warm": CPU time inside the API's handler, the calls to AWS left out; and how many of these there are."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from local.functions import FunctionPool
from local.seed import FINISHED_REQUEST
from tests.benchmark.calibration import RECORDED_MS
from tests.benchmark.row import Findings, Goal, Row, Series, Table, in_turn
from tests.benchmark.workplace import Call, Workplace, call, read, submit, workplace

RESULT_PATH = f"/v2/requests/{FINISHED_REQUEST}"
ROUTES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "submit": submit,
    "status": lambda: read(f"{RESULT_PATH}/status"),
    "result": lambda: read(RESULT_PATH),
}
# In ms; and a request id costs at most three calls.
MOST_MS = {"submit": 3, "status": 1, "result": 2}
MOST_CALLS = {"submit": 3, "status": 1, "result": 2}
CALLS_A_ROUND = 25


def warm(rounds: int) -> Findings:
    """Milliseconds of CPU at the pace of the machine on which the calibration loop was recorded."""
    with workplace() as place:
        pool = place.pool("ApiFunction", "measured_api.calibrated")
        try:
            # The first of each looks the key up, makes connections, and has things made that are made once.
            first = {name: call(pool, event()) for name, event in ROUTES.items()}
            measured = in_turn(rounds, *(_measure(pool, event) for event in ROUTES.values()))
            worker = _worked(place)
        finally:
            pool.stop()
    calls = dict(zip(ROUTES, measured, strict=True))
    loops = [each.loop_ms for of in calls.values() for sample in of for each in sample]
    return [
        *(_cpu(name, calls[name]) for name in ROUTES),
        *(_counted(name, calls[name], first[name]) for name in ROUTES),
        Table(
            "calls to AWS by route",
            ["route", "calls", "when the key is not known yet"],
            [
                *([name, ", ".join(calls[name][0][0].calls), ", ".join(first[name].calls)] for name in ROUTES),
                ["worker, a picture", ", ".join(worker.calls), ""],
            ],
        ),
        Table("calibration loop, ms of CPU", ["here", "as recorded"], [[median(loops), RECORDED_MS]]),
    ]


def _measure(pool: FunctionPool, event: Callable[[], dict[str, Any]]) -> Callable[[], list[Call]]:
    return lambda: [call(pool, event()) for _ in range(CALLS_A_ROUND)]


def _cpu(name: str, samples: tuple[list[Call], ...]) -> Row:
    paced = tuple(median(each.cpu_ms / each.loop_ms for each in sample) * RECORDED_MS for sample in samples)
    return Row(
        f"warm, {name}",
        "ms",
        Series(f"CPU without AWS calls, medians of {CALLS_A_ROUND}", paced),
        Series("the calibration loop, as recorded", (RECORDED_MS,) * len(paced)),
        Goal(MOST_MS[name], of="value"),
    )


def _counted(name: str, samples: tuple[list[Call], ...], first: Call) -> Row:
    return Row(
        f"warm, {name}",
        "",
        Series(
            "calls to AWS, the most of a round", tuple(max(len(each.calls) for each in sample) for sample in samples)
        ),
        Series("the first of a key", (len(first.calls),) * len(samples)),
        Goal(MOST_CALLS[name], of="value"),
    )


def _worked(place: Workplace) -> Call:
    """A request for one picture, as a warm worker makes it."""
    api, worker = (
        place.pool("ApiFunction", "measured_api.handler"),
        place.pool("WorkerFunction", "measured_worker.handler"),
    )
    try:
        ids = [call(api, submit()).body["request_id"] for _ in range(2)]
        calls = [call(worker, place.message(request_id)) for request_id in ids]
        assert [len(done.images) for done in place.requests.get_many(ids)] == [1, 1]
        return calls[-1]
    finally:
        api.stop()
        worker.stop()
