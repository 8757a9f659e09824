"""Looking after what was left behind: lost messages, dead workers, requests that nobody had time for.

Only what is due is looked at, each request by itself; what one of them does wrong costs the others nothing.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from pydantic import ValidationError

from sasha.core.errors import Code
from sasha.core.ports import Ports, SecondsLeft
from sasha.core.request import Failure, GenerationRequest, Status
from sasha.core.timing import SWEEP_TIME_S, after

STOP_BEFORE_END_S = 10
# Looking after one is waiting for the table, twice or three times: side by side, ten thousand fit into a sweep. Refunds
# take longer, as each gives back to the month's counter: one item, which takes some tens of writes a second. They all
# have passed it on their way in, so that half of each minute works a backlog off in twice the time it took to come.
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


@dataclass(frozen=True)
class Seen:
    """One request that was looked at: what was done for it, with which end, and how long it has been waiting."""

    care: Care
    pictures: int = 0
    refunds: int = 0
    waiting_s: float = 0.0


@dataclass
class Sweep:
    """What a sweep did: requests by kind of care, the ids it could not help, whether it saw all that was due.

    `pictures` and `refunds` are those of the requests that it ended; `oldest_waiting_s` is the age of the oldest one
    that was due and in the queue. `blocked_by` is why nobody is served just now; None where anybody is, or where that
    could not be read.
    """

    done: dict[Care, int] = field(default_factory=lambda: dict.fromkeys(Care, 0))
    troubled: dict[str, Exception] = field(default_factory=dict)
    finished: bool = True
    pictures: int = 0
    refunds: int = 0
    oldest_waiting_s: float = 0.0
    blocked_by: Code | None = None

    def add(self, seen: Seen) -> None:
        self.done[seen.care] += 1
        self.pictures += seen.pictures
        self.refunds += seen.refunds
        self.oldest_waiting_s = max(self.oldest_waiting_s, seen.waiting_s)


def sweep(seconds_left: SecondsLeft, ports: Ports) -> Sweep:
    """Look after every request that is due, the longest due first, as far as time allows."""
    result = Sweep(blocked_by=_look_at_provider(ports))
    began = ports.clock.now()

    def care(request_id: str) -> Seen | Exception | None:
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
                    result.add(outcome)
    return result


def _look_at_provider(ports: Ports) -> Code | None:
    """Why nobody is served. No key to Segmind is as bad as a wrong one; while there is none, a worker looks for it."""
    try:
        state = ports.states.get()
        if not state.key_configured:
            ports.queue.ask_provider_check()
            return Code.PROVIDER_REJECTED_KEY
        return state.reason
    except Exception:
        logger.warning("What is known of Segmind could not be looked up", exc_info=True)
        return None


def _care(request_id: str, ports: Ports) -> Seen | Exception:
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


def look_after(request_id: str, ports: Ports) -> Seen:
    """Do what this one request needs; the index that named it may be behind, so it is read again."""
    now = ports.clock.now()
    request = ports.requests.get(request_id)
    if request is None or request.due_at is None or request.due_at > now:
        return Seen(Care.NOT_DUE)
    if request.status is Status.PROCESSING:
        return salvage(request, ports)
    waiting_s = request.age_s(now)
    if request.give_up_at <= now:
        return replace(give_up(request, ports), waiting_s=waiting_s)
    hinted = request.hinted_again(now)
    if not ports.requests.replace(request, hinted):
        return Seen(Care.CHANGED)
    ports.queue.hint(hinted)
    return Seen(Care.HINTED, waiting_s=waiting_s)


def give_up(request: GenerationRequest, ports: Ports) -> Seen:
    """It waited too long: deliver what it has, give back the rest."""
    return _end(
        request,
        request,
        Code.WAITED_TOO_LONG,
        "The picture service had no room for this picture in time. Not charged; please try again.",
        Care.GIVEN_UP,
        ports,
    )


def salvage(request: GenerationRequest, ports: Ports) -> Seen:
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
) -> Seen:
    perhaps_billed = care is Care.SALVAGED
    ended = [Failure(index=n, code=code, detail=detail, perhaps_billed=perhaps_billed) for n in known.missing]
    failures = [*known.failures, *ended]
    settled = known.settled(known.images, failures, at=ports.clock.now(), retention_s=ports.terms.retention_s)
    if not ports.requests.settle(before, settled):
        return Seen(Care.CHANGED)
    return Seen(care, pictures=len(settled.images), refunds=len(settled.failures))
