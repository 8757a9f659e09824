"""Row "memory": the peak memory of the API's and the worker's process, with 1 and 4 pictures of 2 MB.

And how much of it the worker takes for the pictures themselves: Python's own allocations, which hold them. (Pillow,
which decodes each of them, has its memory elsewhere: that is in the peak alone.)
"""

from functools import partial

from local.emulator.faults import Fault
from local.functions import FunctionPool
from tests.benchmark.row import Findings, Goal, Row, Series, in_turn
from tests.benchmark.workplace import Call, Workplace, call, read, submit, workplace

PICTURE_BYTES, HALF = 2_000_000, 1_000_000
# Lambda keeps a process for the next request, and a process does not give all its memory back in between.
REQUESTS_IN_A_ROW = 5
# Longer than the emulator's work, so that a request's pictures arrive at the same time.
SECONDS_PER_PICTURE = 0.5
LAMBDA_MB = 1024 * 1024
# Half of what template.yaml gives each of them.
MOST_MB = 256
# Twice, and a hundredth for what Python adds to each piece of an answer.
MOST_HELD = 2.02


def memory(rounds: int) -> Findings:
    """Peak resident MB, as Lambda counts them; and what the worker holds, in times of its pictures' size."""
    with workplace(SECONDS_PER_PICTURE) as place:
        one, four = in_turn(rounds, partial(_peaks_mb, place, 1), partial(_peaks_mb, place, 4))
        held_one, held_four = in_turn(rounds, partial(_held, place, 1), partial(_held, place, 4))
    return [
        *(
            Row(
                f"memory, {name}",
                "MB",
                Series("4 pictures of 2 MB, peak resident", tuple(peaks[n] for peaks in four)),
                Series("1 picture", tuple(peaks[n] for peaks in one)),
                Goal(MOST_MB, of="value"),
            )
            for n, name in enumerate(("API", "worker"))
        ),
        _held_row("4 pictures of 2 MB, held at most", held_four, "1 picture", held_one),
        _held_row("1 picture of 2 MB, held at most", held_one, "4 pictures", held_four),
    ]


def _held_row(what: str, value: tuple[float, ...], beside: str, baseline: tuple[float, ...]) -> Row:
    return Row("memory, worker", "×", Series(what, value), Series(beside, baseline), Goal(MOST_HELD, of="value"))


def _peaks_mb(place: Workplace, pictures: int) -> tuple[float, float]:
    """The most that new processes of API and worker have in memory during some requests for so many pictures each.

    The API hands out the pictures in base64, as far as they fit into an answer.
    """
    api = place.pool("ApiFunction", "measured_api.handler")
    worker = place.pool("WorkerFunction", "measured_worker.handler")
    peaks = []
    try:
        for _ in range(REQUESTS_IN_A_ROW):
            request_id = _submit(api, pictures)
            made = _work(place, worker, request_id, pictures)
            read_ = call(api, read(f"/v2/requests/{request_id}"))
            peaks.append((read_.peak_bytes / LAMBDA_MB, made.peak_bytes / LAMBDA_MB))
    finally:
        api.stop()
        worker.stop()
    return peaks[-1]


def _held(place: Workplace, pictures: int) -> float:
    """How often a warm worker holds its pictures at most: what it allocates more for larger ones, in times of that."""
    api = place.pool("ApiFunction", "measured_api.handler")
    worker = place.pool("WorkerFunction", "measured_worker.traced")
    try:
        _work(place, worker, _submit(api, pictures), pictures)  # what is made once
        large, small = (
            _work(place, worker, _submit(api, pictures), pictures, size).held_bytes for size in (PICTURE_BYTES, HALF)
        )
    finally:
        api.stop()
        worker.stop()
    return (large - small) / (pictures * (PICTURE_BYTES - HALF))


def _submit(api: FunctionPool, pictures: int) -> str:
    request_id: str = call(api, submit(samples=pictures, base64=True)).body["request_id"]
    return request_id


def _work(place: Workplace, worker: FunctionPool, request_id: str, pictures: int, size: int = PICTURE_BYTES) -> Call:
    place.segmind.script(Fault("large", size=size), times=pictures)
    made = call(worker, place.message(request_id))
    done = place.requests.get(request_id)
    assert done is not None
    assert [image.file_size for image in done.images] == [size] * pictures, done.failures
    return made
