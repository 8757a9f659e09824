"""GET /v2/usage: what an account used, from its ledger."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sasha.core.ledger import Entry
from tests.functional.world import PAGE_HOST, Answer, World

CSV = {"accept": "text/csv"}
A_DAY = datetime(2026, 6, 15, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def key(world: World) -> str:
    return world.open_account(account_id="anna")


@pytest.fixture
def busy(world: World, key: str) -> str:
    """The key of an account with seven entries: two top-ups, a request under way, and two that came to nothing."""
    enter(world, "anna", 250_000, "a second one")
    for samples in (1, 4):
        world.cancel_by_core(world.submit(key, samples=samples))
    world.submit(key, samples=2)
    return key


def enter(world: World, account: str, micros: int, reference: str, at: datetime | None = None) -> None:
    assert world.api_ports.ledger.top_up(Entry.top_up(account, micros, reference, at or world.clock.now()))


def today(world: World) -> str:
    """The query for all that happens in a test, at midnight too."""
    return f"from={world.clock.now() - timedelta(days=1):%Y-%m-%d}"


def entries(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.json
    return [entry for day in answer.json["days"] for entry in day["entries"]]


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.json
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def in_both_forms(world: World, key: str) -> list[Answer]:
    return [world.call("GET", f"/v2/usage?{today(world)}", key=key, headers=headers) for headers in ({}, CSV)]


def pages(world: World, key: str, query: str, headers: dict[str, str] | None = None) -> list[Answer]:
    """Page after page, as the header Link leads."""
    path, answers = f"/v2/usage?{query}", []
    while path:
        answers.append(world.call("GET", path, key=key, headers=headers))
        path = answers[-1].headers.get("link", "").partition(">")[0].partition("http://api.test")[2]
    return answers


def test_it_counts_what_was_delivered_and_what_is_held(world: World, key: str) -> None:
    world.submit(key)
    world.segmind_fails("400", seed=8)
    world.submit(key, samples=2, seed=7)
    world.deliver()
    world.submit(key, samples=2)
    told = world.call("GET", f"/v2/usage?{today(world)}", key=key).json
    assert (told["account"], told["currency"]) == ("anna", "USD")
    assert (told["pictures"], told["cost"], told["cost_micros"]) == (4, 0.048, 48_000)
    assert (told["top_ups"], told["top_ups_micros"]) == (1.0, 1_000_000)
    assert sum(entry["amount_micros"] for day in told["days"] for entry in day["entries"]) == world.balance(key)


def test_the_sum_of_all_entries_is_the_balance(world: World, busy: str) -> None:
    in_json, in_csv = in_both_forms(world, busy)
    assert sum(entry["amount_micros"] for entry in entries(in_json)) == world.balance(busy) == 1_226_000
    assert sum(Decimal(row["amount_usd"]) for row in rows(in_csv)) == Decimal("1.226")


def test_both_forms_have_the_same_entries_in_the_same_order(world: World, busy: str) -> None:
    in_json, in_csv = in_both_forms(world, busy)
    assert len(entries(in_json)) == 7
    assert [
        (one["at"], one["kind"], one.get("request_id", ""), one.get("reference", ""), one["amount_micros"])
        for one in entries(in_json)
    ] == [
        (row["at"], row["kind"], row["request_id"], row["reference"], int(Decimal(row["amount_usd"]) * 1_000_000))
        for row in rows(in_csv)
    ]


def test_the_headers_say_what_it_is(world: World, key: str) -> None:
    in_json, in_csv = in_both_forms(world, key)
    assert in_json.headers["content-type"] == "application/json"
    assert in_csv.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert in_csv.headers["content-disposition"].startswith('attachment; filename="sasha-usage-')
    assert {(one.headers["vary"], one.headers["cache-control"]) for one in (in_json, in_csv)} == {
        ("Accept", "no-store")
    }


def test_a_day_is_exact_to_the_millisecond(world: World, key: str) -> None:
    at = [A_DAY - MOMENT, A_DAY, A_DAY + timedelta(days=1) - MOMENT, A_DAY + timedelta(days=1)]
    for number, moment in enumerate(at):
        enter(world, "anna", 1, f"number {number}", moment)
    told = {
        date: [one["reference"] for one in entries(world.call("GET", f"/v2/usage?from={date}&to={date}", key=key))]
        for date in ("2026-06-14", "2026-06-15", "2026-06-16")
    }
    assert told == {"2026-06-14": ["number 0"], "2026-06-15": ["number 1", "number 2"], "2026-06-16": ["number 3"]}


def test_every_entry_is_on_one_page(world: World, busy: str) -> None:
    for read, headers in ((entries, {}), (rows, CSV)):
        (whole,) = pages(world, busy, today(world), headers)
        answers = pages(world, busy, f"{today(world)}&limit=3", headers)
        assert [len(read(answer)) for answer in answers] == [3, 3, 1]
        assert [one for answer in answers for one in read(answer)] == read(whole)


def test_the_sums_of_all_pages_add_up(world: World, busy: str) -> None:
    (whole,) = pages(world, busy, today(world))
    answers = pages(world, busy, f"{today(world)}&limit=2")
    for figure in ("pictures", "cost_micros", "top_ups_micros"):
        assert sum(answer.json[figure] for answer in answers) == whole.json[figure]
    assert [bool(answer.json["next"]) for answer in answers] == [True, True, True, False]


def test_the_next_page_is_of_the_same_period_though_midnight_has_passed(world: World, key: str) -> None:
    enter(world, "anna", 1, "one")
    first = world.call("GET", f"/v2/usage?limit=1&{today(world)}", key=key)
    world.clock.advance(24 * 3600)
    following = first.headers["link"].partition(">")[0].partition("http://api.test")[2]
    second = world.call("GET", following, key=key)
    assert (second.json["from"], second.json["to"]) == (first.json["from"], first.json["to"])


def test_the_next_page_is_on_the_host_that_was_called(world: World, key: str) -> None:
    enter(world, "anna", 1, "one")
    answer = world.call("GET", f"/v2/usage?limit=1&{today(world)}", key=key, headers=world.through_cloudfront())
    assert f"//{PAGE_HOST}/v2/usage?" in answer.headers["link"]


def test_a_cursor_of_a_long_reference_is_a_cursor(world: World, key: str) -> None:
    for number in range(2):
        enter(world, "anna", 1, f"{number} {'狐' * 150}", A_DAY)
    assert len(pages(world, key, "from=2026-06-15&to=2026-06-15&limit=1")) >= 2


def test_anothers_entries_never_appear(world: World, busy: str) -> None:
    other = world.open_account(account_id="anna2")
    enter(world, "anna2", 7, "hers", A_DAY)
    own = entries(world.call("GET", f"/v2/usage?{today(world)}", key=other))
    assert [entry["reference"] for entry in own] == ["opening"]
    cursor = world.call("GET", f"/v2/usage?limit=1&{today(world)}", key=busy).json["next"]
    told = world.call("GET", f"/v2/usage?{today(world)}&cursor={cursor}", key=other)
    assert [entry["reference"] for entry in entries(told)] in ([], ["opening"])
    assert told.json["account"] == "anna2"


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("from=2026-11-22&to=2026-11-21", ["from"]),
        ("from=2025-11-22&to=2026-11-21", ["from"]),
        ("from=2026-02-31&to=soon", ["from", "to"]),
        ("from=0000-01-01&to=9999-12-31", ["from", "to"]),
        ("from=2026-11-01&from=2026-11-02", ["from"]),
        ("from=%D9%A2026-11-01&to=", ["from", "to"]),
        (f"to={'9' * 5_000}", ["to"]),
        ("limit=0&cursor=" + 2_000 * "x", ["limit", "cursor"]),
        ("limit=5001", ["limit"]),
        ("cursor=nonsense", ["cursor"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_refused_every_bad_one_at_once(
    world: World, key: str, query: str, pointers: list[str]
) -> None:
    answer = world.call("GET", f"/v2/usage?{query}", key=key, headers=CSV)
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameters")
    assert [error["pointer"] for error in answer.json["errors"]] == pointers
    assert len(answer.content) < 1_000


def test_it_is_for_who_has_a_key(world: World) -> None:
    guest = world.call("GET", "/v2/usage", headers=world.through_cloudfront() | {"sasha-guest": "1"})
    assert (guest.status, guest.json["code"]) == (401, "missing_api_key")
    revoked = world.issue_key(world.open_account().split("_")[1], revoked=True)
    assert world.call("GET", "/v2/usage", key=revoked).json["code"] == "invalid_api_key"


def test_a_cursor_of_another_period_is_refused(world: World) -> None:
    world.clock.set("2026-11-22T12:00:00+00:00")
    key = world.open_account()
    world.submit(key)
    page = world.call("GET", "/v2/usage?from=2026-11-22&to=2026-11-22&limit=1", key=key)
    answer = world.call("GET", f"/v2/usage?from=2026-11-01&to=2026-11-02&cursor={page.json['next']}", key=key)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "cursor")
