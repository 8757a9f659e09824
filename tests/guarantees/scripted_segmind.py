"""Segmind as a test scripts it, in this process: each picture's outcome, and a record of every call."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sasha.core.errors import Code
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Lost, Picture, Refused, Requests, Unbilled
from sasha.core.request import GenerationRequest, Status
from tests.functional.strict_aws import Died, StrictAWS

LONGEST_TURN_S = 1.0


class Answer(StrEnum):
    """What a call ends in."""

    PICTURE = "picture"
    BUSY = "busy"
    ERROR = "error"
    REFUSED = "refused"
    NO_CREDITS = "no credits"
    LOST = "lost"
    DEATH = "the worker dies before it asks"


UNBILLED = (Answer.BUSY, Answer.ERROR)
PERHAPS_BILLED = (Answer.PICTURE, Answer.LOST)


class ScriptedSegmind:
    """Implements core.ports.Provider. `script` says how the call for each index ends.

    The pictures of a request are asked for side by side; here they get on one after the other, each until it is stored
    and shown, so that a run can be repeated step by step: first those that become pictures, then the others.
    """

    def __init__(self, aws: StrictAWS) -> None:
        self.script: tuple[Answer, ...] = (Answer.PICTURE,) * 4
        # Done once, while the first picture of a claim is being made.
        self.meanwhile: Callable[[], object] = lambda: None
        # By seed of the request, and index: what each call ended in.
        self.calls: dict[tuple[int, int], list[Answer]] = {}
        self._aws = aws
        self._turns: deque[int] = deque()
        self._began = True
        self._turn = threading.Condition()

    def has_key(self) -> bool:
        return True

    def expect(self, claimed: GenerationRequest) -> None:
        """This claim's pictures will be asked for."""
        by_turn = sorted(claimed.missing, key=lambda index: (self.script[index] is not Answer.PICTURE, index))
        self._turns = deque(by_turn)
        self._began = False

    def next(self) -> None:
        """Whose turn it was is done."""
        with self._turn:
            if self._turns:
                self._turns.popleft()
            self._turn.notify_all()

    def generate(self, wanted: GenerationParameters, seed: int, timeout_s: float) -> Picture:
        index = seed - wanted.seed
        self._wait_for_turn(index)
        if not self._began:
            self._began = True
            self.meanwhile()
        answer = self.script[index]
        if answer is Answer.DEATH:
            self._aws.dead = True
            raise Died("before the POST")
        self.calls.setdefault((wanted.seed, index), []).append(answer)
        if answer is Answer.PICTURE:
            return Picture(b"a picture", "image/png", 512, 512, seed, 0.5)
        self.next()
        raise _error(answer)

    def _wait_for_turn(self, index: int) -> None:
        patience_ends_at = time.monotonic() + LONGEST_TURN_S
        with self._turn:
            while index in self._turns and self._turns[0] != index:
                # Who died does not say so, and who could not store its picture shows none.
                self._turn.wait(0.002)
                if self._aws.dead:
                    raise Died("with its process")
                if time.monotonic() > patience_ends_at:
                    return


@dataclass(frozen=True)
class WatchedRequests:
    """core.ports.Requests for a worker, of whose claims the script is told."""

    requests: Requests
    segmind: ScriptedSegmind

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        if after.status is not Status.PROCESSING:
            return self.requests.replace(before, after)
        if before.status is Status.QUEUED:
            self.segmind.expect(after)
            return self.requests.replace(before, after)
        try:
            return self.requests.replace(before, after)
        finally:
            self.segmind.next()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.requests, name)


def _error(answer: Answer) -> Exception:
    match answer:
        case Answer.BUSY:
            return Unbilled(Code.BUSY, "No room.")
        case Answer.ERROR:
            return Unbilled(Code.PROVIDER_ERROR, "An error of its own.")
        case Answer.REFUSED:
            return Refused(Code.PROVIDER_ERROR, "Not this one.")
        case Answer.NO_CREDITS:
            return Refused(Code.PROVIDER_OUT_OF_CREDITS, "The owner has no credits.")
        case _:
            return Lost(Code.PROVIDER_TIMEOUT, "No answer.")
