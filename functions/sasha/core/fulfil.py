"""Turning a queued request into pictures: claim, ask Segmind, store, settle.

The claim is the record that its pictures are being asked for. Whoever dies after it is never repeated: the sweeper
delivers what reached the bucket and gives back the rest.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sasha.core.breaker import PROBE_LOOK_S, change
from sasha.core.errors import Code
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Lost, Picture, Refused, SecondsLeft, Unbilled, WorkerPorts
from sasha.core.request import Failure, GenerationRequest, Status, StoredImage
from sasha.core.telling import FIRST_PAUSE_S, Outcome, Telling
from sasha.core.timing import CLAIM_MARGIN_S, STORE_AND_SETTLE_S, after

# How often an error of Segmind's own may be met before the request ends with it. Refusals for lack of room (429, no
# connection) are not counted: they pass, and the request's patience bounds them.
MAX_PROVIDER_ERRORS = 3
LONGEST_PAUSE_S = 60
RETRY_PAUSE_S = 0.5
# With less than this left, another try could be cut off in its middle.
LAST_TRY_S = 25

logger = logging.getLogger("sasha")


class Fate(StrEnum):
    """What became of a message, for the log and the metrics."""

    SETTLED = "settled"
    RELEASED = "released"
    LOST_CLAIM = "lost_claim"
    POSTPONED = "postponed"
    NOT_CLAIMED = "not_claimed"
    NO_TIME = "no_time"


@dataclass(frozen=True)
class Call:
    """One call to Segmind: how long it took, and whether it brought a picture."""

    latency_s: float
    brought_picture: bool


@dataclass(frozen=True)
class Work:
    """What a message led to; `pictures` and `refunds` are those of a request that was settled.

    `waited_s` is the age of a request that Segmind or the breaker has kept waiting, and goes on to, or has in vain.
    """

    fate: Fate
    pictures: int = 0
    refunds: int = 0
    waited_s: float = 0.0
    calls: tuple[Call, ...] = ()


def fulfil(request_id: str, seconds_left: SecondsLeft, ports: WorkerPorts) -> Work:
    """Claim the request, ask for its missing pictures side by side, and end it or put it back.

    `seconds_left` tells how long this process has to live; every thread is joined before that.
    """
    request = ports.requests.get(request_id)
    if request is None or not _may_be_claimed(request, ports):
        return Work(Fate.NOT_CLAIMED)
    now = ports.clock.now()
    state = ports.states.get()
    if state.is_probed_with(request.id, now):
        return Work(Fate.NOT_CLAIMED)
    wait_until = state.workers_wait_until(now)
    if wait_until is not None:
        return _put_off(request, wait_until, now, ports)
    if not state.is_half_open(now):
        return _ask(request, seconds_left, Telling(ports))
    probe_until = after(now, ports.provider_timeout_s + STORE_AND_SETTLE_S)
    if not ports.states.replace(state, state.probed(request.id, probe_until)):
        return _put_off(request, after(now, PROBE_LOOK_S), now, ports)
    telling = Telling(ports, probes_with=request.id)
    try:
        return _ask(request, seconds_left, telling)
    finally:
        # However it went: nobody else finds out while this one seems to.
        telling.end()


def _ask(request: GenerationRequest, seconds_left: SecondsLeft, telling: Telling) -> Work:
    """Claim the request, ask for its missing pictures side by side, and end it or put it back."""
    ports = telling.ports
    # Only now: whatever was looked up before this may have taken its time.
    now = ports.clock.now()
    if not _has_time(seconds_left, ports):
        ports.queue.hint(request, delay_s=1)
        return Work(Fate.NO_TIME)
    claimed = request.claimed(str(uuid4()), until=after(now, seconds_left() + CLAIM_MARGIN_S), at=now)
    if now >= request.give_up_at or not ports.requests.replace(request, claimed):
        return Work(Fate.NOT_CLAIMED)
    if not _has_time(seconds_left, ports):
        released = claimed.released(claimed.images, claimed.failures, not_before=ports.clock.now())
        if ports.requests.replace(claimed, released):
            ports.queue.hint(released, delay_s=1)
        return Work(Fate.NO_TIME)

    outcomes: dict[int, Outcome] = {}
    calls: list[Call] = []
    with ThreadPoolExecutor(max_workers=len(claimed.missing)) as pool:
        making = {
            pool.submit(make_picture, claimed, index, seconds_left, ports, calls): index for index in claimed.missing
        }
        for made in as_completed(making):
            outcome = outcomes[making[made]] = made.result()
            if isinstance(outcome, StoredImage) and len(outcomes) < len(making):
                claimed = _show(outcome, claimed, ports)
    try:
        work = _conclude_in_time(claimed, outcomes, seconds_left, ports)
    finally:
        telling.tell(outcomes.values())
    return replace(work, calls=tuple(calls))


def _has_time(seconds_left: SecondsLeft, ports: WorkerPorts) -> bool:
    """Whether a call to Segmind that begins now ends, stored and settled, while this process lives."""
    return seconds_left() >= ports.provider_timeout_s + STORE_AND_SETTLE_S


def _put_off(request: GenerationRequest, until: datetime, now: datetime, ports: WorkerPorts) -> Work:
    """Nobody may ask Segmind before then. Other messages for this request do nothing until it is time."""
    waiting = request.put_off(until)
    if not ports.requests.replace(request, waiting):
        return Work(Fate.NOT_CLAIMED)
    if until < request.give_up_at:
        ports.queue.hint(waiting, delay_s=int((until - now).total_seconds()) + 1)
    return Work(Fate.POSTPONED, waited_s=request.age_s(now))


def _show(image: StoredImage, claimed: GenerationRequest, ports: WorkerPorts) -> GenerationRequest:
    """Let the caller see this picture while the others are being made. If that fails, it is seen at the end."""
    shown = claimed.with_image(image)
    try:
        return shown if ports.requests.replace(claimed, shown) else claimed
    except Exception:
        logger.warning("A finished picture could not be shown early", exc_info=True)
        return claimed


def make_picture(
    request: GenerationRequest, index: int, seconds_left: SecondsLeft, ports: WorkerPorts, calls: list[Call]
) -> Outcome:
    """One picture: one call to Segmind, then the bucket. Never raises; an `Unbilled` comes back as a value.

    The call is added to `calls`, whose other calls are made beside it.
    """
    if request.parameters is None:
        raise AssertionError("an open request has its parameters")
    try:
        picture = _generate(request.parameters, request.parameters.seed + index, ports, calls)
    except Unbilled as unbilled:
        return unbilled
    except Refused as refused:
        return Failure(index=index, code=refused.code, detail=refused.detail)
    except Lost as lost:
        return Failure(index=index, code=lost.code, detail=lost.detail, perhaps_billed=True)
    return _store(request, index, picture, seconds_left, ports)


def _generate(wanted: GenerationParameters, seed: int, ports: WorkerPorts, calls: list[Call]) -> Picture:
    began = ports.clock.now()
    brought_picture = False
    try:
        picture = ports.provider.generate(wanted, seed, ports.provider_timeout_s)
        brought_picture = True
    finally:
        calls.append(Call((ports.clock.now() - began).total_seconds(), brought_picture))
    return picture


def _store(
    request: GenerationRequest, index: int, picture: Picture, seconds_left: SecondsLeft, ports: WorkerPorts
) -> StoredImage | Failure:
    """A picture that is paid for is the most expensive thing to lose: try until the time is up."""
    while True:
        try:
            return ports.pictures.put(request.id, index, picture)
        except Exception:
            logger.exception("A picture that is paid for could not be stored")
            if seconds_left() < LAST_TRY_S:
                detail = "The picture was made and could not be stored. Not charged."
                return Failure(index=index, code=Code.INTERNAL, detail=detail, perhaps_billed=True)
            ports.clock.sleep(RETRY_PAUSE_S)


def _may_be_claimed(request: GenerationRequest, ports: WorkerPorts) -> bool:
    now = ports.clock.now()
    return (
        request.status is Status.QUEUED
        and now < request.give_up_at
        and (request.not_before is None or request.not_before <= now)
    )


def _conclude_in_time(
    claimed: GenerationRequest, outcomes: Mapping[int, Outcome], seconds_left: SecondsLeft, ports: WorkerPorts
) -> Work:
    """Write down how it ended, as often as it takes: what is known now is lost if the sweeper has to guess it."""
    while True:
        try:
            work = _conclude(claimed, outcomes, ports)
            if work.fate is not Fate.LOST_CLAIM:
                return work
            current = ports.requests.get(claimed.id)
            if current is None or current.claim_id != claimed.claim_id or current.version == claimed.version:
                return work
            # Still ours: the answer to an earlier write of our own was lost.
            claimed = current
        except Exception:
            logger.exception("How a request ended could not be written down")
            if seconds_left() < LAST_TRY_S:
                raise
            ports.clock.sleep(RETRY_PAUSE_S)


def _conclude(claimed: GenerationRequest, outcomes: Mapping[int, Outcome], ports: WorkerPorts) -> Work:
    """Put back what may be asked again, while there is patience for it; else settle."""
    made = {outcome.index: outcome for outcome in outcomes.values() if isinstance(outcome, StoredImage)}
    images = {image.index: image for image in claimed.images} | made
    failures = [*claimed.failures, *(outcome for outcome in outcomes.values() if isinstance(outcome, Failure))]
    unbilled = {index: outcome for index, outcome in outcomes.items() if isinstance(outcome, Unbilled)}

    now = ports.clock.now()
    pause_s = max((_pause_s(one, claimed) for one in unbilled.values()), default=0.0)
    not_before = after(now, pause_s)
    again = {i for i, one in unbilled.items() if not_before < claimed.give_up_at and not _is_hopeless(one, claimed)}
    failures += [Failure(index=i, code=one.code, detail=one.detail) for i, one in unbilled.items() if i not in again]
    if again:
        by_provider_error = any(unbilled[index].code is Code.PROVIDER_ERROR for index in again)
        released = claimed.released(
            images.values(), failures, not_before=not_before, by_provider_error=by_provider_error
        )
        if not ports.requests.replace(claimed, released):
            return Work(Fate.LOST_CLAIM)
        ports.queue.hint(released, delay_s=int(pause_s) + 1)
        return Work(Fate.RELEASED, waited_s=claimed.age_s(now))
    settled = claimed.settled(images.values(), failures, at=now, retention_s=ports.terms.retention_s)
    if not ports.requests.settle(claimed, settled):
        return Work(Fate.LOST_CLAIM)
    in_vain = any(failure.code is Code.WAITED_TOO_LONG for failure in settled.failures)
    waited_s = claimed.age_s(now) if in_vain else 0.0
    return Work(Fate.SETTLED, pictures=len(settled.images), refunds=len(settled.failures), waited_s=waited_s)


def _pause_s(unbilled: Unbilled, claimed: GenerationRequest) -> float:
    if unbilled.retry_after_s is not None:
        return unbilled.retry_after_s
    return min(FIRST_PAUSE_S * 2.0 ** (claimed.attempts - 1), LONGEST_PAUSE_S)


def _is_hopeless(unbilled: Unbilled, claimed: GenerationRequest) -> bool:
    return unbilled.code is Code.PROVIDER_ERROR and claimed.provider_errors + 1 >= MAX_PROVIDER_ERRORS


def check_provider(ports: WorkerPorts) -> None:
    """Write down whether there is a Segmind key, for those who may not read it."""
    has_key = ports.provider.has_key()
    change(ports.states, lambda state: state if state.key_configured == has_key else state.keyed(has_key))
