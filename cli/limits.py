"""`sasha limits`: what the stack's parameters allow, and how much of it is used."""

from typing import Any

import typer

from cli.amounts import amounts, usd
from cli.call import call_of
from cli.output import Report, stamp, table, when
from sasha.core.account import Guest
from sasha.core.quota import Kind, quotas_of

# All visitors share two of a visitor's counters; the third, its own, is not looked at.
ANY_VISITOR = Guest("")


def show_limits(context: typer.Context) -> Report:
    """The stack's limits, and how much of each is used now."""
    call = call_of(context)
    limits = call.stack.limits
    quotas = {quota.kind: quota for quota in quotas_of(ANY_VISITOR, 1, call.machine.now(), limits)}
    guests, spend = quotas[Kind.GUESTS], quotas[Kind.SPEND]
    counters = [guests.counted.counter, spend.counted.counter]
    pictures, spent = (call.stack.accounts.standing(ANY_VISITOR, counters).used.get(counter, 0) for counter in counters)
    data: dict[str, Any] = {
        "RequestsPerMinute": {"allowed": limits.requests_per_minute, "per": "account and minute"},
        "GuestImagesPerDay": {"allowed": limits.guest_images_per_day, "per": "visitor and day"},
        "GuestImagesPerDayTotal": {
            "allowed": guests.allowed,
            "per": "day",
            "used": pictures,
            "left": guests.left(pictures),
            "ends_at": stamp(guests.counted.ends_at),
        },
        "MonthlySpendLimitMicros": {
            "per": "month",
            **amounts(allowed=spend.allowed, used=spent, left=spend.left(spent)),
            "ends_at": stamp(spend.counted.ends_at),
        },
    }
    rows = [
        ("RequestsPerMinute", f"{limits.requests_per_minute:,}", "", "", "each account's own"),
        ("GuestImagesPerDay", f"{limits.guest_images_per_day:,}", "", "", "each visitor's own"),
        (
            "GuestImagesPerDayTotal",
            f"{guests.allowed:,}",
            f"{pictures:,}",
            f"{guests.left(pictures):,}",
            when(guests.counted.ends_at),
        ),
        (
            "MonthlySpendLimitMicros",
            usd(spend.allowed),
            usd(spent),
            usd(spend.left(spent)),
            when(spend.counted.ends_at),
        ),
    ]
    columns = ("parameter", "allowed", "used", "left", "until (UTC)")
    return Report(data, [table(columns, rows, right=("allowed", "used", "left"))])
