"""An account's usage as an answer: JSON by day, or CSV (RFC 4180) with a row per entry."""

import csv
import io
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from sasha.core.ledger import Entry, EntryPage
from sasha.core.money import as_number, dollars
from sasha.core.timing import iso
from sasha.core.usage import MOST_DAYS, Day, Period, Usage, usage
from sasha.web.answers import json_answer
from sasha.web.representation import media_ranges

# Some 1.5 MB as JSON; Lambda answers with at most 6 MB. The ledger gives at most 1 MB of its own at a time.
MOST_ENTRIES = 5_000
# A cursor is a key of the table, which has at most 1,024 bytes, in base64.
LONGEST_CURSOR = 1_400
CSV = "text/csv; charset=utf-8; header=present"
COLUMNS = ("at", "kind", "request_id", "reference", "pictures", "price_usd", "amount_usd")
# What a spreadsheet would take for a formula, also in full width (OWASP, "CSV Injection").
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

Date = {"json_schema_extra": {"format": "date"}}
FirstDay = Annotated[
    str | None, Query(alias="from", description="First day (UTC), by itself the first of the month of `to`", **Date)
]
LastDay = Annotated[
    str | None,
    Query(alias="to", description=f"Last day (UTC), by itself today; at most {MOST_DAYS} days in one call", **Date),
]
EntryLimit = Annotated[int, Query(ge=1, le=MOST_ENTRIES, description="How many entries to give at most")]
EntryCursor = Annotated[
    str | None,
    Query(max_length=LONGEST_CURSOR, description="`next` of the answer before, whose `from` and `to` stay the same"),
]


def wants_csv(headers: Mapping[str, str]) -> bool:
    """CSV where `Accept` prefers it: by its quality, then by how closely it is named. JSON where both are equal."""
    ranges = media_ranges(headers.get("accept", ""))
    return _preference(ranges, "text/csv") > _preference(ranges, "application/json")


def answer(
    account_id: str, period: Period, page: EntryPage, next_url: str | None, *, as_csv: bool = False
) -> Response[Any]:
    """A page of the ledger. `next_url` is where the following one is."""
    headers = {"Vary": "Accept"}
    if next_url:
        headers["Link"] = f'<{next_url}>; rel="next"'
    if not as_csv:
        return json_answer(in_json(account_id, period, page), headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="sasha-usage-{period.first}-to-{period.last}.csv"'
    return Response(status_code=HTTPStatus.OK, content_type=CSV, body=in_csv(page.entries), headers=headers)


def in_json(account_id: str, period: Period, page: EntryPage) -> dict[str, Any]:
    """Every amount as a number of dollars and, exactly, in micro-dollars. The sums are of what this page holds."""
    used = usage(page.entries)
    return {
        "account": account_id,
        "from": str(period.first),
        "to": str(period.last),
        "currency": "USD",
        **_sums(used),
        "days": [_day(day) for day in used.days],
        "next": page.next,
    }


def in_csv(entries: Iterable[Entry]) -> str:
    """A row per entry, in the ledger's order, with exact decimal dollars."""
    text = io.StringIO(newline="")
    # The dialect of the csv module's writer is RFC 4180's: commas, CRLF, quotes doubled.
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(entry) for entry in entries)
    return text.getvalue()


def _preference(ranges: Mapping[str, float], media_type: str) -> tuple[float, int]:
    family = media_type.partition("/")[0]
    for closeness, named in ((2, media_type), (1, f"{family}/*"), (0, "*/*")):
        if named in ranges:
            return (ranges[named], closeness) if ranges[named] else (0.0, 0)
    return 0.0, 0


def _sums(of: Usage | Day) -> dict[str, Any]:
    return {"pictures": of.pictures, **_amount("cost", of.cost_micros), **_amount("top_ups", of.top_ups_micros)}


def _day(day: Day) -> dict[str, Any]:
    return {"date": str(day.date), **_sums(day), "entries": [_entry(entry) for entry in day.entries]}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "kind": entry.kind,
        **({"request_id": entry.request_id} if entry.request_id else {"reference": entry.reference}),
        "pictures": entry.pictures,
        **_amount("price", entry.price_micros),
        **_amount("amount", entry.amount_micros),
    }


def _amount(name: str, micros: int | None) -> dict[str, float | int | None]:
    return {name: None if micros is None else as_number(micros), f"{name}_micros": micros}


def _row(entry: Entry) -> tuple[str | int, ...]:
    return (
        iso(entry.at),
        entry.kind,
        entry.request_id or "",
        _as_text(entry.reference or ""),
        entry.pictures,
        "" if entry.price_micros is None else dollars(entry.price_micros),
        dollars(entry.amount_micros),
    )


def _as_text(text: str) -> str:
    """The same, as a text to a spreadsheet too."""
    return f"'{text}" if text.startswith(FORMULA) else text
