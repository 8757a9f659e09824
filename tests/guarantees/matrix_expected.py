"""What must come of each cell: how its pictures end, whether its death must come, whether its fault must be met."""

from dataclasses import dataclass

from sasha.core.errors import Code
from tests.guarantees.matrix import Cell, Death, Delivery, Meaning, UpstreamFault

DELIVERED = "delivered"
Ends = frozenset[str]
GOOD: Ends = frozenset({DELIVERED})
LOST: Ends = frozenset({Code.OUTCOME_UNKNOWN})
WAITED: Ends = frozenset({Code.WAITED_TOO_LONG})

# Who takes over finds the pictures in the bucket, and nothing else of what its worker knew.
SALVAGED = (
    Death.WORKER_BEFORE_SETTLING,
    Death.WORKER_FROZEN_BEFORE_SETTLING,
    Death.SWEEPER_BEFORE_SETTLING,
    Death.SWEEPER_AFTER_SETTLING,
)
AT_THE_RELEASE = (
    Death.WORKER_BEFORE_THE_RELEASE,
    Death.WORKER_FROZEN_BEFORE_THE_RELEASE,
    Death.WORKER_BEFORE_THE_NEW_HINT,
)
RELEASE_LOST = (Death.WORKER_BEFORE_THE_RELEASE, Death.WORKER_FROZEN_BEFORE_THE_RELEASE)
AT_THE_END = (
    Death.WORKER_BEFORE_SETTLING,
    Death.WORKER_SETTLED_UNHEARD,
    Death.WORKER_BEFORE_ACKNOWLEDGING,
    Death.WORKER_FROZEN_BEFORE_SETTLING,
)
FIRST_MESSAGE_LOST = (Death.SUBMIT_TRANSACTION_UNHEARD, Death.SUBMIT_BEFORE_SQS, Death.WORKER_BEFORE_THE_CLAIM)


@dataclass(frozen=True)
class Expected:
    """For each picture what may become of it: `DELIVERED`, or the code of its failure. One of each, mostly."""

    faulty: Ends
    good: Ends


def expected(cell: Cell) -> Expected:
    """How the two pictures of a cell may end."""
    fault, death, is_late = cell.fault, cell.death, cell.delivery is Delivery.LATE
    if cell.delivery is Delivery.NEVER:
        return Expected(WAITED, WAITED)
    if death is Death.WORKER_BEFORE_THE_POST:
        return Expected(LOST, LOST)
    if death is Death.WORKER_BEFORE_S3:
        # Beside a 429 nothing is stored before the second claim, which knows how the first picture ended.
        return Expected(_of(fault), LOST | WAITED if is_late else LOST) if fault.beside else Expected(LOST, LOST)
    if death in RELEASE_LOST and fault.is_put_back:
        return Expected(LOST, LOST if fault.beside else GOOD)
    if is_late and death is Death.SWEEPER_BEFORE_ITS_HINT:
        # Its next hint is sent a minute later, and takes 200 s.
        return Expected(WAITED, WAITED)
    faulty, good = _faulty(cell), GOOD
    if is_late and fault.beside:
        good |= WAITED
    if is_late and death in FIRST_MESSAGE_LOST:
        # The sweeper's hint takes 200 s too: whether it comes in time, and with time for a second try, is a matter of
        # seconds.
        faulty, good = faulty | WAITED | _of(fault), good | WAITED
    return Expected(faulty, good)


def must_die(cell: Cell) -> bool | None:
    """Whether the cell's process must have died at its point; None where a race between two others decides."""
    fault, death, is_late = cell.fault, cell.death, cell.delivery is Delivery.LATE
    if death is Death.NONE:
        return False
    if death in SALVAGED and _an_undying_one_finds_out(cell):
        return None
    if death.name.startswith(("SUBMIT", "SWEEPER")):
        return True
    if cell.delivery is Delivery.NEVER:
        return False
    if death in AT_THE_RELEASE:
        return fault.is_put_back
    if death is Death.WORKER_BEFORE_S3 and fault.beside and is_late:
        return None
    if death in AT_THE_END and fault.is_put_back and (fault.never_ends or is_late):
        # The worker may settle it at its last attempt, or the sweeper, because it has waited too long.
        return None
    return True


def must_meet(cell: Cell) -> bool | None:
    """Whether a call must have met the cell's fault; None where a race decides, or where there is no fault to meet."""
    death, is_late = cell.death, cell.delivery is Delivery.LATE
    if cell.fault.is_none:
        return None
    if cell.delivery is Delivery.NEVER or death is Death.WORKER_BEFORE_THE_POST:
        return False
    if is_late and death is Death.SWEEPER_BEFORE_ITS_HINT:
        return False
    # The sweeper's hint takes 200 s: whether it comes in time is a matter of seconds.
    return None if is_late and death in FIRST_MESSAGE_LOST else True


def _an_undying_one_finds_out(cell: Cell) -> bool:
    """Whether the breaker opens over it, and whoever then finds out for all may be the worker that does not die.

    Of two with the same message that is the one that looked first, and is overtaken here; the other leaves it alone.
    """
    opens_breaker = cell.fault.never_ends and cell.fault.code is Code.PROVIDER_UNAVAILABLE
    return opens_breaker and cell.delivery is Delivery.TWICE


def _of(fault: UpstreamFault) -> Ends:
    """What is known of the first picture once it has met the fault."""
    return GOOD if fault.code is None else frozenset({fault.code})


def _faulty(cell: Cell) -> Ends:
    """How the first picture ends, where what its first claim has found out is not lost."""
    fault, is_salvaged = cell.fault, cell.death in SALVAGED
    if fault.meaning is Meaning.PICTURE:
        return GOOD
    if fault.never_ends:
        if _an_undying_one_finds_out(cell):
            return WAITED | LOST | _of(fault)
        return WAITED | (LOST if is_salvaged else _of(fault))
    if fault.is_asked_again:
        # Asked for at 200 s, it is asked for again only if a hint of the sweeper's is there before 240 s.
        return GOOD | WAITED if cell.delivery is Delivery.LATE else GOOD
    # Beside a 429 it is on record before the claim that is salvaged.
    return LOST if is_salvaged and not fault.beside else _of(fault)
