"""What an account used: the entries of its ledger by day, and the period that is asked for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from sasha.core.errors import Fault, InvalidParameters
from sasha.core.ledger import Entry, Movement

MOST_DAYS = 92
# Wide enough for every ledger; beyond, there are years that a date, or the day after it, cannot have.
FIRST_YEAR, LAST_YEAR = 2000, 2999
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day (UTC) with its entries, in the order in which they were given."""

    date: date
    pictures: int
    cost_micros: int
    top_ups_micros: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Usage:
    """`pictures` are those held and not given back, `cost_micros` is what they cost; days without entries are left out.

    The balance that they make is `top_ups_micros - cost_micros`.
    """

    pictures: int
    cost_micros: int
    top_ups_micros: int
    days: tuple[Day, ...]


def usage(entries: Iterable[Entry]) -> Usage:
    """The entries by the UTC day of their `at`, and their sums. A request counts on the day of its creation."""
    by_date: dict[date, list[Entry]] = {}
    for entry in entries:
        by_date.setdefault(entry.at.astimezone(UTC).date(), []).append(entry)
    days = tuple(_day(date, of_date) for date, of_date in sorted(by_date.items()))
    return Usage(
        pictures=sum(day.pictures for day in days),
        cost_micros=sum(day.cost_micros for day in days),
        top_ups_micros=sum(day.top_ups_micros for day in days),
        days=days,
    )


@dataclass(frozen=True)
class Period:
    """Whole days (UTC), from the first to the last, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + DAY, time(), UTC)

    @classmethod
    def read(cls, first: str | None, last: str | None, today: date) -> Self:
        """What is asked for by YYYY-MM-DD; by itself the month of the last day, until today.

        Raises InvalidParameters with every bad one, as "from" and "to".
        """
        faults: list[Fault] = []
        said = _date("from", first, faults)
        last_day = _date("to", last, faults) or today
        if faults:
            raise InvalidParameters(*faults)
        first_day = said or last_day.replace(day=1)
        if first_day > last_day:
            told = f"to, {last_day}" if last is not None else f"today, {last_day}"
            raise InvalidParameters(Fault("from", f"{first_day} is after {told}"))
        days = (last_day - first_day).days + 1
        if days > MOST_DAYS:
            told = "" if last is not None else f" until today, {last_day}"
            raise InvalidParameters(
                Fault("from", f"These are {days} days{told}, and one call covers at most {MOST_DAYS}: make several")
            )
        return cls(first_day, last_day)


def _day(day: date, entries: list[Entry]) -> Day:
    top_ups_micros = sum(entry.amount_micros for entry in entries if entry.kind is Movement.TOP_UP)
    return Day(
        date=day,
        pictures=sum(-entry.pictures if entry.kind is Movement.REFUND else entry.pictures for entry in entries),
        cost_micros=top_ups_micros - sum(entry.amount_micros for entry in entries),
        top_ups_micros=top_ups_micros,
        entries=tuple(entries),
    )


def _date(name: str, text: str | None, faults: list[Fault]) -> date | None:
    """The date; None where none is said, or with one more fault."""
    if text is None:
        return None
    if not DATE.fullmatch(text):
        faults.append(Fault(name, "Should be a date such as 2026-11-22"))
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(name, f"There is no day {text}"))
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        faults.append(Fault(name, f"Should lie in the years {FIRST_YEAR} to {LAST_YEAR}"))
        return None
    return day
