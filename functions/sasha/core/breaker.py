"""What is known of Segmind, and the circuit breaker that it makes: who may ask now, and who must wait.

closed    everybody asks; `failures` in a row are counted
open      until `blocked_until` nobody is taken on and nothing is claimed: it is down, refuses the key or is unpaid
half-open after that one worker at a time finds out (`probe_until`); requests are taken on, and wait for what it finds
paced     until `paced_until` the workers wait, because Segmind said how long; callers do not notice

A state is changed like a request: a move makes its next version, and storing that succeeds only if nobody was faster.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sasha.core.errors import Code, known_code
from sasha.core.timing import Timestamp, after

# An upstream that fails so often in a row, whoever asks, is down.
FAILURES_TO_OPEN = 5
# What every further caller would meet too: open at once.
CERTAIN = (Code.PROVIDER_REJECTED_KEY, Code.PROVIDER_OUT_OF_CREDITS)
CERTAIN_BLOCK_S = 60
FIRST_BLOCK_S = 15
LONGEST_BLOCK_S = 120
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

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 0
    key_configured: bool = False
    blocked_until: Timestamp | None = None
    reason: Annotated[Code, BeforeValidator(known_code)] | None = None
    failures: int = 0
    probe_until: Timestamp | None = None
    paced_until: Timestamp | None = None

    @property
    def is_quiet(self) -> bool:
        """Nothing speaks against Segmind."""
        return self.blocked_until is None and not self.failures

    def is_open(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until > now

    def is_half_open(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until <= now

    def workers_wait_until(self, now: datetime) -> datetime | None:
        """When a worker may look again; None where it may ask now (half-open: if it is the one to probe)."""
        waits = (self.blocked_until, self.probe_until, self.paced_until)
        return max((until for until in waits if until is not None and until > now), default=None)

    def probed(self, until: datetime) -> Self:
        """Half-open: one worker finds out; should it die, another may from `until` on."""
        return self._next(probe_until=until)

    def found(self, finding: Finding, at: datetime) -> Self:
        """After the calls of a request have ended."""
        match finding:
            case Finding.NOTHING:
                return self._next(probe_until=None)
            case Finding.WORKS:
                return self._next(blocked_until=None, reason=None, failures=0, probe_until=None)
            case Finding.REJECTED_KEY | Finding.OUT_OF_CREDITS:
                block_s = CERTAIN_BLOCK_S
            case Finding.DOWN:
                if self.is_open(at):  # asked before it was opened, so this tells nothing new
                    return self
                # Whoever probes has found it down still, so it opens again, and for longer.
                again = max(self.failures + 1 - FAILURES_TO_OPEN, 0)
                if self.blocked_until is None and self.failures + 1 < FAILURES_TO_OPEN:
                    return self._next(failures=self.failures + 1)
                block_s = min(FIRST_BLOCK_S * 2 ** min(again, 8), LONGEST_BLOCK_S)
        return self._next(
            blocked_until=after(at, block_s), reason=REASONS[finding], failures=self.failures + 1, probe_until=None
        )

    def paced(self, until: datetime, now: datetime) -> Self:
        """Segmind has said how long it takes nobody. That it said so means that it works."""
        until = min(until, after(now, LONGEST_PACE_S))
        return self._next(paced_until=max(until, self.paced_until or until))

    def keyed(self, key_configured: bool) -> Self:
        """Whether there is a key; with a new one everything begins anew."""
        return type(self)(version=self.version + 1, key_configured=key_configured)

    def _next(self, **changes: object) -> Self:
        changed = self.model_copy(update=changes)
        return self if changed == self else changed.model_copy(update={"version": self.version + 1})


class ProviderStates(Protocol):
    """Where the state is kept."""

    def get(self) -> ProviderState:
        """As it is now."""

    def replace(self, before: ProviderState, after: ProviderState) -> bool:
        """Store `after` if `before` is still what is there."""


TRIES = 5


def change(states: ProviderStates, move: Callable[[ProviderState], ProviderState]) -> ProviderState:
    """Make the move from whatever is there now; where others are faster, again. Returns what is there afterwards."""
    for _ in range(TRIES):
        before = states.get()
        after_it = move(before)
        if after_it == before or states.replace(before, after_it):
            return after_it
    return states.get()
