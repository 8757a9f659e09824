"""Fifty submit at once where there is room for twenty: whatever is scarce, exactly twenty get it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from sasha.core.account import Guest, PresentedKey
from sasha.core.errors import InsufficientCredits, LimitReached
from sasha.core.quota import Kind
from tests.functional.world import World, presented
from tests.guarantees.crowd import HOW_MANY, Outcome, all_after_reading, submit_at_once
from tests.guarantees.raw import Item, raw_items

ROOM = 20
PRICE = 12_000
SEGMIND_PRICE = 9_000
PLENTY = 1_000_000_000
NO_LIMITS = {
    "requests_per_minute": PLENTY,
    "guest_images_per_day": PLENTY,
    "guest_images_per_day_total": PLENTY,
    "monthly_spend_limit_micros": PLENTY,
    "segmind_price_micros": SEGMIND_PRICE,
}
# A share of all transactions; each share with a seed.
CONFLICTS = (1 / 3, 20261122)
LOST_ANSWERS = (1 / 10, 20261123)

Who = Callable[[int], PresentedKey | Guest]


@dataclass(frozen=True)
class Scarce:
    """What there is too little of: `allowed` for 20 requests of so many pictures, and two pictures more."""

    limit: str
    kind: Kind | None
    counter: str
    error: str
    per_request: int
    allowed: int
    guests: bool = False


def scarce(name: str, samples: int) -> Scarce:
    """With room for 20 requests. Where pictures are counted, or paid, a rest is left that is less than a request."""
    pictures = ROOM * samples + (2 if samples > 1 else 0)
    return {
        "credits": Scarce("", None, "", "InsufficientCredits", samples * PRICE, pictures * PRICE),
        "rate": Scarce("requests_per_minute", Kind.MINUTE, "minute#", "RateLimited", 1, ROOM),
        "guest": Scarce("guest_images_per_day", Kind.GUEST, "guest#", "AllowanceSpent", samples, pictures, guests=True),
        "guests": Scarce(
            "guest_images_per_day_total", Kind.GUESTS, "guests#", "AllowanceSpent", samples, pictures, guests=True
        ),
        "spend": Scarce(
            "monthly_spend_limit_micros",
            Kind.SPEND,
            "spend#",
            "SpendCapReached",
            samples * SEGMIND_PRICE,
            pictures * SEGMIND_PRICE + SEGMIND_PRICE - 1,
        ),
    }[name]


@pytest.fixture(params=[1, 4], ids=["of_1_picture", "of_4_pictures"])
def samples(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=["credits", "rate", "guest", "guests", "spend"])
def wanting(request: pytest.FixtureRequest, samples: int) -> Scarce:
    return scarce(request.param, samples)


@pytest.fixture
def key(world: World, wanting: Scarce) -> str:
    """An account, in the first second of a minute in the middle of a day: no pause of a retry turns a window."""
    world.clock.set("2026-11-22T14:30:00.250+00:00")
    world.limit(**NO_LIMITS | ({wanting.limit: wanting.allowed} if wanting.limit else {}))
    return world.open_account(PLENTY if wanting.limit else wanting.allowed)


@pytest.fixture
def who(key: str, wanting: Scarce) -> Who:
    """Fifty callers of one account, fifty of one visitor, or fifty visitors."""
    if not wanting.guests:
        return lambda _: presented(key)
    return lambda n: Guest("visitor" if wanting.kind is Kind.GUEST else f"visitor-{n}")


class TestFiftyAtOnce:
    def test_exactly_as_many_as_there_is_room_for_are_taken_on(
        self, world: World, wanting: Scarce, key: str, who: Who, samples: int
    ) -> None:
        told = submit_at_once(who, world.api_ports, samples=samples)
        assert_exactly(told, wanting, world, key, samples)

    def test_though_all_have_read_that_there_is_room_and_a_third_of_all_transactions_meets_a_conflict(
        self, world: World, wanting: Scarce, key: str, who: Who, samples: int
    ) -> None:
        world.aws.conflict_at_random(*CONFLICTS)
        told = submit_at_once(who, all_after_reading(world.api_ports), samples=samples)
        assert_exactly(told, wanting, world, key, samples)
        assert world.aws.calls.count(("dynamodb", "TransactWriteItems")) > HOW_MANY
        # No early read has refused anyone: each refusal is the transaction's.
        assert world.aws.refused_transactions == HOW_MANY - ROOM

    @pytest.mark.parametrize("tokens", ["remembered", "forgotten"])
    @pytest.mark.parametrize("samples", [4], indirect=True)
    def test_though_a_tenth_of_all_answers_is_lost(
        self, world: World, wanting: Scarce, key: str, who: Who, samples: int, tokens: str
    ) -> None:
        if tokens == "forgotten":
            world.aws.forget_tokens()
        world.aws.lose_answers_at_random(*LOST_ANSWERS)
        told = submit_at_once(who, all_after_reading(world.api_ports), samples=samples)
        assert_exactly(told, wanting, world, key, samples)
        assert world.aws.calls.count(("dynamodb", "TransactWriteItems")) > HOW_MANY


@pytest.mark.parametrize("samples", [1, 4], indirect=True)
def test_fifty_at_once_with_one_idempotency_key_are_one_request(world: World, samples: int) -> None:
    key = world.open_account(PLENTY)
    world.limit(**NO_LIMITS)
    world.aws.conflict_at_random(*CONFLICTS)

    told = submit_at_once(lambda _: presented(key), all_after_reading(world.api_ports), key="k", samples=samples)

    (request_id,) = {answer.request.id for answer in told.accepted}
    assert (len(told.accepted), told.refused) == (HOW_MANY, [])
    assert [answer.replayed for answer in told.accepted].count(False) == 1
    assert world.hints() == [request_id]
    assert world.balance(key) == PLENTY - samples * PRICE
    assert sorted(world.counters().values()) == [1, samples * SEGMIND_PRICE]


def assert_exactly(told: Outcome, wanting: Scarce, world: World, key: str, samples: int) -> None:
    """Twenty are on record, paid for and counted once each; thirty were told why not, and left nothing behind."""
    ids = {answer.request.id for answer in told.accepted}
    assert (len(told.accepted), len(ids), len(told.refused)) == (ROOM, ROOM, HOW_MANY - ROOM)
    assert {type(error).__name__ for error in told.refused} == {wanting.error}
    for error in told.refused:
        assert_clear(error, wanting, samples)

    opening = PLENTY if wanting.limit else wanting.allowed
    holds = {} if wanting.guests else {("hold", request_id): -samples * PRICE for request_id in ids}
    assert world.balance(key) == opening + sum(holds.values())
    found = Records(raw_items(world.stack))
    assert found.requests == dict.fromkeys(ids, ("QUEUED", samples))
    assert found.entries == {("top_up", "opening"): opening} | holds
    assert found.counters == expected_counters(wanting, samples)
    # Besides: the account, its key, its opening's reference, and the provider's state.
    assert found.others == 4
    assert sorted(world.hints()) == sorted(ids)


def assert_clear(error: Any, wanting: Scarce, samples: int) -> None:
    """The refusal names what there is, what it would take, and (of a limit) until when."""
    rest = 2 if samples > 1 and wanting.kind is not Kind.MINUTE else 0
    if isinstance(error, InsufficientCredits):
        price, balance = ("0.012", "0.00") if samples == 1 else ("0.048", "0.024")
        assert f"costs ${price} and the balance is ${balance}" in error.detail
        return
    assert isinstance(error, LimitReached)
    assert (error.policy, error.left) == (wanting.kind, rest)
    assert error.ends_at.isoformat().removesuffix("+00:00") in error.detail


class Records:
    """What is in the table: requests by id, ledger entries by kind and name, counters by what they count."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.requests: dict[str, tuple[str, int]] = {}
        self.entries: dict[tuple[str, str], int] = {}
        self.counters: dict[str, list[int]] = {}
        self.others = 0
        for item in items:
            match item:
                case {"sk": "REQUEST"}:
                    self.requests[item["id"]] = item["status"], item["samples"]
                case {"sk": "COUNTER", "used": used}:
                    self.counters.setdefault(item["pk"].split("#")[1], []).append(used)
                case {"kind": kind, "amount_micros": micros}:
                    self.entries[kind, item.get("request_id") or item["reference"]] = micros
                case _:
                    self.others += 1


def expected_counters(wanting: Scarce, samples: int) -> dict[str, list[int]]:
    spend = {"spend": [ROOM * samples * SEGMIND_PRICE]}
    if not wanting.guests:
        return {"minute": [ROOM]} | spend
    one_visitor = wanting.kind is Kind.GUEST
    return {
        "minute": [ROOM] if one_visitor else [1] * ROOM,
        "guest": [ROOM * samples] if one_visitor else [samples] * ROOM,
        "guests": [ROOM * samples],
    } | spend
