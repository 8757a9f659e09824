"""How long anything may take: the bounds whose sum keeps every request under nine minutes.

A request waits at most PATIENCE_S for a claim; a claim lasts at most the worker's timeout plus CLAIM_MARGIN_S; then the
sweeper, which comes every SWEEP_PERIOD_S and works for at most SWEEP_TIME_S, ends what is left:
240 + 180 + 30 + 60 + 30 = 540 s. Segmind's SDK gives up at 600.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainSerializer

PATIENCE_S = 240
WORKER_TIMEOUT_S = 180
CLAIM_MARGIN_S = 30
SWEEP_PERIOD_S = 60
SWEEP_TIME_S = 30

# A call to Segmind may take the provider's timeout; storing the picture and settling must fit into this afterwards.
STORE_AND_SETTLE_S = 30
# A queued request that nobody claimed for so long has lost its message.
HINT_LOST_AFTER_S = 30
# An Idempotency-Key repeats its request for a day.
IDEMPOTENCY_S = 24 * 3600
# A request's record outlives its pictures by a day, so that "expired" can be told from "never was".
RECORD_OUTLIVES_PICTURES_S = 24 * 3600
# A counter is kept for a day after its window, for whoever wants to look.
COUNTER_OUTLIVES_WINDOW_S = 24 * 3600


def iso(at: datetime) -> str:
    """2026-11-22T14:30:00.000Z: of fixed width, so that text order is time order (DynamoDB compares text)."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def after(at: datetime, seconds: float) -> datetime:
    """The moment so many seconds later."""
    return at + timedelta(seconds=seconds)


Timestamp = Annotated[datetime, PlainSerializer(iso, return_type=str, when_used="json")]
