"""The second set of books: what must be in the table, worked out from what was asked and what became of it.

None of the product's own arithmetic is used: windows, sums and what goes back are worked out here anew.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.guarantees.raw import Item

DAY = timedelta(days=1)
ENDED = ("COMPLETED", "FAILED")
# Failures that leave it open whether Segmind charges the owner.
PERHAPS_BILLED = ("provider_timeout", "outcome_unknown", "internal")
ERASURE = ("parameters", "images", "erased_images", "erased_at", "version")


@dataclass(frozen=True)
class Prices:
    """Micro-dollars for a picture: what a caller pays, and what Segmind takes of the owner."""

    caller: int
    segmind: int


@dataclass(frozen=True)
class Rules:
    """The owner's limits; `rates` by account, for visitors one that is the same for each."""

    rates: dict[str, int]
    visitors_rate: int
    guest: int
    guests: int
    spend: int


@dataclass(frozen=True)
class Attempt:
    """What somebody asks for. Whoever has no account is a guest."""

    who: str
    samples: int
    prompt: str
    key: str | None = None


@dataclass(frozen=True)
class Window:
    """One counter in its current window, as the request that is counted in it sees it."""

    kind: str
    counter: str
    ends_at: datetime


@dataclass(frozen=True)
class End:
    """How a request ended, as it was first seen: the pictures that it brought; `record` is what may never change."""

    at: datetime
    pictures: tuple[int, ...]
    perhaps_billed: int
    record: Item

    @property
    def delivered(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Known:
    """A request that was taken on."""

    id: str
    attempt: Attempt
    guest: bool
    prices: Prices
    seed: int
    at: datetime
    windows: tuple[Window, ...]
    end: End | None = None
    expired: bool = False

    @property
    def paid(self) -> int:
        """What it holds, or has cost."""
        pictures = self.attempt.samples if self.end is None else self.end.delivered
        return 0 if self.guest else pictures * self.prices.caller

    def used(self, window: Window) -> int:
        """What it takes of the window's counter: what was not delivered goes back while the window lasts."""
        in_time = self.end is not None and self.end.at < window.ends_at
        undelivered = self.attempt.samples - self.end.delivered if self.end and in_time else 0
        perhaps_billed = self.end.perhaps_billed if self.end and in_time else 0
        match window.kind:
            case "minute":
                return 1
            case "spend":
                return self.prices.segmind * (self.attempt.samples - undelivered + perhaps_billed)
            case _:
                return self.attempt.samples - undelivered


@dataclass
class Books:
    """Top-ups by account and reference; requests by id; which request a key of an account stands for."""

    rules: Rules
    top_ups: dict[str, dict[str, int]]
    requests: dict[str, Known] = field(default_factory=dict)
    keys: dict[tuple[str, str], Known] = field(default_factory=dict)
    tidied_at: datetime | None = None

    # -- what is said

    def expected(self, attempt: Attempt, prices: Prices, now: datetime, blocked: bool) -> str:
        """The id of the request that is repeated, the error's name, or "accepted"."""
        owner = self._owner(attempt.who)
        bound = self.keys.get((owner, attempt.key)) if attempt.key else None
        if bound and now < _whole_second(bound.at) + DAY:
            same = (bound.attempt.samples, bound.attempt.prompt) == (attempt.samples, attempt.prompt)
            return bound.id if same else "IdempotencyKeyReused"
        if blocked:
            return "ProviderUnavailable"
        if attempt.who in self.top_ups and self.balance(attempt.who) < attempt.samples * prices.caller:
            return "InsufficientCredits"
        for window in windows(attempt.who, attempt.who in self.top_ups, now):
            wanted = {"minute": 1, "spend": attempt.samples * prices.segmind}.get(window.kind, attempt.samples)
            if wanted > self.left(window):
                return {"minute": "RateLimited", "spend": "SpendCapReached"}.get(window.kind, "AllowanceSpent")
        return "accepted"

    def balance(self, account: str) -> int:
        paid = sum(known.paid for known in self.requests.values() if known.attempt.who == account)
        return sum(self.top_ups[account].values()) - paid

    def left(self, window: Window) -> int:
        """How much room the counter has."""
        rules = self.rules
        if window.kind == "minute":
            allowed = rules.rates.get(window.counter.split("#")[2], rules.visitors_rate)
        else:
            allowed = {"guest": rules.guest, "guests": rules.guests, "spend": rules.spend}[window.kind]
        return allowed - self.used()[window.counter]

    def told_left(self, who: str, prices: Prices, now: datetime) -> int:
        """What a caller is told to have left: requests this minute, or free pictures as far as every counter allows."""
        rate, *by_picture = windows(who, who in self.top_ups, now)
        if who in self.top_ups:
            return max(self.left(rate), 0)
        each = [1] * (len(by_picture) - 1) + [prices.segmind]
        return min(max(self.left(window), 0) // price for window, price in zip(by_picture, each, strict=True))

    def used(self) -> Counter[str]:
        """What every counter that was ever made must say."""
        used: Counter[str] = Counter()
        for known in self.requests.values():
            for window in known.windows:
                used[window.counter] += known.used(window)
        return used

    # -- what happens

    def take_on(self, attempt: Attempt, item: Item, prices: Prices, now: datetime) -> None:
        """What is new in the table is what was asked for."""
        guest = attempt.who not in self.top_ups
        asked = {"status": "QUEUED", "samples": attempt.samples, "account": self._owner(attempt.who)}
        asked |= {"price_micros": 0 if guest else prices.caller, "created_at": iso(now)}
        assert {name: item[name] for name in asked} == asked
        assert item["parameters"]["prompt"] == attempt.prompt
        counted_in = windows(attempt.who, not guest, now)
        known = Known(item["id"], attempt, guest, prices, item["parameters"]["seed"], now, counted_in)
        self.requests[known.id] = known
        if attempt.key:
            self.keys[self._owner(attempt.who), attempt.key] = known

    def see_ends(self, items: Sequence[Item]) -> list[Known]:
        """Requests that have ended since the last look; from now on they are final."""
        newly = []
        for item in of_requests(items):
            known = self.requests.get(item["id"])
            if known and known.end is None and item["status"] in ENDED:
                failures = item["failures"]
                perhaps_billed = [failure["index"] for failure in failures if failure["perhaps_billed"]]
                record = {name: value for name, value in item.items() if name not in ERASURE}
                pictures = tuple(image["index"] for image in item["images"])
                end = End(_time(item["completed_at"]), pictures, len(perhaps_billed), record)
                self.requests[known.id] = replace(known, end=end)
                newly.append(self.requests[known.id])
        return newly

    def tidy(self, items: Sequence[Item], now: datetime) -> None:
        """All that has expired is deleted: of the requests, those that have ended."""
        self.tidied_at = now
        for item in of_requests(items):
            if item.get("ttl", now.timestamp() + 1) <= now.timestamp():
                assert item["status"] in ENDED
                self.requests[item["id"]] = replace(self.requests[item["id"]], expired=True)

    # -- what must hold

    def check(self, items: Sequence[Item]) -> None:
        """The table agrees with these books, item by item."""
        found = {item["id"]: item for item in of_requests(items)}
        assert found.keys() == {known.id for known in self.requests.values() if not known.expired}
        for request_id, item in found.items():
            _check_request(item, self.requests[request_id])
        for account in self.top_ups:
            self._check_account(account, items)
        self._check_counters(items)
        self._check_keys(items)

    def _check_account(self, account: str, items: Sequence[Item]) -> None:
        own = [item for item in items if item["pk"] == f"ACCOUNT#{account}"]
        (balance,) = [item["balance_micros"] for item in own if item["sk"] == "ACCOUNT"]
        entries = [item for item in own if item["sk"].startswith("LEDGER#")]
        assert balance == self.balance(account)
        assert balance >= 0
        assert balance == sum(entry["amount_micros"] for entry in entries)
        wanted = [("top_up", reference, amount) for reference, amount in self.top_ups[account].items()]
        for known in self.requests.values():
            if known.attempt.who == account:
                price = known.attempt.samples * known.prices.caller
                wanted.append(("hold", known.id, -price))
                if known.end and price > known.paid:
                    wanted.append(("refund", known.id, price - known.paid))
        told = [(one["kind"], one.get("request_id") or one["reference"], one["amount_micros"]) for one in entries]
        assert sorted(told) == sorted(wanted)

    def _check_counters(self, items: Sequence[Item]) -> None:
        found = {item["pk"].removeprefix("COUNTER#"): item["used"] for item in items if item["sk"] == "COUNTER"}
        ends = {window.counter: window.ends_at for known in self.requests.values() for window in known.windows}
        kept = {name for name, ends_at in ends.items() if not (self.tidied_at and ends_at + DAY <= self.tidied_at)}
        wanted = {name: used for name, used in self.used().items() if name in kept}
        assert found == wanted
        assert all(used >= 0 for used in found.values())

    def _check_keys(self, items: Sequence[Item]) -> None:
        found = {item["pk"]: item["request_id"] for item in items if item["sk"] == "IDEMPOTENCY"}
        wanted = {
            f"IDEMPOTENCY#{owner}#{key}": known.id
            for (owner, key), known in self.keys.items()
            if not (self.tidied_at and _whole_second(known.at) + DAY <= self.tidied_at)
        }
        assert found == wanted

    def _owner(self, who: str) -> str:
        return who if who in self.top_ups else "guest"


def windows(who: str, has_account: bool, at: datetime) -> tuple[Window, ...]:
    """Where a request is counted, in the order in which refusals are told."""
    minute = at.replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    month = day.replace(day=1)
    spend = Window("spend", f"spend#{iso(month)}", (month.replace(day=28) + 4 * DAY).replace(day=1))
    kind = "account" if has_account else "guest"
    rate = Window("minute", f"minute#{kind}#{who}#{iso(minute)}", minute + timedelta(minutes=1))
    if has_account:
        return rate, spend
    tomorrow = day + DAY
    own, all_guests = (
        Window("guest", f"guest#{who}#{iso(day)}", tomorrow),
        Window("guests", f"guests#{iso(day)}", tomorrow),
    )
    return rate, own, all_guests, spend


def of_requests(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item["sk"] == "REQUEST"]


def iso(at: datetime) -> str:
    """As the table holds times: in milliseconds, cut off."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _check_request(item: Item, known: Known) -> None:
    assert ("open" in item) == ("due_at" in item) == (known.end is None)
    if known.end is None:
        assert "ttl" not in item
        return
    assert {name: item.get(name) for name in known.end.record} == known.end.record
    assert not item.keys() - known.end.record.keys() - set(ERASURE)
    failures = {failure["index"]: failure for failure in item["failures"]}
    assert len(failures) + known.end.delivered == known.attempt.samples
    assert item["status"] == ("COMPLETED" if known.end.delivered else "FAILED")
    assert item["cost_micros"] == known.paid
    assert {one["code"] for one in failures.values() if one["perhaps_billed"]} <= set(PERHAPS_BILLED)
    if "erased_at" in item:
        assert "parameters" not in item
        assert item["images"] == []
    else:
        assert item["parameters"]["prompt"] == known.attempt.prompt
        left = [image["index"] for image in item["images"]]
        assert sorted([*left, *item["erased_images"]]) == list(known.end.pictures)
        # With the last one, everything else goes too.
        assert left or not known.end.pictures


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(text)


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
