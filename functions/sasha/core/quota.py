"""What may be asked in a minute, a day and a month: the windows, the counters, and what is said when one is full.

A window is a fixed stretch of UTC: this minute, this day, this month. Each has one counter per account, per visitor or
for all; counting is part of the transaction that takes a request on (core/submit.py), so nothing is counted twice or
in vain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from pydantic import BaseModel, ConfigDict

from sasha.core.account import Account, Guest, PresentedKey
from sasha.core.errors import AllowanceSpent, LimitReached, RateLimited, SpendCapReached
from sasha.core.timing import Timestamp, iso

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """What the owner allows. Zero means none at all."""

    requests_per_minute: int
    guest_images_per_day: int
    guest_images_per_day_total: int
    monthly_spend_limit_micros: int
    segmind_price_micros: int
    blocked_terms: tuple[str, ...]
    url_lifetime_s: int

    @property
    def guests_are_welcome(self) -> bool:
        return self.guest_images_per_day > 0 and self.guest_images_per_day_total > 0


class Kind(StrEnum):
    """What a counter limits; the order is that in which refusals are told."""

    MINUTE = "requests-per-minute"
    GUEST = "guest-images-per-day"
    GUESTS = "all-guests-images-per-day"
    SPEND = "spend-per-month"


class Counted(BaseModel):
    """What a request took from a counter: `each` per picture, which goes back while the window is current."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str  # of Kind, or what a later version of this code counts besides
    counter: str
    each: int
    ends_at: Timestamp


@dataclass(frozen=True)
class Quota:
    """One counter in its current window, and what a request would take of what is allowed.

    In requests, pictures, or (SPEND) micro-dollars.
    """

    counted: Counted
    begins_at: datetime
    allowed: int
    amount: int

    @property
    def kind(self) -> Kind:
        return Kind(self.counted.kind)

    @property
    def window_s(self) -> int:
        return int((self.counted.ends_at - self.begins_at).total_seconds())

    def left(self, used: int) -> int:
        return max(self.allowed - used, 0)

    def has_room(self, used: int) -> bool:
        return used + self.amount <= self.allowed


def quotas_of(who: PresentedKey | Guest, samples: int, now: datetime, limits: Limits) -> tuple[Quota, ...]:
    """All counters that a request for so many pictures is counted in, in the order of Kind."""
    minute = now.replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    month = day.replace(day=1)
    next_month = (month + 31 * DAY).replace(day=1)
    # A guest's too: asking and canceling costs no free picture, and yet costs the owner something.
    whose = f"account#{who.account_id}" if isinstance(who, PresentedKey) else f"guest#{who.visitor}"
    rate = _quota(Kind.MINUTE, f"minute#{whose}", minute, minute + MINUTE, limits.requests_per_minute, each=0, amount=1)
    cost, cap = limits.segmind_price_micros, limits.monthly_spend_limit_micros
    spend = _quota(Kind.SPEND, "spend", month, next_month, cap, each=cost, amount=cost * samples)
    if isinstance(who, PresentedKey):
        return rate, spend
    own, all_guests = limits.guest_images_per_day, limits.guest_images_per_day_total
    return (
        rate,
        _quota(Kind.GUEST, f"guest#{who.visitor}", day, day + DAY, own, each=1, amount=samples),
        _quota(Kind.GUESTS, "guests", day, day + DAY, all_guests, each=1, amount=samples),
        spend,
    )


def free_pictures_left(quotas: Sequence[Quota], used: Mapping[str, int]) -> tuple[Quota, int]:
    """A guest's own quota, and how many free pictures there still are: the least that any counter leaves."""
    by_picture = [quota for quota in quotas if quota.counted.each]
    left = min(quota.left(used.get(quota.counted.counter, 0)) // quota.counted.each for quota in by_picture)
    return by_picture[0], left


def at_own_rate(quotas: tuple[Quota, ...], account: Account) -> tuple[Quota, ...]:
    """The same, where the account has a rate of its own."""
    own = account.requests_per_minute
    if own is None:
        return quotas
    return tuple(replace(quota, allowed=own) if quota.kind is Kind.MINUTE else quota for quota in quotas)


def refusal(quotas: Sequence[Quota], used: Mapping[str, int], now: datetime) -> LimitReached | None:
    """What to say where a counter has no room; of several, the first. `used` is by counter."""
    for quota in quotas:
        so_far = used.get(quota.counted.counter, 0)
        if not quota.has_room(so_far):
            return _refusal(quota, quota.left(so_far), now)
    return None


def _quota(
    kind: Kind, what: str, begins_at: datetime, ends_at: datetime, allowed: int, *, each: int, amount: int
) -> Quota:
    counted = Counted(kind=kind, counter=f"{what}#{iso(begins_at)}", each=each, ends_at=ends_at)
    return Quota(counted, begins_at, allowed, amount)


def _refusal(quota: Quota, left: int, now: datetime) -> LimitReached:
    error, detail = _told(quota, left) if quota.has_room(0) else _told_never(quota)
    ends_at = quota.counted.ends_at
    per_unit = quota.counted.each or 1
    return error(
        detail,
        policy=quota.kind,
        allowed=quota.allowed // per_unit,
        left=left // per_unit,
        window_s=quota.window_s,
        ends_at=ends_at,
        ends_in_s=max(ceil((ends_at - now).total_seconds()), 1),
        passes=quota.has_room(0),
    )


ERRORS: dict[Kind, type[LimitReached]] = {
    Kind.MINUTE: RateLimited,
    Kind.GUEST: AllowanceSpent,
    Kind.GUESTS: AllowanceSpent,
    Kind.SPEND: SpendCapReached,
}


def _told(quota: Quota, left: int) -> tuple[type[LimitReached], str]:
    """What to say of a limit that is reached for now."""
    renews = f"renews at {iso(quota.counted.ends_at)}"
    allowed, amount = quota.allowed, quota.amount
    match quota.kind:
        case Kind.MINUTE:
            detail = f"At most {allowed} requests a minute: the next minute begins at {iso(quota.counted.ends_at)}."
        case Kind.GUEST:
            some = f"{left} of your {allowed} free pictures {_are(left)} left today and {amount} were asked for"
            detail = (
                f"{some if left else f'Your {allowed} free pictures of today are used up'}; the allowance {renews}. "
                "It counts by network address, which several people may share. With an API key you can go on now."
            )
        case Kind.GUESTS:
            some = f"{left} of today's free pictures for all visitors {_are(left)} left and {amount} were asked for"
            detail = (
                f"{some if left else 'The free pictures of today, for all visitors together, are used up'}; "
                f"the allowance {renews}. With an API key you can go on now."
            )
        case Kind.SPEND:
            fewer = "Ask for fewer pictures, or" if left >= quota.counted.each else "Please"
            detail = (
                "This site would spend more than its owner allows for a month; the limit "
                f"{renews}. {fewer} tell the owner of this site."
            )
    return ERRORS[quota.kind], detail


def _told_never(quota: Quota) -> tuple[type[LimitReached], str]:
    """What to say where as much as is asked for is never allowed."""
    allowed = quota.allowed // (quota.counted.each or 1)
    what = "requests" if quota.kind is Kind.MINUTE else "pictures"
    how_many = f"never more than {allowed} {what} at once: ask for fewer" if allowed else f"no {what} at all"
    return ERRORS[quota.kind], f"The owner of this site allows {how_many} ({quota.kind})."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
