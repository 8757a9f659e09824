"""How a request is told: Segmind's shapes, or the picture's own bytes."""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any

from sasha.core.account import Account
from sasha.core.errors import Code
from sasha.core.money import as_number, dollars
from sasha.core.parameters import MODEL
from sasha.core.ports import Pictures
from sasha.core.request import Failure, GenerationRequest, Status, StoredImage
from sasha.core.submit import Accepted
from sasha.core.timing import iso
from sasha.web.caller import Visit
from sasha.web.problems import rate_limit

# Lambda answers with at most 6 MB; base64 makes three bytes four.
MAX_PICTURE_BYTES = 4_400_000
MAX_BASE64_BYTES = 5_500_000
PICTURE_RANGES = ("image/*", "image/png", "image/jpeg", "image/webp")


def wants_bytes(headers: Mapping[str, str]) -> bool:
    """JSON, unless `Accept` asks for a picture at least as much, or the caller is Segmind's SDK.

    The model page's sample reads JSON; the SDK's users write `response.content` to a file, and it says who it is.
    """
    if headers.get("x-initiator", "").upper().startswith("SDK-PY"):
        return True
    qualities = media_ranges(headers.get("accept", ""))
    picture = max((qualities.get(kind, 0.0) for kind in PICTURE_RANGES), default=0.0)
    return picture > 0 and picture >= qualities.get("application/json", 0.0)


def accepts(headers: Mapping[str, str], content_type: str) -> bool:
    """Whether the caller takes a picture of this type. Who names none takes any."""
    qualities = media_ranges(headers.get("accept", "*/*"))
    for kind in (content_type, "image/*", "*/*"):
        if kind in qualities:
            return qualities[kind] > 0
    return False


def submitted(request: GenerationRequest, visit: Visit) -> dict[str, Any]:
    """Segmind's answer to a submit."""
    return {
        "request_id": request.id,
        "status": request.status,
        "status_url": visit.status_url(request.id),
        "response_url": visit.result_url(request.id),
        "poll_url": visit.status_url(request.id),
    }


def state(request: GenerationRequest) -> dict[str, Any]:
    """Segmind's answer to a poll."""
    told = {"request_id": request.id, "status": request.status, "metrics": _metrics(request)}
    return told | _ended_badly(request)


def result(request: GenerationRequest, visit: Visit, pictures: Pictures, payer: Account | None) -> dict[str, Any]:
    """The whole of a request. Its members do not depend on how many pictures there are, or on how far it is."""
    images = [_image(request, image, visit, pictures) for image in request.images]
    warnings = _add_base64(request, images, pictures) if request.parameters and request.parameters.base64 else []
    return {
        "request_id": request.id,
        "status": request.status,
        "output": images[0]["url"] if images else None,
        "images": images,
        "failures": [_failure(failure) for failure in request.failures],
        "warnings": warnings,
        "seed": request.parameters.seed if request.parameters else None,
        "parameters": request.parameters.model_dump(exclude_none=True) if request.parameters else None,
        "created_at": iso(request.created_at),
        "completed_at": iso(request.completed_at) if request.completed_at else None,
        "expires_at": iso(request.expires_at) if request.expires_at else None,
        "metrics": _metrics(request) | ({"remaining_credits": as_number(payer.balance_micros)} if payer else {}),
    } | _ended_badly(request)


def summary(request: GenerationRequest, visit: Visit) -> dict[str, Any]:
    """A line of the history: enough to list it, with the permanent addresses of its pictures."""
    parameters = request.parameters
    return {
        "request_id": request.id,
        "status": request.status,
        "model": MODEL,
        "prompt": parameters.prompt if parameters else None,
        "seed": parameters.seed if parameters else None,
        "samples": request.samples,
        "images": [
            {"index": image.index, "permalink": visit.image_url(request.id, image.index)} for image in request.images
        ],
        "failures": [_failure(failure) for failure in request.failures],
        "erased": request.erased_at is not None,
        "created_at": iso(request.created_at),
        "completed_at": iso(request.completed_at) if request.completed_at else None,
        "expires_at": iso(request.expires_at) if request.expires_at else None,
        "response_url": visit.result_url(request.id),
        "metrics": _metrics(request),
    }


