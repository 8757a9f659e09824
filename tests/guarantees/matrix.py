"""The fault matrix in words: what Segmind does, where a process dies, how SQS delivers, and what must come of it.

A cell is one of each. Every cell asks for two pictures: the first meets the fault, the second would be good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import chain, product
from typing import TypeVar
from zlib import crc32

from sasha.core.errors import Code

T = TypeVar("T")


class Meaning(StrEnum):
    """What the contract says of a call that met the fault."""

    PICTURE = "a picture"
    UNBILLED = "not billed, may be asked again"
    REFUSED = "not billed, useless to ask again"
    UNKNOWN = "perhaps billed, never asked again"


class Way(StrEnum):
    """Where the call of the first picture goes to."""

    SEGMIND = "Segmind"
    UNKNOWN_NAME = "a name that does not exist"
    CLOSED_PORT = "a port that nobody listens on"
    PLAIN_PORT = "https:// to a port that speaks no TLS"
    RESETTING = "a server that resets before it reads the body"


@dataclass(frozen=True)
class UpstreamFault:
    """One fault. `code` is what a failure by it is called; `strikes` is how many calls in a row meet it.

    `never_ends` where so many strikes are more than a request can meet; `outlasts_patience` where Segmind says that it
    has no room for longer than a request waits; `runs_out_the_clock` where only the deadline ends the call; `beside` is
    the fault that the second picture meets, once, where that one is not good at once.
    """

    name: str
    meaning: Meaning
    code: Code | None = None
    strikes: int = 1
    way: Way = Way.SEGMIND
    never_ends: bool = False
    outlasts_patience: bool = False
    runs_out_the_clock: bool = False
    beside: str | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_none(self) -> bool:
        """Whether nothing goes wrong."""
        return self.name == "no fault"

    @property
    def scripted_as(self) -> str | None:
        """The name by which tests/functional/faults.py knows it; None for what the emulator has no part in."""
        if self.is_none or self.way is not Way.SEGMIND:
            return None
        return self.name.removesuffix(" for good").removesuffix(" once").removesuffix(BESIDE_NO_ROOM)

    @property
    def is_asked_again(self) -> bool:
        """Whether the first picture is asked for again later."""
        return self.meaning is Meaning.UNBILLED and not self.outlasts_patience

    @property
    def is_put_back(self) -> bool:
        """Whether the request is put back after it, for the sake of one of the pictures."""
        return self.is_asked_again or self.beside is not None


def _picture(name: str, strikes: int = 1) -> UpstreamFault:
    return UpstreamFault(name, Meaning.PICTURE, strikes=strikes)


def _unbilled(name: str, code: Code, way: Way = Way.SEGMIND) -> UpstreamFault:
    return UpstreamFault(name, Meaning.UNBILLED, code, way=way)


def _for_good(name: str, code: Code, way: Way = Way.SEGMIND) -> UpstreamFault:
    return UpstreamFault(f"{name} for good", Meaning.UNBILLED, code, 1_000, way, never_ends=True)


def _refused(name: str, code: Code, strikes: int = 1) -> UpstreamFault:
    return UpstreamFault(name, Meaning.REFUSED, code, strikes)


def _beside_no_room(name: str, meaning: Meaning, code: Code) -> UpstreamFault:
    """What is known of the first picture has to survive that the request is put back for the second."""
    return UpstreamFault(f"{name}{BESIDE_NO_ROOM}", meaning, code, beside="429 no reset")


def _unknown(name: str, code: Code, way: Way = Way.SEGMIND, *, runs_out_the_clock: bool = False) -> UpstreamFault:
    return UpstreamFault(name, Meaning.UNKNOWN, code, way=way, runs_out_the_clock=runs_out_the_clock)


BESIDE_NO_ROOM = " beside a 429"
FORMS = ("json", "html", "empty")
NO_ROOM = Code.WAITED_TOO_LONG
DOWN = Code.PROVIDER_UNAVAILABLE
OWN_ERROR = Code.PROVIDER_ERROR
UNPAID = Code.PROVIDER_OUT_OF_CREDITS
LOST = Code.OUTCOME_UNKNOWN
BAD = Code.BAD_PROVIDER_ANSWER

CONNECTION_FAULTS = (
    _picture("no fault"),
    _unbilled("DNS failure", DOWN, Way.UNKNOWN_NAME),
    _unbilled("connection refused", DOWN, Way.CLOSED_PORT),
    _for_good("connection refused", DOWN, Way.CLOSED_PORT),
    _unbilled("TLS failure", DOWN, Way.PLAIN_PORT),
    _unknown("reset before it is read", LOST, Way.RESETTING),
    _unknown("reset after", LOST),
    _unknown("silence", Code.PROVIDER_TIMEOUT, runs_out_the_clock=True),
    _unknown("slow drip", Code.PROVIDER_TIMEOUT, runs_out_the_clock=True),
    _unknown("truncated", LOST),
)
# A rejected key is read again, and tried once more: it may have been rotated.
REFUSALS = (
    _picture("401 json once"),
    _refused("401 json", Code.PROVIDER_REJECTED_KEY, strikes=2),
    *(_refused(f"401 {form}", OWN_ERROR, strikes=2) for form in ("html", "empty")),  # of something in between
    _refused("403 json", Code.PROVIDER_REJECTED_KEY),
    *(_refused(f"403 {form}", OWN_ERROR) for form in ("html", "empty")),
    *(_refused(f"{status} {form}", OWN_ERROR) for status in (400, 404, 405, 410, 422) for form in FORMS),
    _refused("406 credits", UNPAID),
    _refused("406 team", UNPAID),
    _refused("406 content type", OWN_ERROR),
    _refused("406 html", OWN_ERROR),
    _refused("406 empty", OWN_ERROR),
)
PRESSURE = (
    *(_unbilled(f"429 {kind}", NO_ROOM) for kind in ("no reset", "iso", "epoch", "epoch in ms", "absurd")),
    *(_unbilled(f"429 {form}", NO_ROOM) for form in FORMS),
    UpstreamFault("429 in 290 s", Meaning.UNBILLED, NO_ROOM, outlasts_patience=True),
    _for_good("429 no reset", NO_ROOM),
    _beside_no_room("400 json", Meaning.REFUSED, OWN_ERROR),
    _beside_no_room("reset after", Meaning.UNKNOWN, LOST),
)
SERVER_ERRORS = (
    _unbilled("500 json", OWN_ERROR),
    _unbilled("502 json", DOWN),
    _unbilled("503 json", DOWN),
    _for_good("500 json", OWN_ERROR),
    _for_good("503 json", DOWN),
    _unknown("502 foreign json", LOST),
    _unknown("502 json object", LOST),  # its `error` is no text, so that it is not Segmind's own
    _unknown("500 json null", BAD),
    *(_unknown(f"500 {form}", BAD) for form in ("html", "empty")),  # an answer, of whatever broke over this request
    *(_unknown(f"{status} {form}", LOST) for status in (502, 503) for form in ("html", "empty")),
    *(_unknown(f"504 {form}", Code.PROVIDER_TIMEOUT) for form in FORMS),
)
SUCCESSES = (
    _picture("image"),
    _picture("urls"),
    *(_unknown(name, BAD) for name in ("html", "empty", "no image", "half a picture", "50 MB")),
    *(_unknown(name, BAD) for name in ("json without a picture", "broken base64", "url on a foreign host")),
    *(_unknown(name, BAD) for name in ("url of 50 MB", "url that redirects")),
    *(_unknown(name, BAD) for name in ("unparsable url", "url with a control character")),
)
SECTIONS = {
    "connections": CONNECTION_FAULTS,
    "refusals": REFUSALS,
    "pressure": PRESSURE,
    "server errors": SERVER_ERRORS,
    "successes": SUCCESSES,
}
FAULTS = tuple(chain(*SECTIONS.values()))
# The whole matrix is run in two halves, which take their time side by side.
HALVES = (("connections", "server errors", "successes"), ("refusals", "pressure"))


class Point(Enum):
    """A place in the code where a process can end."""

    SUBMIT_WRITES = "submit is about to write"
    SUBMIT_WROTE_UNHEARD = "submit has written and hears no answer"
    SUBMIT_HINTS = "submit is about to send its hint"
    WORKER_CLAIMS = "a worker is about to claim"
    WORKER_POSTS = "a worker is about to POST"
    WORKER_STORES = "a worker is about to store the first picture that has come"
    WORKER_SETTLES = "a worker is about to settle"
    WORKER_SETTLED_UNHEARD = "a worker has settled, hears no answer, and is about to repeat it"
    WORKER_SETTLED = "a worker has settled"
    WORKER_FREEZES_SETTLING = "a worker freezes as it is about to settle, and thaws when the sweeper has done so"
    WORKER_RELEASES = "a worker is about to release"
    WORKER_FREEZES_RELEASING = "a worker freezes as it is about to release, and thaws when the sweeper has settled"
    WORKER_HINTS = "a worker has released and is about to send its hint"
    SWEEPER_HINTS = "the sweeper has written that it hints and is about to send it"
    SWEEPER_SETTLES = "the sweeper is about to settle"
    SWEEPER_SETTLED = "the sweeper has settled"


class Death(Enum):
    """The points in the order in which they are met; the last one is what the death is named after.

    Frozen is as good as dead, and worse: it comes back, and goes on where it was.
    """

    NONE = ()
    SUBMIT_BEFORE_THE_TRANSACTION = (Point.SUBMIT_WRITES,)
    SUBMIT_TRANSACTION_UNHEARD = (Point.SUBMIT_WROTE_UNHEARD,)
    SUBMIT_BEFORE_SQS = (Point.SUBMIT_HINTS,)
    WORKER_BEFORE_THE_CLAIM = (Point.WORKER_CLAIMS,)
    WORKER_BEFORE_THE_POST = (Point.WORKER_POSTS,)
    WORKER_BEFORE_S3 = (Point.WORKER_STORES,)
    WORKER_BEFORE_SETTLING = (Point.WORKER_SETTLES,)
    WORKER_SETTLED_UNHEARD = (Point.WORKER_SETTLED_UNHEARD,)
    WORKER_BEFORE_ACKNOWLEDGING = (Point.WORKER_SETTLED,)
    WORKER_FROZEN_BEFORE_SETTLING = (Point.WORKER_FREEZES_SETTLING,)
    WORKER_BEFORE_THE_RELEASE = (Point.WORKER_RELEASES,)
    WORKER_FROZEN_BEFORE_THE_RELEASE = (Point.WORKER_FREEZES_RELEASING,)
    WORKER_BEFORE_THE_NEW_HINT = (Point.WORKER_HINTS,)
    SWEEPER_BEFORE_ITS_HINT = (Point.SUBMIT_HINTS, Point.SWEEPER_HINTS)
    SWEEPER_BEFORE_SETTLING = (Point.WORKER_SETTLES, Point.SWEEPER_SETTLES)
    SWEEPER_AFTER_SETTLING = (Point.WORKER_SETTLES, Point.SWEEPER_SETTLED)

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ").replace("sqs", "SQS").replace("s3", "S3").replace("post", "POST")


class Delivery(StrEnum):
    """How SQS delivers. Standard queues may do all of this."""

    ONCE = "once"
    # To a second worker that reads the request before the first one claims it and writes after it is through; to a
    # third while the first one is in its POST; and once more at the end.
    TWICE = "twice"
    # Every message takes 200 s.
    LATE = "late"
    # The first message takes 200 s: the sweeper's hint overtakes it.
    OVERTAKEN = "overtaken"
    NEVER = "never"


@dataclass(frozen=True)
class Cell:
    fault: UpstreamFault
    death: Death
    delivery: Delivery

    def __str__(self) -> str:
        return f"{self.fault} / {self.death} / {self.delivery}"

    @property
    def sweeps_at_s(self) -> int:
        """In which second of a minute the sweeper comes: another one in each cell, and the same every time."""
        return self.pick(range(60))

    def pick(self, some: Sequence[T]) -> T:
        """One of them: another one in each cell, and the same every time."""
        return some[crc32(str(self).encode()) % len(some)]


def faults_of(*sections: str) -> list[UpstreamFault]:
    """All faults of these sections."""
    return [fault for section in sections for fault in SECTIONS[section]]


def cells_of(fault: UpstreamFault) -> Iterator[Cell]:
    """All cells of one fault."""
    return (Cell(fault, death, delivery) for death, delivery in product(Death, Delivery))
