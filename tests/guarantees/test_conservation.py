"""Credits are conserved after every step, in whatever order things happen, and whoever dies between two of them."""

import os
from dataclasses import dataclass, replace
from datetime import timedelta

import boto3
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from local.clients import Clients
from local.emulator.server import SegmindEmulator
from local.stack import Stack
from sasha.core.errors import SashaError
from sasha.core.ledger import Entry
from sasha.core.read import cancel, erase
from sasha.core.submit import Accepted
from tests.functional.strict_aws import StrictAWS
from tests.functional.world import World
from tests.guarantees import raw
from tests.guarantees.books import Attempt, Known, Prices, windows
from tests.guarantees.scripted_segmind import UNBILLED, Answer
from tests.guarantees.stage import Meanwhile, Round, Stage, StillClock, Unheard
from tests.guarantees.trouble import Mishap, Trouble, troubles

# How many examples are tried; without it, always the same few.
EXAMPLES = "SASHA_EXAMPLES"
FEW = 40
STEPS = 40
ALWAYS_IN_TIME_S = 9 * 60

# A failure is made small for up to five minutes before it is told.
pytestmark = pytest.mark.timeout(420)


@dataclass(frozen=True)
class Asked:
    """What somebody asks for, with a key of its own or without, at the prices of the moment."""

    who: str
    samples: int
    keyed: bool
    prices: Prices


TURNS = ["2026-11-30T23:58:20.123456+00:00", "2026-11-22T14:30:58.5+00:00", "2027-02-14T23:59:20+00:00"]
ANY = st.integers(0, 40)
PRICES = st.builds(Prices, st.sampled_from([12_000, 13_337, 0]), st.sampled_from([9_000, 7_001]))
ASKED = st.builds(
    Asked, st.sampled_from(["ada", "ben", "visitor-1", "visitor-2"]), st.integers(1, 4), st.booleans(), PRICES
)
ALL_PICTURES = (Answer.PICTURE,) * 4
SCRIPTS = st.one_of(
    st.tuples(*[st.sampled_from([Answer.PICTURE, Answer.BUSY, Answer.REFUSED, Answer.LOST])] * 4),
    st.tuples(*[st.sampled_from(Answer)] * 4),
)
FAILURES = st.tuples(*[st.sampled_from([Answer.REFUSED, Answer.LOST, Answer.NO_CREDITS])] * 4)
TAKES = st.sampled_from([0.0, 0.4, 20.0, 70.0])
MEANWHILE = st.sampled_from(Meanwhile)
DEATHS = st.sampled_from([Mishap.DEATH_BEFORE, Mishap.DEATH_AFTER])
WORKERS_CALLS = ("GetItem", "UpdateItem", "PutObject", "TransactWriteItems", "SendMessage")
SWEEPERS_CALLS = ("Query", "GetItem", "UpdateItem", "ListObjectsV2", "HeadObject", "TransactWriteItems", "SendMessage")

some_open = precondition(lambda self: any(known.end is None for known in self.stage.known()))
some_ended = precondition(lambda self: any(known.end for known in self.stage.known()))
some_waited_long = precondition(lambda self: self.stage.some_waited_long())
some_to_deliver = precondition(lambda self: any(self.stage.messages()))


