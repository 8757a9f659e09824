"""What an account used: by day, over a period, as JSON and as CSV."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from sasha.core.errors import InvalidParameters
from sasha.core.ledger import Entry, EntryPage, Movement
from sasha.core.usage import MOST_DAYS, Period, usage
from sasha.web.usage import MOST_ENTRIES, answer, in_csv, in_json, wants_csv

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), TODAY)
PRICE_MICROS = 12_000
LAMBDAS_LIMIT = 6_291_556
QUERYS_LIMIT = 1_048_576


def hold(pictures: int, at: datetime = NOON, kind: Movement = Movement.HOLD, price_micros: int = PRICE_MICROS) -> Entry:
    amount_micros = pictures * price_micros * (1 if kind is Movement.REFUND else -1)
    return Entry(
        account="anna", at=at, kind=kind, amount_micros=amount_micros, request_id=str(uuid4()), pictures=pictures,
        price_micros=price_micros,
    )  # fmt: skip


def refund(pictures: int, at: datetime = NOON) -> Entry:
    return hold(pictures, at, Movement.REFUND)


def top_up(micros: int = 5_000_000, reference: str = "invoice 7", at: datetime = NOON) -> Entry:
    return Entry.top_up("anna", micros, reference, at)


class TestUsage:
    def test_what_was_given_back_is_neither_a_picture_nor_a_cost(self) -> None:
        used = usage([hold(4), refund(1)])
        assert (used.pictures, used.cost_micros) == (3, 3 * PRICE_MICROS)

    def test_a_top_up_is_no_cost(self) -> None:
        used = usage([top_up(5_000_000), hold(1)])
        assert (used.cost_micros, used.top_ups_micros) == (PRICE_MICROS, 5_000_000)

    def test_what_is_topped_up_less_the_cost_is_the_sum_of_the_entries(self) -> None:
        entries = [top_up(5_000_000), hold(4), refund(4), hold(2), refund(1), top_up(1)]
        used = usage(entries)
        assert used.top_ups_micros - used.cost_micros == sum(entry.amount_micros for entry in entries)

    def test_the_first_and_the_last_millisecond_are_of_the_same_day(self) -> None:
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        moment = timedelta(milliseconds=1)
        at = [midnight - moment, midnight, midnight + timedelta(days=1) - moment, midnight + timedelta(days=1)]
        days = usage(hold(1, one) for one in at).days
        assert [(day.date.day, [entry.at for entry in day.entries]) for day in days] == [
            (20, at[:1]), (21, at[1:3]), (22, at[3:]),
        ]  # fmt: skip

    def test_the_day_is_that_of_utc(self) -> None:
        tokyo = timezone(timedelta(hours=9))
        assert usage([hold(1, datetime(2026, 11, 22, 8, tzinfo=tokyo))]).days[0].date == date(2026, 11, 21)

    def test_the_days_add_up_and_those_without_entries_are_left_out(self) -> None:
        used = usage([hold(2), hold(1, NOON + timedelta(days=3)), top_up(at=NOON + timedelta(days=3))])
        assert [day.date.day for day in used.days] == [21, 24]
        assert used.pictures == sum(day.pictures for day in used.days) == 3
        assert used.cost_micros == sum(day.cost_micros for day in used.days) == 3 * PRICE_MICROS
        assert used.top_ups_micros == sum(day.top_ups_micros for day in used.days) == 5_000_000

    def test_of_nothing_it_is_nothing(self) -> None:
        used = usage([])
        assert (used.pictures, used.cost_micros, used.top_ups_micros, used.days) == (0, 0, 0, ())


def faults(first: str | None, last: str | None) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as refused:
        Period.read(first, last, TODAY)
    return {fault.pointer: fault.detail for fault in refused.value.faults}


class TestPeriod:
    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            (None, None, ("2026-11-01", "2026-11-22")),
            ("2026-10-30", None, ("2026-10-30", "2026-11-22")),
            (None, "2024-02-29", ("2024-02-01", "2024-02-29")),
            ("2026-11-22", "2026-11-22", ("2026-11-22", "2026-11-22")),
            ("2026-12-01", "2026-12-31", ("2026-12-01", "2026-12-31")),
            ("2000-01-01", "2000-01-02", ("2000-01-01", "2000-01-02")),
            ("2999-12-31", "2999-12-31", ("2999-12-31", "2999-12-31")),
        ],
    )
    def test_it_is_the_last_days_month_unless_it_is_said(
        self, first: str | None, last: str | None, expected: tuple[str, str]
    ) -> None:
        period = Period.read(first, last, TODAY)
        assert (str(period.first), str(period.last)) == expected

    def test_both_its_days_are_whole(self) -> None:
        period = Period.read("2026-12-01", "2026-12-31", TODAY)
        assert (period.since, period.until) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    def test_a_quarter_is_one_call(self) -> None:
        period = Period.read("2026-07-01", "2026-09-30", TODAY)
        assert (period.until - period.since).days == MOST_DAYS

    @pytest.mark.parametrize(
        ("first", "last"), [("2026-07-01", "2026-10-01"), ("2025-11-23", "2026-11-22"), ("2025-11-23", None)]
    )
    def test_a_longer_one_takes_several_calls_and_it_says_so(self, first: str, last: str | None) -> None:
        (detail,) = faults(first, last).values()
        assert "at most 92: make several" in detail

    def test_it_does_not_end_before_it_begins(self) -> None:
        assert faults("2026-11-22", "2026-11-21") == {"from": "2026-11-22 is after to, 2026-11-21"}

    def test_it_does_not_begin_after_today_unless_its_end_is_said(self) -> None:
        assert faults("2026-11-23", None) == {"from": "2026-11-23 is after today, 2026-11-22"}

    @pytest.mark.parametrize(
        "text",
        [
            "", "x", "2026-11", "20261122", "2026-W47-7", "2026-326", "2026-11-22T00:00:00Z", " 2026-11-22", "today",
            "2026-11-22\n", "2026-11-22\0", "2026-1-2", "22.11.2026", "11/22/2026", "-026-11-22", "+2026-11-22",
            "2026-11-01,2026-11-02", "2026\u201011\u201022", "\u0662\u0660\u0662\u0666-11-22", "2026-11-2\uff12",
            pytest.param("9" * 100_000, id="huge"),
        ],
    )  # fmt: skip
    def test_what_is_no_date_is_told_what_one_looks_like(self, text: str) -> None:
        assert faults(text, text) == dict.fromkeys(["from", "to"], "Should be a date such as 2026-11-22")

    @pytest.mark.parametrize(
        "text", ["2026-02-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "0000-01-01"]
    )
    def test_a_day_that_never_was_is_none(self, text: str) -> None:
        assert faults(text, text) == dict.fromkeys(["from", "to"], f"There is no day {text}")

    @pytest.mark.parametrize("text", ["0001-01-01", "1999-12-31", "3000-01-01", "9999-12-31"])
    def test_a_year_is_of_this_millennium(self, text: str) -> None:
        assert faults(text, text) == dict.fromkeys(["from", "to"], "Should lie in the years 2000 to 2999")

    def test_each_is_told_by_itself(self) -> None:
        assert faults("2026-02-31", "soon").keys() == {"from", "to"}
        assert faults("soon", "2026-02-01").keys() == {"from"}
        assert faults("2026-02-01", "soon").keys() == faults(None, "soon").keys() == {"to"}


class TestAccept:
    @pytest.mark.parametrize(
        "accept",
        [
            "text/csv", "TEXT/CSV", "text/csv; charset=utf-8", "text/csv;header=absent", "text/*", "text/csv, */*",
            "text/csv, application/json;q=0.9", "application/json;q=0.1,text/csv;q=0.2", "application/json;q=0, */*",
        ],
    )  # fmt: skip
    def test_csv_is_for_whom_it_suits_better(self, accept: str) -> None:
        assert wants_csv({"accept": accept})

    @pytest.mark.parametrize(
        "accept",
        [
            "", "*/*", "application/json", "application/json, text/csv", "text/csv, application/json", "text/csv;q=0",
            "text/csv;q=0.5, application/json;q=0.6", "text/csv;q=0.5, */*", "application/json, text/plain, */*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "image/png", ";;,,q=",
            pytest.param("x" * 8_000, id="huge"),
        ],
    )  # fmt: skip
    def test_json_is_for_everyone_else(self, accept: str) -> None:
        assert not wants_csv({"accept": accept})

    def test_who_says_nothing_gets_json(self) -> None:
        assert not wants_csv({})


def rows(*entries: Entry) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(in_csv(entries), newline="")))


class TestCsv:
    def test_a_row_has_the_whole_entry(self) -> None:
        entry = hold(4, datetime(2026, 11, 21, 23, 59, 59, 999_000, UTC))
        assert rows(entry) == [
            {
                "at": "2026-11-21T23:59:59.999Z",
                "kind": "hold",
                "request_id": entry.request_id,
                "reference": "",
                "pictures": "4",
                "price_usd": "0.012",
                "amount_usd": "-0.048",
            }
        ]

    def test_lines_end_as_the_rfc_has_them(self) -> None:
        text = in_csv([hold(1), top_up()])
        assert text.count("\r\n") == text.count("\n") == 3
        assert text.endswith("\r\n")

    def test_without_entries_there_is_still_the_header(self) -> None:
        assert in_csv([]) == "at,kind,request_id,reference,pictures,price_usd,amount_usd\r\n"

    @pytest.mark.parametrize("micros", [1, 10, 999_999, 1_000_000, 1_234_567, 2**53 + 1, 10**15])
    def test_amounts_are_exact(self, micros: int) -> None:
        held, topped_up = rows(hold(1, price_micros=micros), top_up(micros))
        assert Decimal(topped_up["amount_usd"]) * 1_000_000 == Decimal(held["price_usd"]) * 1_000_000 == micros
        assert Decimal(held["amount_usd"]) * 1_000_000 == -micros

    @pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
    def test_a_reference_is_never_a_formula(self, first: str) -> None:
        reference = f'{first}HYPERLINK("https://example.com")'
        (row,) = rows(top_up(reference=reference))
        assert row["reference"] == f"'{reference}"

    @pytest.mark.parametrize(
        "reference", ['say "hi", please', "two\r\nlines", "1=1", "naïve 🦊", "'quoted'", "a-b", ",,"]
    )
    def test_every_other_reference_stays_what_it_is(self, reference: str) -> None:
        (row,) = rows(top_up(reference=reference))
        assert (row["reference"], row["amount_usd"]) == (reference, "5.00")


class TestAnswer:
    def test_amounts_are_numbers_and_exact_beside(self) -> None:
        told = in_json("anna", NOVEMBER, EntryPage([top_up(10_000_000), hold(1, price_micros=1_234_567)], None))
        assert (told["cost"], told["cost_micros"]) == (1.234567, 1_234_567)
        assert (told["top_ups"], told["top_ups_micros"]) == (10.0, 10_000_000)
        _, entry = told["days"][0]["entries"]
        assert (entry["price_micros"], entry["amount"], entry["amount_micros"]) == (1_234_567, -1.234567, -1_234_567)

    def test_an_entry_names_its_request_or_its_reference(self) -> None:
        held = hold(1)
        told = in_json("anna", NOVEMBER, EntryPage([top_up(reference="r 1"), held], None))
        first, second = told["days"][0]["entries"]
        assert (first["reference"], first["price"], "request_id" in first) == ("r 1", None, False)
        assert (second["request_id"], second["price"], "reference" in second) == (held.request_id, 0.012, False)

    def test_a_file_is_named_for_its_period_alone(self) -> None:
        told = answer("anna", NOVEMBER, EntryPage([top_up(reference='"; x=.exe')], None), None, as_csv=True)
        assert told.headers["Content-Disposition"] == 'attachment; filename="sasha-usage-2026-11-01-to-2026-11-22.csv"'

    @pytest.mark.parametrize("as_csv", [False, True])
    @pytest.mark.parametrize(("mark", "times"), [("", 0), ("i", 9), ("\1", 480), ("🦊", 120)])
    def test_the_largest_page_fits_into_an_answer(self, mark: str, times: int, as_csv: bool) -> None:
        reference = mark * times
        entry = top_up(10**15, reference) if reference else hold(4, kind=Movement.REFUND, price_micros=10**9)
        item: dict[str, Any] = entry.model_dump(mode="json", exclude_none=True)
        # The key repeats account, time, reference or id, and kind.
        size = len(json.dumps(item, ensure_ascii=False).encode()) + len(reference.encode()) + 60
        most = min(MOST_ENTRIES, QUERYS_LIMIT // size) if reference else MOST_ENTRIES
        told = answer("anna", NOVEMBER, EntryPage([entry] * most, "x" * 1_400), "https://x/" * 200, as_csv=as_csv)
        assert len(json.dumps({"body": told.body, "headers": told.headers})) < 0.9 * LAMBDAS_LIMIT
