"""The forms in which a success may come: Segmind's documentation, its model page and the unverified ones of both."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from local.emulator import answers
from local.emulator.answers import Answer
from local.emulator.faults import Fault, Kind
from sasha.core.money import as_number
from sasha.core.parameters import GenerationParameters


@dataclass(frozen=True)
class Job:
    """An accepted, billed call, and its picture."""

    parameters: GenerationParameters
    request_id: str
    cost_micros: int
    remaining_micros: int
    seconds: float
    picture: bytes
    content_type: str
    url: str  # where the emulator shows the picture


def success(job: Job, fault: Fault | None) -> Answer:
    """The bytes, or base64 in JSON where the call asks for that, or what the fault says."""
    if fault and fault.kind in FORMS:
        return FORMS[fault.kind](job, fault)
    if job.parameters.base64:
        return answers.as_json({"image": answers.encoded(job.picture)})
    return _bytes(job, job.picture)


def _bytes(job: Job, body: bytes) -> Answer:
    return Answer(200, body, {"content-type": job.content_type})


def _result_with_urls(job: Job, fault: Fault) -> Answer:
    """As v2's result."""
    url = fault.url or job.url
    name = url.rpartition("/")[2]
    image = {"url": url, "content_type": job.content_type, "file_name": name, "file_size": len(job.picture)}
    metrics = {
        "cost": as_number(job.cost_micros),
        "remaining_credits": as_number(job.remaining_micros),
        "inference_time": job.seconds,
        "queue_time": 0.0,
        "total_time": job.seconds,
    }
    result = {
        "status": "COMPLETED",
        "request_id": job.request_id,
        "output": url,
        "images": [image],
        "seed": job.parameters.seed,
        "prompt": job.parameters.prompt,
        "timings": {},
        "metrics": metrics,
    }
    return answers.as_json(result)


FORMS: dict[Kind, Callable[[Job, Fault], Answer]] = {
    "status": lambda _job, fault: answers.answer_with(fault.status or 200, fault.body),
    "html": lambda _job, _fault: answers.page(200),
    "empty": lambda job, _fault: _bytes(job, b""),
    "not_a_picture": lambda job, _fault: _bytes(job, b"this is no picture"),
    "half_picture": lambda job, _fault: _bytes(job, job.picture[: len(job.picture) // 2]),
    "large": lambda job, fault: replace(_bytes(job, job.picture), padding=max(0, fault.size - len(job.picture))),
    "json_image": lambda job, _fault: answers.as_json({"image": answers.encoded(job.picture)}),
    "json_image_list": lambda job, _fault: answers.as_json({"image": [answers.encoded(job.picture)]}),
    "json_images": lambda job, _fault: answers.as_json({"images": [answers.encoded(job.picture)]}),
    "json_data_url": lambda job, _fault: answers.as_json(
        {"image": f"data:{job.content_type};base64,{answers.encoded(job.picture)}"}
    ),
    "json_broken_base64": lambda _job, _fault: answers.as_json({"image": "%%% not base64 %%%"}),
    "json_urls": _result_with_urls,
    "json_url_large": _result_with_urls,
    "json_url_fails_once": _result_with_urls,
    "json_url_redirects": _result_with_urls,
    "json_url_foreign": _result_with_urls,
    "json_url_unparsable": _result_with_urls,
}
