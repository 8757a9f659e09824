"""Where the steps take place: an emptied world with a scripted Segmind, its books, and what is done in each step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from sasha.core.account import Guest, PresentedKey
from sasha.core.breaker import change
from sasha.core.errors import SashaError
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import ApiPorts, Requests
from sasha.core.read import cancel
from sasha.core.submit import submit
from sasha.core.sweep import sweep
from sasha.core.timing import PATIENCE_S
from sasha.messages import take
from tests.functional.strict_aws import Died
from tests.functional.world import FakeClock, World, presented
from tests.guarantees import raw
from tests.guarantees.books import Attempt, Books, Known, Prices, Rules, of_requests
from tests.guarantees.scripted_segmind import PERHAPS_BILLED, Answer, ScriptedSegmind, WatchedRequests
from tests.guarantees.trouble import Trouble

OPENING = 130_000
RULES = Rules(rates={"ada": 3, "ben": 1}, visitors_rate=3, guest=5, guests=7, spend=16 * 9_000 + 500)
WORKER_LIVES_S = 180.0
SWEEPER_LIVES_S = 50.0


class StillClock(FakeClock):
    """Time that passes only when told to, and in pauses of a length that does not change from run to run."""

    def sleep(self, seconds: float) -> None:
        self.advance(0.5 if seconds >= 0.5 else 0.01)


class Unheard:
    """The answer of a step that nobody heard."""


class Meanwhile(StrEnum):
    """What else happens while Segmind works."""

    NOTHING = "nothing"
    CANCEL = "somebody wants to cancel"
    SWEEP = "a sweeper comes"
    OVERTAKE = "the worker goes on though its time is up, and a sweeper comes"


@dataclass(frozen=True)
class Round:
    """How a delivery goes: what Segmind answers by index, how long it takes, and what happens meanwhile."""

    script: tuple[Answer, ...]
    takes_s: float = 0.0
    meanwhile: Meanwhile = Meanwhile.NOTHING


class Stage:
    """One example's world, from its opening on."""

    def __init__(self, world: World, at: str) -> None:
        self.world, self.aws, self.clock = world, world.aws, world.clock
        self.aws.reset()
        raw.forget_all(world.stack)
        for picture in world.pictures():
            world.clients.s3.delete_object(Bucket=world.stack.outputs_bucket, Key=picture)
        self.clock.set(at)
        change(world.api_ports.states, lambda state: state.keyed(True))
        self._keys = {name: presented(world.open_account(OPENING, name)) for name in RULES.rates}
        world.api_ports.accounts.amend("ben", {"requests_per_minute": RULES.rates["ben"]})

        self.books = Books(RULES, {name: {"opening": OPENING} for name in RULES.rates})
        self.prices = Prices(12_000, 9_000)
        self.segmind = ScriptedSegmind(self.aws)
        requests = cast("Requests", WatchedRequests(world.worker_ports.requests, self.segmind))
        self._worker = replace(world.worker_ports, provider=self.segmind, requests=requests)
        self._seeds = Random(20261122)
        # Requests that a sweeper ended while their worker still worked.
        self._overtaken: set[str] = set()
        self.items: list[raw.Item] = []
        self.look()

    # -- what is done

    def step(self, trouble: Trouble | None, do: Callable[[], Any]) -> Any:
        """What it returned, the SashaError that it raised, or Unheard; then the table is read anew."""
        if trouble:
            trouble.begin(self.aws)
        try:
            return do()
        except SashaError as error:
            return error
        except Died:
            return Unheard
        except (BotoCoreError, ClientError):
            assert trouble
            return Unheard
        finally:
            self.aws.recover()
            self.look()

    def submit(self, attempt: Attempt) -> Any:
        wanted = GenerationParameters(prompt=attempt.prompt, samples=attempt.samples)
        who: PresentedKey | Guest = self._keys.get(attempt.who, Guest(attempt.who))
        return submit(wanted, who, attempt.key, self.clock.now(), self._api())

    def deliver(self, message: dict[str, Any], way: Round, trouble: Trouble | None) -> Any:
        """Give the message to a worker."""
        request_id = str(message["MessageBody"].split('"')[3])
        self.segmind.script = way.script
        self.segmind.meanwhile = lambda: self._happen(way, request_id)
        ends_at = self.clock.now() + timedelta(seconds=WORKER_LIVES_S)

        def seconds_left() -> float:
            return (ends_at - self.clock.now()).total_seconds()

        return self.step(trouble, lambda: take(message["MessageBody"], seconds_left, self._worker))

    def sweep(self, trouble: Trouble | None = None) -> None:
        told = self.step(trouble, self._sweep)
        assert trouble or (told.finished and not told.troubled)

    def _sweep(self) -> Any:
        return sweep(lambda: SWEEPER_LIVES_S, self.world.sweeper_ports)

    def _happen(self, way: Round, request_id: str) -> None:
        self.clock.advance(way.takes_s)
        if way.meanwhile is Meanwhile.CANCEL:
            try:
                cancel(self.world.request(request_id), self.world.api_ports)
            except SashaError:
                return
            raise AssertionError("what is being made cannot be canceled")
        if way.meanwhile is Meanwhile.OVERTAKE:
            self._overtaken.add(request_id)
            self.clock.advance(300)
        if way.meanwhile is not Meanwhile.NOTHING:
            self._sweep()

    def _api(self) -> ApiPorts:
        """The API as the owner has it at present."""
        limits = replace(
            self.world.api_ports.limits,
            requests_per_minute=RULES.rates["ada"],
            guest_images_per_day=RULES.guest,
            guest_images_per_day_total=RULES.guests,
            monthly_spend_limit_micros=RULES.spend,
            segmind_price_micros=self.prices.segmind,
        )
        terms = replace(self.world.api_ports.terms, price_micros=self.prices.caller)
        return replace(self.world.api_ports, random=self._seeds, limits=limits, terms=terms)

    # -- what is seen

    def look(self) -> None:
        """Read the table. What ends delivers all that is stored, and forgets nothing that may have been billed."""
        self.items = raw.raw_items(self.world.stack)
        for ended in self.books.see_ends(self.items):
            assert ended.end
            if ended.id not in self._overtaken:
                assert self.pictures_of(ended) == [image["index"] for image in self.item_of(ended)["images"]]
            assert ended.end.delivered + ended.end.perhaps_billed >= self._billed(ended)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Those whose delay is over."""
        for message in list(self.aws.messages):
            visible_at: datetime = message["sent_at"] + timedelta(seconds=message.get("DelaySeconds", 0))
            if visible_at <= self.clock.now():
                yield message

    def known(self) -> list[Known]:
        """The requests that are on record."""
        return [known for known in self.books.requests.values() if not known.expired]

    def new(self) -> list[raw.Item]:
        """Requests in the table that the books do not know yet."""
        return [item for item in of_requests(self.items) if item["id"] not in self.books.requests]

    def some_waited_long(self) -> bool:
        """Whether a request is open for so long that only a sweeper can end it."""
        since = self.clock.now() - timedelta(seconds=PATIENCE_S)
        return any(known.end is None and known.at <= since for known in self.known())

    def some_expired(self) -> bool:
        """Whether there is anything that DynamoDB would delete."""
        now_s = self.clock.now().timestamp()
        return any(item.get("ttl", now_s + 1) <= now_s for item in self.items)

    def item_of(self, known: Known) -> raw.Item:
        (item,) = [item for item in of_requests(self.items) if item["id"] == known.id]
        return item

    def pictures_of(self, known: Known) -> list[int]:
        """The indexes of the pictures that lie in the bucket."""
        keys = [key.split("/") for key in self.world.pictures()]
        return sorted(int(index) for _, request_id, index in keys if request_id == known.id)

    def is_blocked(self) -> bool:
        """Whether Segmind is known not to serve."""
        (state,) = [item for item in self.items if item["pk"] == "STATE#PROVIDER"]
        return "blocked_until" in state and datetime.fromisoformat(state["blocked_until"]) > self.clock.now()

    def _billed(self, known: Known) -> int:
        """How many of its pictures Segmind has charged, or perhaps has."""
        calls = [self.segmind.calls.get((known.seed, index), []) for index in range(known.attempt.samples)]
        return sum(answer in PERHAPS_BILLED for answers in calls for answer in answers)
