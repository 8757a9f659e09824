"""The audit: agrees with what the gateway does, and finds each thing that does not agree, once."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sasha.core.account import Account
from sasha.core.audit import CHUNK, LOOKS_AGAIN, MAY_STILL_CHANGE, Difference, audit
from sasha.core.errors import Code
from sasha.core.ledger import Entry
from sasha.core.parameters import GenerationParameters
from sasha.core.request import Failure, GenerationRequest, StoredImage
from tests.books import Books

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK_S = 7 * 24 * 3600
LONG_AGO = NOW - timedelta(seconds=WEEK_S + 1)
PRICE = 12_000
TOP_UP = 5_000_000


def taken_on(number: int = 1, samples: int = 2, at: datetime = NOW) -> GenerationRequest:
    return GenerationRequest.queued(
        request_id=str(UUID(int=number)),
        account="demo",
        parameters=GenerationParameters(prompt="a red fox in the snow", samples=samples, seed=7),
        price_micros=PRICE,
        at=at,
    )


def settled(request: GenerationRequest, delivered: int) -> GenerationRequest:
    images = [
        StoredImage(
            index=index, content_type="image/png", file_size=1, width=1, height=1, seed=index, generation_time_s=1.0
        )
        for index in range(delivered)
    ]
    failures = [
        Failure(index=index, code=Code.PROVIDER_ERROR, detail="x") for index in range(delivered, request.samples)
    ]
    return request.settled(images, failures, at=request.created_at, retention_s=WEEK_S)


def books(*requests: GenerationRequest) -> Books:
    """An account with five dollars put in, and these requests as the gateway enters them."""
    entries = [Entry.top_up("demo", TOP_UP, "INV-1", NOW - timedelta(days=30))]
    for request in requests:
        entries.append(Entry.hold(request))
        if not request.is_open and request.refund_micros:
            entries.append(Entry.refund(request))
    balance = sum(entry.amount_micros for entry in entries)
    made = Books()
    made.write(Account(id="demo", name="Demo", balance_micros=balance, opened_at=LONG_AGO), *entries, *requests)
    return made


def audited(the_books: Books, pause: Callable[[], None] = lambda: None) -> list[Difference]:
    return audit(the_books.accounts, the_books.ledger, the_books.requests, retention_s=WEEK_S, now=NOW, pause=pause)


def one(items: Iterable[dict[str, Any]], beginning: str) -> dict[str, Any]:
    """The one item whose sort key begins, or ends, so."""
    (found,) = [item for item in items if item["sk"].startswith(beginning) or item["sk"].endswith(beginning)]
    return found


ALL_WAYS = {
    "waits": taken_on(1),
    "delivered": settled(taken_on(2), 2),
    "delivered in part": settled(taken_on(3), 1),
    "failed": settled(taken_on(4), 0),
    "erased": settled(taken_on(5), 1).erased(NOW),
    "erased in part": settled(taken_on(6), 2).without_image(0, NOW),
    "erased one by one": settled(taken_on(7), 2).without_image(0, NOW).without_image(1, NOW),
}


@pytest.mark.parametrize("way", ALL_WAYS)
def test_whatever_the_gateway_does_agrees(way: str) -> None:
    assert audited(books(ALL_WAYS[way])) == []


def test_more_requests_than_are_fetched_at_once_agree() -> None:
    assert audited(books(*(settled(taken_on(number), number % 3) for number in range(2 * CHUNK + 1)))) == []


def test_an_expired_request_need_not_be_on_record() -> None:
    the_books = books(settled(taken_on(at=LONG_AGO), 1))
    the_books.items.remove(one(the_books.items, "REQUEST"))

    assert audited(the_books) == []


def test_what_is_as_old_as_what_changes_no_more_counts_once() -> None:
    now = NOW + timedelta(microseconds=999)
    the_books = books(taken_on(at=now - MAY_STILL_CHANGE))

    found = audit(
        the_books.accounts, the_books.ledger, the_books.requests, retention_s=WEEK_S, now=now, pause=lambda: None
    )

    assert found == []


def test_a_guests_request_is_in_no_ledger() -> None:
    the_books = books()
    the_books.write(taken_on().model_copy(update={"account": "guest", "price_micros": 0}))

    assert audited(the_books) == []


def change(beginning: str, **values: Any) -> Callable[[Books], None]:
    """Other values for the one item of this sort key."""
    return lambda the_books: one(the_books.items, beginning).update(values)


def remove(beginning: str, and_balance: int) -> Callable[[Books], None]:
    """The one item of this sort key goes, and the balance changes by so much, as if it had never been there."""

    def do(the_books: Books) -> None:
        the_books.items.remove(one(the_books.items, beginning))
        one(the_books.items, "ACCOUNT")["balance_micros"] += and_balance

    return do


def both(*changes: Callable[[Books], None]) -> Callable[[Books], None]:
    def do(the_books: Books) -> None:
        for each in changes:
            each(the_books)

    return do


def balance(by: int) -> Callable[[Books], None]:
    def do(the_books: Books) -> None:
        one(the_books.items, "ACCOUNT")["balance_micros"] += by

    return do


def refund_of(micros: int) -> Callable[[Books], None]:
    """One more refund, and the balance that it makes."""

    def do(the_books: Books) -> None:
        entry = Entry.refund(settled(taken_on(), 0)).model_copy(update={"amount_micros": micros})
        the_books.write(entry)
        one(the_books.items, "ACCOUNT")["balance_micros"] += micros

    return do


PARTLY = settled(taken_on(), 1)
DELIVERED = settled(taken_on(), 2)
OLD = settled(taken_on(at=LONG_AGO), 1)
DIFFERENCES: dict[str, tuple[GenerationRequest, Callable[[Books], None], str]] = {
    "balance": (PARTLY, balance(1), "The balance is $4.988001, and the ledger's entries make $4.988."),
    "a hold of another amount": (
        PARTLY,
        both(change("#hold", amount_micros=-36_000), balance(-12_000)),
        "$0.036 were held, and its 2 × $0.012 make $0.024.",
    ),
    "a refund of an open request": (taken_on(), refund_of(24_000), "$0.024 went back, and it is still QUEUED."),
    "no refund where one is due": (
        PARTLY,
        remove("#refund", -12_000),
        "Nothing went back, and $0.012 must: $0.012 of $0.024 were charged.",
    ),
    "a refund where none is due": (
        DELIVERED,
        refund_of(24_000),
        "$0.024 went back, and $0.00 must: $0.024 of $0.024 were charged.",
    ),
    "an empty refund where none is due": (
        DELIVERED,
        refund_of(0),
        "$0.00 went back, and $0.00 must: $0.024 of $0.024 were charged.",
    ),
    "a refund of more than was held": (
        OLD,
        both(remove("REQUEST", 0), change("#refund", amount_micros=24_001), balance(12_001)),
        "$0.024001 went back, and only $0.024 were held.",
    ),
    "a refund without a hold": (PARTLY, remove("#hold", 24_000), "$0.012 went back, and nothing was held."),
    "pictures that were not charged": (
        PARTLY,
        lambda the_books: one(the_books.items, "REQUEST")["images"].clear(),
        "$0.012 were charged, and what was delivered, 0 × $0.012, costs $0.00.",
    ),
    "more pictures erased than were charged": (
        PARTLY,
        change("REQUEST", erased_images=[1]),
        "$0.012 were charged, and what was delivered, 2 × $0.012, costs $0.024.",
    ),
    "a hold whose request is missing": (
        PARTLY,
        remove("REQUEST", 0),
        "$0.024 were held, and it is not on record, though not yet expired.",
    ),
    "a request without a hold": (
        taken_on(),
        remove("#hold", 24_000),
        "It is on record and costs $0.024, and the ledger has no hold for it.",
    ),
    "a request of another account": (
        taken_on(),
        change("REQUEST", account="other"),
        "$0.024 were held here, and it belongs to the account other.",
    ),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_difference_is_told_once_with_both_figures(difference: str) -> None:
    request, meddle, what = DIFFERENCES[difference]
    the_books = books(request)
    meddle(the_books)

    found = audited(the_books)

    assert found == [Difference("demo", None if "balance" in difference else request.id, what)]


def test_a_request_that_is_held_for_at_two_times_is_told() -> None:
    request = taken_on(at=NOW)
    the_books = books(request)
    the_books.write(Entry.hold(request).model_copy(update={"at": NOW - timedelta(hours=2)}))
    balance(-24_000)(the_books)

    assert audited(the_books) == [Difference("demo", request.id, "The ledger has it at two different times.")]


def test_the_accounts_that_differ_are_told_and_no_others() -> None:
    the_books = books()
    the_books.write(Account(id="poor", name="Poor", balance_micros=1, opened_at=NOW))

    assert [difference.account for difference in audited(the_books)] == ["poor"]


UNREADABLE = {
    "ACCOUNT": ("?", None, "An account's record cannot be read: name"),
    "REQUEST": ("demo", PARTLY.id, "Its record cannot be read: samples"),
    "#hold": ("demo", None, "An entry of the ledger cannot be read: kind"),
}


@pytest.mark.parametrize("broken", UNREADABLE)
def test_a_record_that_cannot_be_read_is_a_difference(broken: str) -> None:
    the_books = books(PARTLY, settled(taken_on(2), 2))
    item = next(item for item in the_books.items if item["sk"].startswith(broken) or item["sk"].endswith(broken))
    item.update(name=None, samples="many") if broken != "#hold" else item.update(kind="gift")
    account, request_id, what = UNREADABLE[broken]

    found = audited(the_books)[0]

    assert (found.account, found.request_id) == (account, request_id)
    assert found.what.startswith(what)


def test_an_unreadable_record_hides_no_other() -> None:
    the_books = books(taken_on(1), taken_on(2))
    the_books.items[-2]["samples"] = "many"
    the_books.items[-1]["samples"] = 3

    assert [difference.request_id for difference in audited(the_books)] == [str(UUID(int=1)), str(UUID(int=2))]


def test_what_agrees_on_a_second_look_was_no_difference() -> None:
    the_books = books(taken_on())
    pauses = []
    one(the_books.items, "ACCOUNT")["balance_micros"] += 24_000

    def meanwhile() -> None:
        pauses.append("")
        balance(-24_000)(the_books)

    assert (audited(the_books, meanwhile), len(pauses)) == ([], 1)


def test_what_differs_for_another_reason_each_time_is_a_stack_at_work() -> None:
    the_books = books(taken_on(1), taken_on(2))
    holds = [item for item in the_books.items if item["sk"].endswith("#hold")]
    holds[0]["amount_micros"] += 1
    balance(1)(the_books)

    def meanwhile() -> None:
        for hold, by in zip(holds, (-1, 1), strict=True):
            hold["amount_micros"] += by

    assert audited(the_books, meanwhile) == []


def test_what_goes_on_differing_is_looked_at_so_often_and_then_told() -> None:
    the_books = books()
    balance(1)(the_books)
    pauses: list[str] = []

    assert len(audited(the_books, lambda: pauses.append(""))) == 1
    assert len(pauses) == LOOKS_AGAIN
