"""The emulator's books: every call received, every call billed, the credits left, the calls of the last minute."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class BilledCall:
    """One line of the ledger: a job that was accepted, whatever became of its answer."""

    at: datetime
    api_key: str
    slug: str
    prompt: str
    seed: int  # as run: a call for -1 has the seed that was drawn
    parameters: Mapping[str, Any]  # as run
    cost_micros: int
    request_id: str


@dataclass(frozen=True)
class Call:
    """One POST as it came, and how it ended: `status` stays None while it runs and where no status was sent."""

    number: int
    at: datetime
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Any = None  # as parsed; None while unread and for what is no JSON
    request_id: str | None = None
    fault: str | None = None  # its kind
    billed: bool = False
    status: int | None = None
    outcome: str = "running"  # then: answered, truncated, reset, client gone, unread
    ended_at: datetime | None = None


class InsufficientCredits(Exception):
    """The balance does not cover the call."""


class TeamLimitReached(Exception):
    """The team may not spend so much."""


@dataclass
class Books:
    """All of it behind one lock. Money in micro-dollars."""

    now: Callable[[], datetime]
    credits_micros: int
    _ledger: list[BilledCall] = field(default_factory=list)
    _calls: dict[int, Call] = field(default_factory=dict)
    _count: int = 0
    _recent: list[datetime] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, path: str, headers: Mapping[str, str]) -> int:
        """Write down a POST; its number."""
        with self._lock:
            self._count += 1
            self._calls[self._count] = Call(self._count, self.now(), path, headers)
            return self._count

    def note(self, number: int, **changes: Any) -> None:
        """Add what has become known of a call. A call from before a reset is forgotten."""
        with self._lock:
            if number in self._calls:
                self._calls[number] = replace(self._calls[number], **changes)

    def bill(self, line: BilledCall, *, team_limit_micros: int | None) -> int:
        """Charge a call and write it into the ledger; the balance left."""
        with self._lock:
            spent = sum(earlier.cost_micros for earlier in self._ledger)
            if team_limit_micros is not None and spent + line.cost_micros > team_limit_micros:
                raise TeamLimitReached
            if line.cost_micros > self.credits_micros:
                raise InsufficientCredits
            self.credits_micros -= line.cost_micros
            self._ledger.append(line)
            return self.credits_micros

    def admit(self, limit: int | None) -> tuple[bool, datetime]:
        """Count a call against the limit per minute: whether it may pass, and when the next place becomes free."""
        with self._lock:
            now = self.now()
            self._recent = [at for at in self._recent if at > now - WINDOW]
            if limit is not None and len(self._recent) >= limit:
                return False, (self._recent[-limit] if limit else now) + WINDOW
            self._recent.append(now)
            return True, self._recent[0] + WINDOW

    def ledger(self) -> list[BilledCall]:
        with self._lock:
            return list(self._ledger)

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls.values())

    def clear(self, credits_micros: int) -> None:
        with self._lock:
            self._ledger.clear()
            self._calls.clear()
            self._recent.clear()
            self.credits_micros = credits_micros


def utc_now() -> datetime:
    return datetime.now(UTC)
