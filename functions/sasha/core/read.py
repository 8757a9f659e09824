"""What a caller may do with a request of its own once it is taken on: find it, wait for it, cancel it, erase it."""

import logging
from datetime import datetime

from sasha.core.account import GUESTS, Account
from sasha.core.errors import Busy, Code, Erased, MissingApiKey, NotCancelable, NotFound
from sasha.core.ports import Ports
from sasha.core.request import Failure, GenerationRequest, Status, is_uuid

# Seconds between two looks at a request that is waited for. On average half of it is waited in vain.
LOOK_EVERY_S = 0.05
# All four pictures of a request may be erased side by side: the last of them loses three times.
TRIES = 5
logger = logging.getLogger("sasha")


def find(request_id: str, reader: Account | None, ports: Ports, *, keyless: bool = False) -> GenerationRequest:
    """The reader's request of this id; a guest's is anybody's who knows the id, which is random.

    Raises NotFound: another account's does not exist either. Raises MissingApiKey for who shows no key, unless it is
    one of those who have none (`keyless`).
    """
    request = ports.requests.get(request_id) if is_uuid(request_id) else None
    owners = (GUESTS, reader.id) if reader else (GUESTS,)
    if request is not None and request.account in owners:
        return request
    if reader is None and not keyless:
        raise MissingApiKey("Missing API key: send it in the header x-api-key; this is no guest's request.")
    raise NotFound(f"There is no request {request_id[:64]!r}: check the id; records are kept for a few days only.")


def must_not_be_erased(request: GenerationRequest, ports: Ports) -> GenerationRequest:
    """Raises Erased for what was erased, or has expired: its record outlives its pictures by a day."""
    if request.erased_at is not None:
        raise Erased("This request's pictures, prompt and parameters were erased, as was asked.")
    if request.images and request.expires_at is not None and request.expires_at <= ports.clock.now():
        raise Erased(
            f"This request's pictures have expired; they are kept for {ports.terms.retention_s // 86400} days."
        )
    return request


def wait_for_end(request: GenerationRequest, until: datetime, ports: Ports) -> GenerationRequest:
    """The request as it ended, or as it is when the time has come."""
    while request.is_open and (left := (until - ports.clock.now()).total_seconds()) > 0:
        ports.clock.sleep(min(LOOK_EVERY_S, left))
        try:
            request = ports.requests.look(request.id) or request
        except Exception:
            # The request lives on, whether or not it can be looked at just now.
            logger.warning("A request could not be looked at", exc_info=True)
    return request


def cancel(request: GenerationRequest, ports: Ports) -> GenerationRequest:
    """End a request that waits and has nothing stored; all of its price goes back. Raises NotCancelable, Busy."""
    for _ in range(TRIES):
        if request.status is not Status.QUEUED or request.images:
            raise NotCancelable(f"Only a request that still waits can be canceled; this one {_state(request)}.")
        # What failed before it was released has failed as it did: Segmind may have charged for it.
        canceled = request.settled(
            (),
            [
                *request.failures,
                *(Failure(index=n, code=Code.CANCELED, detail="Canceled by its owner.") for n in request.missing),
            ],
            at=ports.clock.now(),
            retention_s=ports.terms.retention_s,
        )
        if ports.requests.settle(request, canceled):
            return canceled
        request = ports.requests.get(request.id) or request
    raise Busy("The request is changing hands at this moment; please try again.")


def erase(request: GenerationRequest, ports: Ports, index: int | None = None) -> None:
    """Erase pictures, prompt and parameters of a finished request, or its picture `index` alone; repeatable.

    With the last picture goes everything. The objects go first: the other way round a death between the two would leave
    pictures that nothing leads to. Raises NotCancelable, Busy, and NotFound for a picture that never was.
    """
    for _ in range(TRIES):
        if request.is_open:
            raise NotCancelable("The request is still running: cancel it, or erase it when it has ended.")
        if index is not None and not request.has_delivered(index):
            raise no_picture(str(index))
        if request.erased_at is not None or index in request.erased_images:
            return
        now = ports.clock.now()
        erased = request.erased(now) if index is None else request.without_image(index, now)
        gone = range(request.samples) if index is None or erased.erased_at is not None else [index]
        ports.pictures.erase(request.id, gone)
        if ports.requests.replace(request, erased):
            return
        request = ports.requests.get(request.id) or request
    raise Busy("The request is changing hands at this moment; please try again.")


def no_picture(index: str) -> NotFound:
    """For a picture that a request does not have."""
    return NotFound(f"This request has no picture {index[:20]!r}.")


def _state(request: GenerationRequest) -> str:
    if request.status is Status.QUEUED:
        return "has pictures already"
    return "is being processed" if request.is_open else f"has ended ({request.status})"
