"""`sasha usage`: what accounts made and paid, by day or by account."""

from datetime import UTC, date
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli.amounts import amounts, usd
from cli.call import Call, call_of
from cli.names import account_id_of
from cli.output import Report, stamp, table
from cli.records import the_account
from sasha.core.account import Account, Guest
from sasha.core.ledger import Entry
from sasha.core.quota import DAY, Kind, quotas_of
from sasha.core.usage import Day, Period, Usage, usage

# All visitors together have one counter a day.
ANY_VISITOR = Guest("")


def show_usage(
    context: typer.Context,
    account_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", parser=account_id_of, help="One account by day; without it, every account."),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day (UTC), such as 2026-11-01.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day, itself included.")] = None,
) -> Report:
    """Pictures, cost and top-ups: this month's until today, or those of another period of at most 92 days."""
    call = call_of(context)
    period = Period.read(first, last, call.machine.now().astimezone(UTC).date())
    if account_id is not None:
        return _by_day(call, the_account(call.stack, account_id), period)
    return _by_account(call, period)


def _by_day(call: Call, account: Account, period: Period) -> Report:
    of_account = _used_by(call, account, period)
    days = [
        {"date": str(day.date), **_data(day), "entries": [_entry(entry) for entry in day.entries]}
        for day in of_account.days
    ]
    rows = [(str(day.date), *_figures(day)) for day in of_account.days]
    columns = ("day (UTC)", "pictures", "cost", "top-ups")
    return Report(
        {"account": account.id, **_period(period), **_data(of_account), "days": days},
        [
            f"{account.name} ({account.id}), {period.first} to {period.last}",
            "",
            table(columns, [*rows, ("in all", *_figures(of_account))], right=columns[1:]),
            "",
            f"The balance is {usd(account.balance_micros)} now.",
        ],
    )


def _by_account(call: Call, period: Period) -> Report:
    accounts = sorted(call.stack.accounts.all(), key=lambda account: account.id)
    used = [(account, _used_by(call, account, period)) for account in accounts]
    in_all = Usage(
        pictures=sum(one.pictures for _, one in used),
        cost_micros=sum(one.cost_micros for _, one in used),
        top_ups_micros=sum(one.top_ups_micros for _, one in used),
        days=(),
    )
    free = _free_pictures(call, period)
    data = {
        **_period(period),
        **_data(in_all),
        "accounts": [{"account": account.id, "name": account.name, **_data(one)} for account, one in used],
        "guests": [{"date": str(day), "pictures": pictures} for day, pictures in free.items()],
    }
    columns = ("id", "name", "pictures", "cost", "top-ups")
    rows = [(account.id, account.name, *_figures(one)) for account, one in used]
    view: list[RenderableType] = [
        f"{period.first} to {period.last}",
        "",
        table(columns, [*rows, ("in all", "", *_figures(in_all))], right=columns[2:]),
    ]
    if free:
        told = ", ".join(f"{pictures:,} on {day}" for day, pictures in free.items())
        view += ["", f"Visitors without a key, as far as their counters are still kept: {told}."]
    return Report(data, view)


def _used_by(call: Call, account: Account, period: Period) -> Usage:
    return usage(call.stack.ledger.entries(account.id, period.since, period.until))


def _free_pictures(call: Call, period: Period) -> dict[date, int]:
    """By day, where there still is a counter."""
    days = [period.since + number * DAY for number in range((period.last - period.first).days + 1)]
    limits = call.stack.limits
    counters = {
        quota.counted.counter: day.date()
        for day in days
        for quota in quotas_of(ANY_VISITOR, 1, day, limits)
        if quota.kind is Kind.GUESTS
    }
    used = call.stack.accounts.standing(ANY_VISITOR, list(counters)).used
    return {counters[counter]: used[counter] for counter in counters if counter in used}


def _figures(of: Usage | Day) -> tuple[str, str, str]:
    return f"{of.pictures:,}", usd(of.cost_micros), usd(of.top_ups_micros)


def _data(of: Usage | Day) -> dict[str, Any]:
    return {"pictures": of.pictures, **amounts(cost=of.cost_micros, top_ups=of.top_ups_micros)}


def _period(period: Period) -> dict[str, str]:
    return {"from": str(period.first), "to": str(period.last)}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": stamp(entry.at),
        "kind": entry.kind,
        **amounts(amount=entry.amount_micros),
        "pictures": entry.pictures,
        "request_id": entry.request_id,
        "reference": entry.reference,
    }
