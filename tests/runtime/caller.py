"""A caller with an account of its own, whose requests go on though the functions that serve them are killed."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any, Literal
from uuid import uuid4

import httpx

from sasha.core.account import Account, ApiKey, new_key
from sasha.core.breaker import change
from sasha.core.request import GenerationRequest
from tests.runtime.emulated import EmulatedFunction, FunctionError
from tests.runtime.holds import Hold
from tests.runtime.surroundings import Surroundings

SEED = 42
PRICE_MICROS = 12_000
CREDITS_MICROS = 1_000_000
AN_HOUR = timedelta(hours=1)
BILLED_WITHIN_S = 20
MOST_ROUNDS = 5

Event = Callable[[str], dict[str, Any]]
Moment = Literal["before", "after"]


class Caller:
    """One caller and one prompt: all that is asked of this object is about these."""

    def __init__(self, around: Surroundings, functions: dict[str, EmulatedFunction], event: Event) -> None:
        self.around = around
        self._api = functions["ApiFunction"]
        self._worker = functions["WorkerFunction"]
        self._sweeper = functions["SweeperFunction"]
        self._event = event
        self.account = f"caller{uuid4().hex[:12]}"
        self.prompt = f"a red fox in the snow, {self.account}"
        self._received: list[dict[str, Any]] = []
        now = datetime.now(UTC)
        self._key = new_key(self.account)
        around.accounts.open(Account(id=self.account, name="", balance_micros=CREDITS_MICROS, opened_at=now))
        around.accounts.add_key(ApiKey.of(self._key, issued_at=now))
        change(around.states, lambda state: state.keyed(True))  # whatever earlier requests met at Segmind

    # ------------------------------------------------------------ life ----

    def submits(self, samples: int = 1) -> str:
        """Ask for pictures, by an idempotency key that is always the same. The request's id."""
        answer = self._api.invoke(self._submit(samples))
        assert answer["statusCode"] == 200, answer
        return str(json.loads(answer["body"])["request_id"])

    def message(self) -> dict[str, Any]:
        """The event that hands the worker the only message in the queue that is about the caller's requests."""
        (message,) = self._messages()
        return message

    def delivers(self) -> None:
        """Let the worker have what the queue holds."""
        for message in self._messages():
            self._worker.invoke(message)

    def sweeps(self) -> dict[str, int]:
        """What the sweeper did, by kind of care, when every open request of the caller's had become due.

        For that the bounds of these are moved back in the table: a claim lasts for minutes.
        """
        for request in self.requests():
            if request.is_open:
                self.around.make_due(request)
        told = self._sweeper.invoke(self._event("sweeper"))
        assert told["troubled"] == 0, told
        return {care: count for care, count in told["done"].items() if count}

    # ---------------------------------------------------------- deaths ----

    def kills_api(self, operation: str, moment: Moment, samples: int = 1) -> None:
        """Kill the API function in the middle of a submit: at its first such call to AWS."""
        with self.around.holding(Hold("ApiFunction", operation, self.account, moment=moment)) as wait_until_held:
            _kill(self._api, self._submit(samples), wait_until_held)

    def kills_worker(self, about: str, operation: str, moment: Moment, nth: int = 1) -> None:
        """Kill the worker, which gets the caller's message, at its `nth` such call to AWS that mentions `about`."""
        with self.around.holding(Hold("WorkerFunction", operation, about, nth, moment)) as wait_until_held:
            _kill(self._worker, self.message(), wait_until_held)

    def kills_worker_while_segmind_works(self) -> None:
        """Kill the worker when Segmind has billed a picture and has not answered yet."""
        with self.around.segmind_taking(latency_s=5):
            _kill(self._worker, self.message(), self._wait_until_billed)

    def kills_sweeper(self, request_id: str, operation: str, moment: Moment) -> None:
        """Kill the sweeper at its first such call to AWS for this request, which has become due."""
        self.around.make_due(self.request(request_id))
        with self.around.holding(Hold("SweeperFunction", operation, request_id, moment=moment)) as wait_until_held:
            _kill(self._sweeper, self._event("sweeper"), wait_until_held)

    # ---------------------------------------------------------- what is ----

    def request(self, request_id: str) -> GenerationRequest:
        request = self.around.requests.get(request_id)
        assert request is not None
        return request

    def requests(self) -> list[GenerationRequest]:
        return [self.request(request_id) for request_id in self.around.requests.ids_of(self.account)]

    def balance(self) -> int:
        account = self.around.accounts.get(self.account)
        assert account is not None
        return account.balance_micros

    def billed(self) -> dict[int, int]:
        """How often Segmind was paid for each picture that it was paid for, by index."""
        return {seed - SEED: count for seed, count in self.around.billed_by_seed(self.prompt).items()}

    def ends_with(self, request_id: str, delivered: int) -> GenerationRequest:
        """Let things run to their end, and see that all is as it must be with the caller's only request.

        Last of all, every message comes once more, as one comes that no living worker has acknowledged.
        """
        for _ in range(MOST_ROUNDS):
            self.delivers()
            if not self.request(request_id).is_open:
                break
            self.sweeps()
        assert not self.request(request_id).is_open
        for message in self._received:
            self._worker.invoke(message)
        assert self.sweeps() == {}

        (request,) = self.requests()
        assert request.id == request_id
        assert request_id not in set(self.around.requests.due(datetime.now(UTC) + AN_HOUR))
        assert len(request.images) == delivered
        assert self.around.pictures.stored(request_id) == list(request.images)
        assert set(self.billed().values()) <= {1}
        assert self.balance() == CREDITS_MICROS - delivered * PRICE_MICROS
        entries = self.around.ledger.entries(self.account, None, None)
        assert sum(entry.amount_micros for entry in entries) == self.balance()
        return request

    def _submit(self, samples: int) -> dict[str, Any]:
        event = self._event("submit")
        event["headers"] |= {"x-api-key": self._key, "idempotency-key": self.account}
        wanted = {"prompt": self.prompt, "seed": SEED, "samples": samples, "img_width": 512, "img_height": 512}
        return event | {"body": json.dumps(wanted)}

    def _messages(self) -> list[dict[str, Any]]:
        own = {request.id for request in self.requests()}
        messages = [each for each in self.around.received() if own & set(_named(each))]
        self._received += messages
        return messages

    def _wait_until_billed(self) -> None:
        give_up_at = monotonic() + BILLED_WITHIN_S
        while not self.billed():
            assert monotonic() < give_up_at, "Segmind was not asked"
            sleep(0.01)


def _named(message: dict[str, Any]) -> list[str]:
    return [json.loads(record["body"]).get("request_id") for record in message["Records"]]


def _kill(function: EmulatedFunction, event: dict[str, Any], wait_until_there: Callable[[], None]) -> None:
    """Call the function, kill it as soon as it is there, and start it anew."""
    with ThreadPoolExecutor(1) as caller:
        call = caller.submit(function.invoke, event)
        try:
            wait_until_there()
        finally:
            function.kill()
            function.start()
    assert isinstance(call.exception(), httpx.TransportError | FunctionError)
