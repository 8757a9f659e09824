"""What is known of Segmind, and the circuit breaker that it makes: who may ask now, and who must wait.

closed    everybody asks; `failures` in a row are counted
open      until `blocked_until` nobody is taken on and nothing is claimed: it is down, refuses the key or is unpaid
half-open after that requests are taken on, and one's worker finds out; until it has (`probe_until`) others wait
paced     until `paced_until` the workers wait, because Segmind said how long; callers do not notice

A state is changed like a request: a move makes its next version, and storing that succeeds only if nobody was faster.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol, Self
from uuid import uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sasha.core.errors import Busy, Code, known_code
from sasha.core.timing import Timestamp, after

# An upstream that fails so often in a row, whoever asks, is down.
FAILURES_TO_OPEN = 5
# A rejected key, or an account without credits, is what every further caller would meet too: it opens at once.
CERTAIN_BLOCK_S = 60
FIRST_BLOCK_S = 15
LONGEST_BLOCK_S = 120
# Failures that lie so far apart have nothing to do with each other.
FAILURES_FORGOTTEN_AFTER_S = 600
# Who meets a probe looks again after this: it mostly ends in seconds.
PROBE_LOOK_S = 5
# No answer of Segmind's keeps the workers waiting for longer without asking again.
LONGEST_PACE_S = 60


class Finding(StrEnum):
    """What the calls of one request told of Segmind as a whole."""

    WORKS = "works"
    DOWN = "down"
    REJECTED_KEY = "rejected_key"
    OUT_OF_CREDITS = "out_of_credits"
    NOTHING = "nothing"


REASONS = {
    Finding.DOWN: Code.PROVIDER_UNAVAILABLE,
    Finding.REJECTED_KEY: Code.PROVIDER_REJECTED_KEY,
    Finding.OUT_OF_CREDITS: Code.PROVIDER_OUT_OF_CREDITS,
}


class ProviderState(BaseModel):
    """Written by workers and owner, read by the API before anything is held."""

    # What a later version of this code wrote is kept.
    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    version: int = 0
    # Of each change its own, by which whoever made it knows it again where the answer was lost.
    change_id: str = ""
    key_configured: bool = False
    blocked_until: Timestamp | None = None
    reason: Annotated[Code, BeforeValidator(known_code)] | None = None
    failures: int = 0
    failed_at: Timestamp | None = None
    probe_until: Timestamp | None = None
    # The request whose worker finds out. Its other messages leave it alone: they would take its claim away.
    probed_with: str = ""
    paced_until: Timestamp | None = None

    def is_half_open(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until <= now

    def callers_wait_until(self, now: datetime) -> datetime | None:
        """Until when nobody is taken on; None where anybody is."""
        return _latest(now, self.blocked_until, self._look_again_at(now))

    def workers_wait_until(self, now: datetime) -> datetime | None:
        """When a worker may look again; None where it may ask now (half-open: if it is the one to probe)."""
        return _latest(now, self.blocked_until, self._look_again_at(now), self.paced_until)

    def _look_again_at(self, now: datetime) -> datetime | None:
        return None if self.probe_until is None else min(self.probe_until, after(now, PROBE_LOOK_S))

    def is_probed_with(self, request_id: str, now: datetime) -> bool:
        """Whether a worker finds out with this very request."""
        return self.probed_with == request_id and self.probe_until is not None and now < self.probe_until

    def probed(self, request_id: str, until: datetime) -> Self:
        """Half-open: one worker finds out; should it die, another may from `until` on."""
        return self._next(probe_until=until, probed_with=request_id)

    def found(self, finding: Finding, at: datetime, probed_with: str = "") -> Self:
        """After the calls of a request have ended; `probed_with` is that request, if it was to find out for all."""
        # Who took too long over it is no prober any more: another one finds out.
        as_prober = bool(probed_with) and probed_with == self.probed_with
        probe_until = None if as_prober else self.probe_until
        match finding:
            case Finding.NOTHING:
                return self._next(probe_until=probe_until)
            case Finding.WORKS:
                return self._next(blocked_until=None, reason=None, failures=0, failed_at=None, probe_until=None)
            case Finding.REJECTED_KEY | Finding.OUT_OF_CREDITS:
                return self._blocked(finding, at, CERTAIN_BLOCK_S, self.failures + 1)
        if self.blocked_until is not None and not as_prober:
            return self  # asked before it was opened, so this tells nothing new
        is_old = self.failed_at is not None and after(self.failed_at, FAILURES_FORGOTTEN_AFTER_S) < at
        failures = 1 if is_old else self.failures + 1
        if failures < FAILURES_TO_OPEN and not as_prober:
            return self._next(failures=failures, failed_at=at)
        # Whoever probes has found it down still, so it opens again, and for longer.
        again = min(max(failures - FAILURES_TO_OPEN, 0), 8)
        return self._blocked(finding, at, min(FIRST_BLOCK_S * 2**again, LONGEST_BLOCK_S), failures)

    def _blocked(self, finding: Finding, at: datetime, block_s: float, failures: int) -> Self:
        return self._next(
            blocked_until=after(at, block_s),
            reason=REASONS[finding],
            failures=failures,
            failed_at=at,
            probe_until=None,
        )

    def paced(self, until: datetime, now: datetime) -> Self:
        """Segmind has said how long it takes nobody. That it said so means that it works."""
        until = min(until, after(now, LONGEST_PACE_S))
        return self._next(paced_until=max(until, self.paced_until or until))

    def keyed(self, key_configured: bool) -> Self:
        """Whether there is a key; with a new one everything begins anew."""
        return type(self)(version=self.version + 1, change_id=_fresh_id(), key_configured=key_configured)

    def _next(self, **changes: object) -> Self:
        changed = self.model_copy(update=changes)
        if changed == self:
            return self
        return changed.model_copy(update={"version": self.version + 1, "change_id": _fresh_id()})


def _fresh_id() -> str:
    return uuid4().hex


def _latest(now: datetime, *waits: datetime | None) -> datetime | None:
    return max((until for until in waits if until is not None and until > now), default=None)


class ProviderStates(Protocol):
    """Where the state is kept."""

    def get(self) -> ProviderState:
        """As it is now."""

    def replace(self, before: ProviderState, after: ProviderState) -> bool:
        """Store `after` if `before` is still what is there."""


TRIES = 5


def change(states: ProviderStates, move: Callable[[ProviderState], ProviderState]) -> ProviderState:
    """Make the move from whatever is there now; where others are faster, again. Raises Busy where they always are."""
    for _ in range(TRIES):
        before = states.get()
        after_it = move(before)
        if after_it == before or states.replace(before, after_it):
            return after_it
    raise Busy("What is known of Segmind changes too fast; please try again.")
