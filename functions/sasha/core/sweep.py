"""Looking after what was left behind: lost messages, dead workers, requests that nobody had time for.

Only what is due is looked at, each request by itself; what one of them does wrong costs the others nothing.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from pydantic import ValidationError

from sasha.core.errors import Code
from sasha.core.ports import Ports, SecondsLeft
from sasha.core.request import Failure, GenerationRequest, Status
from sasha.core.timing import SWEEP_TIME_S, after

STOP_BEFORE_END_S = 10
# Looking after one is waiting for the table, twice or three times: side by side, ten thousand fit into a sweep.
AT_ONCE = 16
BATCH = 160
# Whoever can read it, after a deploy or its undoing, is to find it while its nine minutes last.
SET_ASIDE_S = 240
logger = logging.getLogger("sasha")


class Care(StrEnum):
    """What was done for one request."""

    HINTED = "hinted"
    GIVEN_UP = "given_up"
    SALVAGED = "salvaged"
    NOT_DUE = "not_due"
    CHANGED = "changed"


@dataclass
class Sweep:
    """What a sweep did: requests by kind of care, the ids it could not help, whether it saw all that was due.

    `blocked` is whether nobody is served just now, since Segmind is in trouble; None where that could not be read.
    """

    done: dict[Care, int] = field(default_factory=lambda: dict.fromkeys(Care, 0))
    troubled: dict[str, Exception] = field(default_factory=dict)
    finished: bool = True
    blocked: bool | None = None


def sweep(seconds_left: SecondsLeft, ports: Ports) -> Sweep:
    """Look after every request that is due, the longest due first, as far as time allows."""
    result = Sweep(blocked=_look_at_provider(ports))
    began = ports.clock.now()

    def care(request_id: str) -> Care | Exception | None:
        time_is_up = seconds_left() < STOP_BEFORE_END_S or ports.clock.now() > after(began, SWEEP_TIME_S)
        return None if time_is_up else _care(request_id, ports)

    due = ports.requests.due(began)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while result.finished and (request_ids := list(islice(due, BATCH))):
            for request_id, outcome in zip(request_ids, pool.map(care, request_ids), strict=True):
                if outcome is None:
                    result.finished = False
                elif isinstance(outcome, Exception):
                    result.troubled[request_id] = outcome
                else:
                    result.done[outcome] += 1
    return result


def _look_at_provider(ports: Ports) -> bool | None:
    """While there is no key to Segmind, a worker is asked to look for one."""
    try:
        state = ports.states.get()
        if not state.key_configured:
            ports.queue.ask_provider_check()
        return not state.key_configured or state.blocked_until is not None
    except Exception:
        logger.warning("What is known of Segmind could not be looked up", exc_info=True)
        return None


def _care(request_id: str, ports: Ports) -> Care | Exception:
    """What was done for this one, or what went wrong: one that is in trouble must not starve the rest."""
    try:
        return look_after(request_id, ports)
    except ValidationError as unreadable:
        # Nor will it be in a minute, unless by another version of this code: it is in nobody's way meanwhile.
        logger.exception("A request could not be read", extra={"request_id": request_id})
        try:
            ports.requests.set_aside(request_id, after(ports.clock.now(), SET_ASIDE_S))
        except Exception:
            logger.warning("A record that cannot be read could not be set aside", exc_info=True)
        return unreadable
    except Exception as trouble:
        logger.exception("A request could not be looked after", extra={"request_id": request_id})
        return trouble


def look_after(request_id: str, ports: Ports) -> Care:
    """Do what this one request needs; the index that named it may be behind, so it is read again."""
    now = ports.clock.now()
    request = ports.requests.get(request_id)
    if request is None or request.due_at is None or request.due_at > now:
        return Care.NOT_DUE
    if request.status is Status.PROCESSING:
        return salvage(request, ports)
    if request.give_up_at <= now:
        return give_up(request, ports)
    hinted = request.hinted_again(now)
    if not ports.requests.replace(request, hinted):
        return Care.CHANGED
    ports.queue.hint(hinted)
    return Care.HINTED


def give_up(request: GenerationRequest, ports: Ports) -> Care:
    """It waited too long: deliver what it has, give back the rest."""
    return _end(
        request,
        request,
        Code.WAITED_TOO_LONG,
        "The picture service had no room for this picture in time. Not charged; please try again.",
        Care.GIVEN_UP,
        ports,
    )


def salvage(request: GenerationRequest, ports: Ports) -> Care:
    """Its worker died. What reached the bucket is delivered; the rest may have been billed and is never asked again."""
    stored = ports.pictures.stored(request.id)
    images = {image.index: image for image in (*stored, *request.images)}
    return _end(
        request,
        request.model_copy(update={"images": tuple(images.values())}),
        Code.OUTCOME_UNKNOWN,
        "The connection to the picture service was lost while it worked. Not charged; please try again.",
        Care.SALVAGED,
        ports,
    )


def _end(
    before: GenerationRequest, known: GenerationRequest, code: Code, detail: str, care: Care, ports: Ports
) -> Care:
    perhaps_billed = care is Care.SALVAGED
    ended = [Failure(index=n, code=code, detail=detail, perhaps_billed=perhaps_billed) for n in known.missing]
    failures = [*known.failures, *ended]
    settled = known.settled(known.images, failures, at=ports.clock.now(), retention_s=ports.terms.retention_s)
    return care if ports.requests.settle(before, settled) else Care.CHANGED
