"""How a process dies at a named point: the ports of a mortal, and those of whoever comes between."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Picture, Provider
from sasha.core.request import GenerationRequest, Status
from tests.functional.strict_aws import Died, StrictAWS
from tests.guarantees.matrix import Death, Point, UpstreamFault, Way

# The two calls that may settle a request: one where nothing goes back, the other where something does.
SETTLING_CALLS = ("UpdateItem", "TransactWriteItems")
# Long enough for the emulator to have read the call, on a busy machine too.
SHORT_TIMEOUT_S = 0.4


class Reaper:
    """Knows at which points a process still has to die, and lets it die there, on the wire where there is one."""

    def __init__(self, aws: StrictAWS, recover: Callable[[], None], death: Death) -> None:
        self._aws = aws
        self._recover = recover
        self._to_come = list(death.value)
        self._armed: Point | None = None
        self.has_come = False

    def waits_at(self, point: Point) -> bool:
        return point in self._to_come

    def strike_before(self, point: Point, *operations: str) -> None:
        """If it waits at this point, the process dies when it makes the next such call."""
        if self._arm(point):
            for operation in operations:
                self._aws.die_at(operation)

    def strike_unheard(self, point: Point, *operations: str) -> None:
        """... the next such call is carried out, its answer lost, and the process dies when it repeats the call."""
        if self._arm(point):
            for operation in operations:
                self._aws.lose_answer_of(operation)
                self._aws.die_at(operation, after=1)

    def strike_now(self, point: Point) -> None:
        """... it dies here."""
        if self._arm(point):
            self._aws.dead = True
            raise Died(point.value)

    def freeze(self, point: Point, while_frozen: Callable[[], None]) -> None:
        """... it stands still here, while other things happen."""
        if self.waits_at(point):
            self._to_come.remove(point)
            self.has_come = True
            while_frozen()

    def bury(self) -> None:
        """The process has died; the next one lives."""
        assert self._armed is not None, "nothing was to die here"
        self.has_come = self._armed is self._to_come[-1]
        self._to_come = self._to_come[self._to_come.index(self._armed) + 1 :]
        self.leave()

    def leave(self) -> None:
        """The process has ended: what waited for its calls must not meet another's."""
        self._armed = None
        self._recover()

    def _arm(self, point: Point) -> bool:
        if self.waits_at(point):
            self._armed = point
            return True
        return False


class MortalRequests(DynamoDBRequests):
    """The table as a worker sees it that dies, or freezes, at its point."""

    def __init__(
        self, table: Table, now: Callable[[], datetime], reaper: Reaper, while_frozen: Callable[[], None]
    ) -> None:
        super().__init__(table, now)
        self._reaper = reaper
        self._while_frozen = while_frozen

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        move = (before.status, after.status)
        if move == (Status.QUEUED, Status.PROCESSING):
            self._reaper.strike_before(Point.WORKER_CLAIMS, "UpdateItem")
        if move == (Status.PROCESSING, Status.QUEUED):
            self._reaper.strike_before(Point.WORKER_RELEASES, "UpdateItem")
            self._reaper.freeze(Point.WORKER_FREEZES_RELEASING, self._while_frozen)
        replaced = super().replace(before, after)
        if replaced and move == (Status.QUEUED, Status.PROCESSING):
            self._reaper.strike_before(Point.WORKER_STORES, "PutObject")
        if replaced and move == (Status.PROCESSING, Status.QUEUED):
            self._reaper.strike_before(Point.WORKER_HINTS, "SendMessage")
        return replaced

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        self._reaper.strike_before(Point.WORKER_SETTLES, *SETTLING_CALLS)
        self._reaper.strike_unheard(Point.WORKER_SETTLED_UNHEARD, *SETTLING_CALLS)
        self._reaper.freeze(Point.WORKER_FREEZES_SETTLING, self._while_frozen)
        settled = super().settle(before, after)
        self._reaper.strike_now(Point.WORKER_SETTLED)
        return settled


class MortalSweepersRequests(DynamoDBRequests):
    """The table as a sweeper sees it that dies at its point."""

    def __init__(self, table: Table, now: Callable[[], datetime], reaper: Reaper) -> None:
        super().__init__(table, now)
        self._reaper = reaper

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        replaced = super().replace(before, after)
        if replaced and (before.status, after.status) == (Status.QUEUED, Status.QUEUED):
            self._reaper.strike_before(Point.SWEEPER_HINTS, "SendMessage")
        return replaced

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        self._reaper.strike_before(Point.SWEEPER_SETTLES, *SETTLING_CALLS)
        settled = super().settle(before, after)
        self._reaper.strike_now(Point.SWEEPER_SETTLED)
        return settled


class OvertakenRequests(DynamoDBRequests):
    """The table as a worker sees it whose first write comes after another one has done all its work."""

    def __init__(self, table: Table, now: Callable[[], datetime], overtake: Callable[[], None]) -> None:
        super().__init__(table, now)
        self._overtake = overtake
        self._is_overtaken = False

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        if not self._is_overtaken:
            self._is_overtaken = True
            self._overtake()
        return super().replace(before, after)


@dataclass
class FaultyProvider:
    """Segmind as the workers of a cell meet it. `asked` counts the calls for each seed, `struck` those that went the
    fault's way.

    Implements core.ports.Provider. `meanwhile` happens once, while the next call is under way.
    """

    by_way: Mapping[Way, Provider]
    fault: UpstreamFault
    faulty_seed: int
    reaper: Reaper
    meanwhile: Callable[[], None] | None = None
    asked: Counter[int] = field(default_factory=Counter)
    struck: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has_key(self) -> bool:
        return self.by_way[Way.SEGMIND].has_key()

    def generate(self, wanted: GenerationParameters, seed: int, timeout_s: float) -> Picture:
        self.reaper.strike_now(Point.WORKER_POSTS)
        with self._lock:
            meanwhile, self.meanwhile = self.meanwhile, None
            self.asked[seed] += 1
            strikes = seed == self.faulty_seed and self.asked[seed] <= self.fault.strikes
            self.struck += strikes
        if meanwhile:
            meanwhile()
        if strikes and self.fault.runs_out_the_clock:
            timeout_s = SHORT_TIMEOUT_S
        provider = self.by_way[self.fault.way if strikes else Way.SEGMIND]
        return provider.generate(wanted, seed, timeout_s)
