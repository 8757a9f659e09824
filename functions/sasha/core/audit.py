"""The audit: every balance against its ledger, and every movement against its request. It reads, and changes nothing.

The stack may be at work meanwhile. What differs is therefore looked at again, after a pause, and told only if it still
does; and all but the latest entries are summed up beforehand, so that a balance is compared within a moment.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TypeVar

from pydantic import ValidationError

from sasha.core.ledger import Entry, Movement
from sasha.core.money import dollars
from sasha.core.ports import Accounts, Ledger, Requests
from sasha.core.request import GenerationRequest

LOOKS_AGAIN = 3
# As many requests as one call fetches; no more of them are in memory at a time.
CHUNK = 100
# A request ends within nine minutes, and its refund carries the time of its creation: what is older changes no more.
MAY_STILL_CHANGE = timedelta(hours=1)

T = TypeVar("T")


@dataclass(frozen=True)
class Difference:
    """What does not agree, in words with both figures; `request_id` where it is about one request."""

    account: str
    request_id: str | None
    what: str


def audit(
    accounts: Accounts,
    ledger: Ledger,
    requests: Requests,
    *,
    retention_s: int,
    now: datetime,
    pause: Callable[[], None],
) -> list[Difference]:
    """Everything that does not agree; empty where all does.

    `pause` is waited for before an account is looked at again. The request of a hold that is older than `retention_s`
    may be gone. A record that cannot be read is a difference too.
    """
    found: list[Difference] = []

    def unreadable(fault: ValidationError) -> None:
        found.append(Difference("?", None, f"An account's record cannot be read: {_said(fault)}."))

    for account in _readable(accounts.all(), unreadable):
        differences = _Look(account.id, accounts, ledger, requests, retention_s, now).differences()
        for _ in range(LOOKS_AGAIN):
            if not differences:
                break
            pause()
            suspects = {difference.request_id for difference in differences}
            again = _Look(account.id, accounts, ledger, requests, retention_s, now).differences()
            differences = [difference for difference in again if difference.request_id in suspects]
        found += differences
    return found


@dataclass(frozen=True)
class _Moved:
    """What the ledger says of one request; an amount is None where there is no such entry."""

    request_id: str
    at: datetime
    held_micros: int | None
    refunded_micros: int | None


class _Look:
    """One look at one account."""

    def __init__(
        self, account_id: str, accounts: Accounts, ledger: Ledger, requests: Requests, retention_s: int, now: datetime
    ) -> None:
        self._account_id = account_id
        self._accounts, self._ledger, self._requests = accounts, ledger, requests
        self._kept_since = now - timedelta(seconds=retention_s)
        # In whole seconds: entries know milliseconds, and none may be on both sides.
        self._final_until = (now - MAY_STILL_CHANGE).replace(microsecond=0)
        self._final_micros = 0
        self._found: list[Difference] = []

    def differences(self) -> list[Difference]:
        """All that differ; each look is good for one call."""
        # Before the ledger, so that what is taken on meanwhile is not missed in it.
        not_moved = set(self._requests.ids_of(self._account_id))
        seen: set[str] = set()
        for chunk in _chunks(self._movements()):
            records, unreadable = self._fetch([moved.request_id for moved in chunk])
            for moved in chunk:
                not_moved.discard(moved.request_id)
                if moved.request_id in seen:
                    self._differs(moved.request_id, "The ledger has it at two different times.")
                elif moved.request_id not in unreadable:
                    self._compare(moved, records.get(moved.request_id))
                # Only what is on record is kept in memory.
                seen |= {moved.request_id} & records.keys()
        for ids in _chunks(sorted(not_moved)):
            records, _ = self._fetch(ids)
            for request in records.values():
                price = _usd(request.price_of_all_micros)
                self._differs(request.id, f"It is on record and costs {price}, and the ledger has no hold for it.")
        self._compare_balance()
        return self._found

    def _movements(self) -> Iterator[_Moved]:
        """By request: its entries carry the time of its creation, and so follow each other."""
        of_requests = (entry for entry in self._entries() if entry.kind is not Movement.TOP_UP)
        for (request_id, at), group in groupby(of_requests, key=lambda entry: (entry.request_id, entry.at)):
            entries = list(group)
            held = [-entry.amount_micros for entry in entries if entry.kind is Movement.HOLD]
            back = [entry.amount_micros for entry in entries if entry.kind is Movement.REFUND]
            yield _Moved(request_id or "?", at, sum(held) if held else None, sum(back) if back else None)

    def _entries(self) -> Iterator[Entry]:
        def unreadable(fault: ValidationError) -> None:
            self._differs(None, f"An entry of the ledger cannot be read: {_said(fault)}.")

        for entry in _readable(self._ledger.entries(self._account_id, None, None), unreadable):
            if entry.at < self._final_until:
                self._final_micros += entry.amount_micros
            yield entry

    def _fetch(self, ids: list[str]) -> tuple[dict[str, GenerationRequest], set[str]]:
        """The requests that are on record, by id; and those that are, but cannot be read."""
        try:
            return {request.id: request for request in self._requests.get_many(ids)}, set()
        except ValidationError as fault:
            if len(ids) == 1:
                self._differs(ids[0], f"Its record cannot be read: {_said(fault)}.")
                return {}, set(ids)
        records: dict[str, GenerationRequest] = {}
        unreadable: set[str] = set()
        for request_id in ids:
            one, bad = self._fetch([request_id])
            records |= one
            unreadable |= bad
        return records, unreadable

    def _compare(self, moved: _Moved, request: GenerationRequest | None) -> None:
        held, back = moved.held_micros, moved.refunded_micros
        if held is None:
            self._differs(moved.request_id, f"{_usd(back or 0)} went back, and nothing was held.")
        elif request is not None:
            for what in _disagreements(held, back, request, self._account_id):
                self._differs(moved.request_id, what)
        elif (back or 0) > held:
            self._differs(moved.request_id, f"{_usd(back or 0)} went back, and only {_usd(held)} were held.")
        elif moved.at > self._kept_since:
            self._differs(moved.request_id, f"{_usd(held)} were held, and it is not on record, though not yet expired.")

    def _compare_balance(self) -> None:
        try:
            account = self._accounts.get(self._account_id)
        except ValidationError as fault:
            self._differs(None, f"The account's record cannot be read: {_said(fault)}.")
            return
        latest = _readable(self._ledger.entries(self._account_id, self._final_until, None), lambda _: None)
        of_ledger = self._final_micros + sum(entry.amount_micros for entry in latest)
        balance = account.balance_micros if account else 0
        if balance != of_ledger:
            self._differs(None, f"The balance is {_usd(balance)}, and the ledger's entries make {_usd(of_ledger)}.")

    def _differs(self, request_id: str | None, what: str) -> None:
        self._found.append(Difference(self._account_id, request_id, what))


def _disagreements(held: int, back: int | None, request: GenerationRequest, account_id: str) -> Iterator[str]:
    """What the ledger and a request that is on record do not agree on.

    Where hold and refund are right, so is what was charged, which is their difference.
    """
    if request.account != account_id:
        yield f"{_usd(held)} were held here, and it belongs to the account {request.account}."
        return
    price = request.price_of_all_micros
    if held != price:
        yield f"{_usd(held)} were held, and its {request.samples} × {_usd(request.price_micros)} make {_usd(price)}."
    if request.is_open:
        if back is not None:
            yield f"{_usd(back)} went back, and it is still {request.status}."
        return
    due = request.refund_micros or None
    if back != due:
        told = f"{_usd(back)} went back" if back is not None else "Nothing went back"
        yield f"{told}, and {_usd(due or 0)} must: {_usd(request.cost_micros)} of {_usd(price)} were charged."
    count = len(request.images) + len(request.erased_images)
    delivered = request.price_micros * count
    # What was erased as a whole has no pictures any more; what it cost stays.
    if request.erased_at is None and request.cost_micros != delivered:
        pictures = f"{count} × {_usd(request.price_micros)}"
        yield f"{_usd(request.cost_micros)} were charged, and what was delivered, {pictures}, costs {_usd(delivered)}."


def _readable(items: Iterator[T], unreadable: Callable[[ValidationError], None]) -> Iterator[T]:
    """The items that can be read; the others are told."""
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except ValidationError as fault:
            unreadable(fault)
            continue
        yield item


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _usd(micros: int) -> str:
    return f"{'-' if micros < 0 else ''}${dollars(abs(micros))}"


def _said(fault: ValidationError) -> str:
    """Which fields are wrong, without their values."""
    return "; ".join(
        f"{'.'.join(map(str, error['loc']))}: {error['msg'].lower()}" for error in fault.errors(include_input=False)
    )