class Gateway(RuleBasedStateMachine):
    """Everything that can happen to it, one step after the other; its books are compared with the table after each."""

    stage: Stage

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.clock = world, world.clock
        self.attempts: list[Attempt] = []

    @initialize(at=st.sampled_from(TURNS), asked=st.lists(ASKED, min_size=1, max_size=4))
    def open(self, at: str, asked: list[Asked]) -> None:
        self.stage = Stage(self.world, at)
        for one in asked:
            self.submit_one(one, None)

    # -- callers

    @rule(asked=ASKED, trouble=troubles("BatchGetItem", "TransactWriteItems", "SendMessage"))
    def submit(self, asked: Asked, trouble: Trouble | None) -> None:
        self.submit_one(asked, trouble)

    def submit_one(self, asked: Asked, trouble: Trouble | None) -> None:
        number = len(self.attempts)
        key = f"key-{number}" if asked.keyed else None
        attempt = Attempt(asked.who, asked.samples, f"a red fox in the snow, number {number}", key)
        self.attempts.append(attempt)
        self.stage.prices = asked.prices
        self.ask(attempt, trouble)

    @precondition(lambda self: any(attempt.key for attempt in self.attempts))
    @rule(
        which=ANY,
        for_another=st.sampled_from([False, False, True]),
        trouble=troubles("BatchGetItem", "TransactWriteItems", "GetItem"),
    )
    def repeat_a_key(self, which: int, for_another: bool, trouble: Trouble | None) -> None:
        keyed = [attempt for attempt in self.attempts if attempt.key]
        attempt = keyed[which % len(keyed)]
        self.ask(replace(attempt, prompt=f"{attempt.prompt}, at night") if for_another else attempt, trouble)

    def ask(self, attempt: Attempt, trouble: Trouble | None) -> None:
        stage, books, now = self.stage, self.stage.books, self.clock.now()
        expected = books.expected(attempt, stage.prices, now, stage.is_blocked())
        told = stage.step(trouble, lambda: stage.submit(attempt))
        new = stage.new()
        assert len(new) <= (expected == "accepted")
        for item in new:
            books.take_on(attempt, item, stage.prices, now)
        match told:
            case Accepted(request, left, replayed):
                assert (request.id, replayed) == ((new[0]["id"], False) if new else (expected, True))
                assert left.of_quota == books.told_left(attempt.who, stage.prices, now)
                if left.balance_micros is not None:
                    assert left.balance_micros == books.balance(attempt.who)
            case SashaError():
                assert type(told).__name__ == expected

    @some_open
    @rule(which=ANY, trouble=troubles("GetItem", "TransactWriteItems"))
    def cancel(self, which: int, trouble: Trouble | None) -> None:
        known = self.pick(which, ended=False)
        before = self.stage.item_of(known)
        may_be = before["status"] == "QUEUED" and not before["images"]
        told = self.stage.step(trouble, lambda: cancel(self.world.request(known.id), self.world.api_ports))
        if told is not Unheard:
            assert isinstance(told, SashaError) is not may_be
            assert self.stage.item_of(known)["status"] == ("FAILED" if may_be else before["status"])

    @some_ended
    @rule(which=ANY, trouble=troubles("GetItem", "DeleteObjects", "UpdateItem"))
    def erase(self, which: int, trouble: Trouble | None) -> None:
        known = self.pick(which, ended=True)
        told = self.stage.step(trouble, lambda: erase(self.world.request(known.id), self.world.api_ports))
        is_erased = "erased_at" in self.stage.item_of(known)
        # Whoever dies between the two leaves no picture that nothing leads to.
        assert not (is_erased and self.stage.pictures_of(known))
        if told is not Unheard:
            assert isinstance(told, SashaError) is (known.end is None)
            assert is_erased is (known.end is not None)

    @some_ended
    @rule(which=ANY, index=st.integers(0, 4), trouble=troubles("GetItem", "DeleteObjects", "UpdateItem"))
    def erase_one(self, which: int, index: int, trouble: Trouble | None) -> None:
        known = self.pick(which, ended=True)
        before = self.stage.item_of(known)
        told = self.stage.step(trouble, lambda: erase(self.world.request(known.id), self.world.api_ports, index))
        item = self.stage.item_of(known)
        is_gone = "erased_at" in item or index in item["erased_images"]
        assert not (is_gone and index in self.stage.pictures_of(known))
        # All others are as they were.
        others = [[image for image in each["images"] if image["index"] != index] for each in (before, item)]
        assert others[0] == others[1]
        if told is not Unheard:
            assert isinstance(told, SashaError) is (known.end is None or index not in known.end.pictures)
            assert is_gone or isinstance(told, SashaError)

    def pick(self, which: int, *, ended: bool) -> Known:
        """One of those that are open, or of those that have ended; at times one of all."""
        known = self.stage.known()
        wanted = known if which % 4 == 0 else [one for one in known if (one.end is not None) is ended]
        return wanted[which % len(wanted)]

    # -- the owner

    @rule(
        account=st.sampled_from(["ada", "ben"]),
        reference=st.sampled_from(["r1", "r2", "r3"]),
        amount=st.sampled_from([1, 12_000, 50_000]),
        trouble=troubles("TransactWriteItems"),
    )
    def top_up(self, account: str, reference: str, amount: int, trouble: Trouble | None) -> None:
        top_ups = self.stage.books.top_ups[account]
        before = top_ups.get(reference)
        entry = Entry.top_up(account, amount, reference, self.clock.now())
        told = self.stage.step(trouble, lambda: self.world.api_ports.ledger.top_up(entry))
        mark = (f"ACCOUNT#{account}", f"REFERENCE#{reference}")
        if any((item["pk"], item["sk"]) == mark for item in self.stage.items):
            top_ups.setdefault(reference, amount)
        if told is not Unheard:
            assert isinstance(told, SashaError) is (before not in (None, amount))
            assert reference in top_ups
            assert told is not False or before == amount

    # -- workers and sweepers

    @rule(asked=ASKED, script=SCRIPTS, takes_s=TAKES, trouble=troubles(*WORKERS_CALLS))
    def submit_and_deliver(
        self, asked: Asked, script: tuple[Answer, ...], takes_s: float, trouble: Trouble | None
    ) -> None:
        self.submit_one(asked, None)
        self.deliver(Round(script, takes_s), trouble)

    @some_to_deliver
    @rule(takes_s=TAKES, meanwhile=MEANWHILE, trouble=troubles(*WORKERS_CALLS))
    def deliver_all(self, takes_s: float, meanwhile: Meanwhile, trouble: Trouble | None) -> None:
        self.deliver(Round(ALL_PICTURES, takes_s, meanwhile), trouble)

    @some_to_deliver
    @rule(script=SCRIPTS, takes_s=TAKES, meanwhile=MEANWHILE, trouble=troubles(*WORKERS_CALLS))
    def deliver_some(
        self, script: tuple[Answer, ...], takes_s: float, meanwhile: Meanwhile, trouble: Trouble | None
    ) -> None:
        self.deliver(Round(script, takes_s, meanwhile), trouble)

    @some_to_deliver
    @rule(script=FAILURES, takes_s=TAKES, meanwhile=MEANWHILE, trouble=troubles(*WORKERS_CALLS))
    def fail(self, script: tuple[Answer, ...], takes_s: float, meanwhile: Meanwhile, trouble: Trouble | None) -> None:
        self.deliver(Round(script, takes_s, meanwhile), trouble)

    @some_to_deliver
    @rule(answer=st.sampled_from([Answer.BUSY, Answer.ERROR]), pictures=st.integers(0, 3), takes_s=TAKES)
    def release(self, answer: Answer, pictures: int, takes_s: float) -> None:
        self.deliver(Round(ALL_PICTURES[:pictures] + (answer,) * (4 - pictures), takes_s), None)

    @some_to_deliver
    @rule(
        script=SCRIPTS,
        dies_at=st.none() | st.integers(0, 3),
        or_at=st.builds(Trouble, DEATHS, st.sampled_from(WORKERS_CALLS[:4]), st.integers(0, 3)),
        then_s=st.sampled_from([0, 120, 240]),
    )
    def the_worker_dies(self, script: tuple[Answer, ...], dies_at: int | None, or_at: Trouble, then_s: int) -> None:
        if dies_at is None:
            self.deliver(Round(script), or_at)
        else:
            self.deliver(Round((*script[:dies_at], Answer.DEATH, *script[dies_at + 1 :])), None)
        self.clock.advance(then_s)

    def deliver(self, way: Round, trouble: Trouble | None) -> None:
        """Give messages to workers until one of these dies."""
        for message in self.stage.messages():
            self.stage.aws.messages.remove(message)
            if self.stage.deliver(message, way, trouble) is Unheard:
                return

    @some_to_deliver
    @rule(which=ANY, twice=st.booleans())
    def a_message_is_lost_or_comes_twice(self, which: int, twice: bool) -> None:
        messages = self.stage.aws.messages
        message = messages[which % len(messages)]
        if twice:
            messages.append(message)
        else:
            messages.remove(message)

    @rule(after_s=st.sampled_from([0, 31, 61, 241]), trouble=troubles(*SWEEPERS_CALLS))
    def sweep(self, after_s: int, trouble: Trouble | None) -> None:
        self.clock.advance(after_s)
        self.stage.sweep(trouble)

    # -- time

    @rule(
        seconds=st.sampled_from([0.001, 1, 5, 60]),
        or_until=st.sampled_from([None, None, None, "minute", "minute", "day", "month"]),
        but_s=st.sampled_from([-30, -0.001, 0]),
    )
    def time_passes(self, seconds: float, or_until: str | None, but_s: float) -> None:
        """So many seconds; or until a window turns, or until it is about to."""
        if or_until:
            now = self.clock.now()
            minute, month = windows("ada", True, now)
            day = windows("visitor-1", False, now)[0]
            turn = {"minute": minute, "day": day, "month": month}[or_until].ends_at + timedelta(seconds=but_s)
            seconds = max((turn - now).total_seconds(), 0)
        self.clock.advance(seconds)

    @precondition(lambda self: self.stage.some_expired())
    @rule()
    def what_has_expired_is_deleted(self) -> None:
        now = self.clock.now()
        self.stage.books.tidy(self.stage.items, now)
        raw.forget_expired(self.world.stack, now.timestamp())
        self.stage.look()

    @some_waited_long
    @rule(script=SCRIPTS, workers=st.booleans())
    def all_is_quiet(self, script: tuple[Answer, ...], workers: bool) -> None:
        """Nobody asks for anything more, and the sweeper comes every minute: all comes to an end in time."""
        began = self.clock.now()
        while self.clock.now() < began + timedelta(seconds=ALWAYS_IN_TIME_S + 60):
            self.clock.advance(60)
            self.stage.sweep()
            if workers:
                self.deliver(Round(script), None)
            late = self.clock.now() - timedelta(seconds=ALWAYS_IN_TIME_S)
            assert not [known for known in self.stage.known() if known.end is None and known.at <= late]

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.aws.recover()
            self.all_is_quiet(ALL_PICTURES, workers=True)
            assert all(known.end for known in self.stage.known())

    # -- what holds after each of them

    @invariant()
    def the_books_agree_with_the_table(self) -> None:
        self.stage.books.check(self.stage.items)

    @invariant()
    def nothing_is_asked_for_twice_that_may_have_been_billed(self) -> None:
        for answers in self.stage.segmind.calls.values():
            assert sum(answer not in UNBILLED for answer in answers) <= 1


@pytest.fixture
def still_world(
    session: boto3.Session, clients: Clients, stack: Stack, strict_aws: StrictAWS, emulator: SegmindEmulator
) -> World:
    """A world that is emptied before each example; the emulator in it is not asked."""
    strict_aws.reset()
    return World(stack, session, strict_aws, clients, emulator, clock=StillClock())


def test_credits_are_conserved(still_world: World) -> None:
    examples = os.environ.get(EXAMPLES)
    run_state_machine_as_test(
        lambda: Gateway(still_world),
        settings=settings(
            max_examples=int(examples or FEW),
            stateful_step_count=STEPS,
            derandomize=examples is None,
            database=None,
            deadline=None,
            # moto takes milliseconds for each of the calls that a step makes.
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    still_world.close()