def picture_headers(request: GenerationRequest, image: StoredImage, visit: Visit) -> dict[str, str]:
    """Segmind's headers of a picture beside its bytes, and where the whole result is."""
    return {
        "x-generation-time": f"{image.generation_time_s:.3f}",
        "x-seed-value": str(image.seed),
        "Content-Location": visit.result_url(request.id),
        "Content-Disposition": f'inline; filename="{image.file_name}"',
    }


def left_headers(accepted: Accepted, now: datetime) -> dict[str, str]:
    """Whose request it is, what is held for it, what is left (dollars), and the caller's own limit."""
    request, left = accepted.request, accepted.left
    ends_in_s = ceil((left.quota.counted.ends_at - now).total_seconds())
    return {
        "x-request-id": request.id,
        **_money_headers(request, left.balance_micros),
        **rate_limit(left.quota.kind, left.quota.allowed, left.of_quota, left.quota.window_s, max(ends_in_s, 0)),
    }


def accounting_headers(request: GenerationRequest, payer: Account | None) -> dict[str, str]:
    """What it cost or still holds, and what is left, in dollars; to a guest, that it cost nothing."""
    return _money_headers(request, payer.balance_micros if payer else None)


def _money_headers(request: GenerationRequest, balance_micros: int | None) -> dict[str, str]:
    told = {"x-held-credits": request.price_of_all_micros if request.is_open else 0}
    if not request.is_open:
        told["x-cost"] = request.cost_micros
    if balance_micros is not None:
        told["x-remaining-credits"] = balance_micros
    return {name: dollars(micros) for name, micros in told.items()}


def first_failure(request: GenerationRequest) -> Failure:
    """What a request without a picture is said to have failed with: whoever canceled it wants to hear that."""
    canceled = (failure for failure in request.failures if failure.code is Code.CANCELED)
    return next(canceled, request.failures[0])


def _image(request: GenerationRequest, image: StoredImage, visit: Visit, pictures: Pictures) -> dict[str, Any]:
    presigned = pictures.url(request.id, image)
    return {
        "index": image.index,
        "url": visit.picture_url(presigned),
        "expires_at": iso(presigned.expires_at),
        "permalink": visit.image_url(request.id, image.index),
        "content_type": image.content_type,
        "file_name": image.file_name,
        "file_size": image.file_size,
        "width": image.width,
        "height": image.height,
        "seed": image.seed,
    }


def _add_base64(request: GenerationRequest, images: list[dict[str, Any]], pictures: Pictures) -> list[str]:
    """Put the bytes beside the URLs while the answer stays under Lambda's limit; say so where they do not fit."""
    room, left_out = MAX_BASE64_BYTES, []
    for stored, told in zip(request.images, images, strict=True):
        length = 4 * ((stored.file_size + 2) // 3)
        if length > room:
            left_out.append(str(stored.index))
            continue
        room -= length
        told["base64"] = base64.b64encode(pictures.read(request.id, stored)).decode()
    return (
        [f"No base64 for picture {', '.join(left_out)}: the answer would exceed 6 MB. Fetch its url."]
        if left_out
        else []
    )


def _failure(failure: Failure) -> dict[str, Any]:
    return {"index": failure.index, "code": failure.code, "detail": failure.detail}


def _ended_badly(request: GenerationRequest) -> dict[str, Any]:
    if request.status is not Status.FAILED or not request.failures:
        return {}
    failure = first_failure(request)
    return {"error": failure.detail, "code": failure.code}


def _metrics(request: GenerationRequest) -> dict[str, float]:
    """Dollars and seconds; what is not known yet is left out, and a failed request has no cost."""
    metrics: dict[str, float] = {}
    if request.status is Status.COMPLETED:
        metrics["cost"] = as_number(request.cost_micros)
    if request.started_at:
        metrics["queue_time"] = _seconds(request.created_at, request.started_at)
    if request.images:
        metrics["inference_time"] = round(max(image.generation_time_s for image in request.images), 3)
    if request.completed_at:
        metrics["total_time"] = _seconds(request.created_at, request.completed_at)
    return metrics


def _seconds(start: datetime, end: datetime) -> float:
    return round(max((end - start).total_seconds(), 0.0), 3)


def media_ranges(accept: str) -> dict[str, float]:
    """Media ranges with their quality; a broken quality counts as 1."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        ranges[kind] = float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 1.0
    return ranges
