"""What the calls of one request tell of Segmind as a whole, written down for workers and for those at the door."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from sasha.core.breaker import Finding, ProviderState, change
from sasha.core.errors import Code
from sasha.core.ports import NoRoom, Unbilled, WorkerPorts
from sasha.core.request import Failure, StoredImage
from sasha.core.timing import after

FIRST_PAUSE_S = 2
# An upstream that is in trouble answers so, or not at all, whoever asks. A 500, or an answer that is no picture, may be
# one prompt's: if it counted, one caller could keep all others out.
TROUBLE = (Code.PROVIDER_UNAVAILABLE, Code.PROVIDER_TIMEOUT, Code.OUTCOME_UNKNOWN)

logger = logging.getLogger("sasha")

Outcome = StoredImage | Failure | Unbilled


@dataclass
class Telling:
    """Writes down what was found of Segmind, for all workers and for those who take requests on."""

    ports: WorkerPorts
    # The request with which this worker finds out for all; "" where it does not.
    probes_with: str = ""

    def tell(self, outcomes: Collection[Outcome]) -> None:
        """What the outcomes of a request's calls tell of Segmind as a whole."""
        finding = _finding(outcomes)
        pauses = [outcome.retry_after_s or FIRST_PAUSE_S for outcome in outcomes if isinstance(outcome, NoRoom)]
        if pauses or finding is not Finding.NOTHING:
            self._write(finding, max(pauses, default=0.0))

    def end(self) -> None:
        """The probe is over, whether or not anything was found."""
        if self.probes_with:
            self._write(Finding.NOTHING, 0.0)

    def _write(self, finding: Finding, pause_s: float) -> None:
        now = self.ports.clock.now()
        has_no_key = finding is Finding.REJECTED_KEY and self._has_no_key()

        def move(state: ProviderState) -> ProviderState:
            state = state.keyed(False) if has_no_key else state.found(finding, now, self.probes_with)
            return state.paced(after(now, pause_s), now) if pause_s else state

        try:
            change(self.ports.states, move)
            self.probes_with = ""
        except Exception:
            logger.warning("The provider's state could not be written down", exc_info=True)

    def _has_no_key(self) -> bool:
        try:
            return not self.ports.provider.has_key()
        except Exception:
            logger.warning("Whether there is a Segmind key could not be looked up", exc_info=True)
            return False


def _finding(outcomes: Collection[Outcome]) -> Finding:
    """One picture, or an answer that says when there is room again, and it works. A refusal may be one request's."""
    codes = {outcome.code for outcome in outcomes if not isinstance(outcome, StoredImage)}
    # Credits may end between two pictures; a key that brought one is no wrong one.
    if Code.PROVIDER_OUT_OF_CREDITS in codes:
        return Finding.OUT_OF_CREDITS
    # What could not be stored was made all the same.
    if Code.INTERNAL in codes or any(isinstance(outcome, StoredImage) for outcome in outcomes):
        return Finding.WORKS
    if Code.PROVIDER_REJECTED_KEY in codes:
        return Finding.REJECTED_KEY
    if any(isinstance(outcome, NoRoom) for outcome in outcomes):
        return Finding.WORKS
    return Finding.DOWN if codes & set(TROUBLE) else Finding.NOTHING
