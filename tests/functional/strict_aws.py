"""moto, made as strict as AWS where the gateway depends on it, and as quarrelsome as a test asks.

A handler on botocore's own `before-send` event, in the place of moto's: one call at a time per service (moto's DynamoDB
is not atomic under threads), tokens that mean what they mean in DynamoDB, conflicts, lost answers and deaths on demand
or at random, and a record of every call and every message.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

SERVICES = ("cloudformation", "cloudfront", "dynamodb", "s3", "secrets-manager", "sqs")
MAX_TRANSACTION_ITEMS = 100
# Who meets no more conflicts than this in a row does not give up (adapters/dynamodb/table.py tries ten times), and who
# loses no more answers than this still hears one (botocore tries three times).
CONFLICTS_IN_A_ROW = 6
LOST_IN_A_ROW = 2


class Died(BaseException):
    """The process is dead: nothing catches this."""


@dataclass
class StrictAWS:
    """What happened, and what shall happen next."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    calls: list[tuple[str, str]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    dead: bool = False
    # Transactions that really failed by a condition; injected conflicts are not among them.
    refused_transactions: int = 0
    # How many calls have met a disturbance that a test asked for by name.
    disturbed: int = 0
    _before: dict[str, Callable[[AWSRequest], AWSResponse | None]] = field(default_factory=dict)
    _afterwards: dict[str, Callable[[AWSRequest], None]] = field(default_factory=dict)
    _remember_tokens: bool = True
    _locks: dict[str, threading.RLock] = field(default_factory=lambda: defaultdict(threading.RLock))
    _tokens: dict[str, tuple[str, AWSResponse]] = field(default_factory=dict)
    _read: dict[str, AWSResponse] = field(default_factory=dict)

    def watch(self, session: boto3.Session) -> None:
        """Take moto's place for every client that the session makes from now on."""
        # botocore asks every handler of an event, so that moto's own would carry out each call a second time.
        session.events.unregister("before-send", botocore_stubber)
        session.events.register("before-send", self._send)
        for service in SERVICES:  # botocore asks those who wait for one service's answers before those who wait for all
            session.events.register_first(f"needs-retry.{service}", at_once)

    def reset(self) -> None:
        self.calls.clear()
        self.refused_transactions = 0
        self.disturbed = 0
        self.messages.clear()
        self._tokens.clear()
        self._read.clear()
        self.recover()

    def recover(self) -> None:
        """From here on everything works; who died is followed by another."""
        self.dead = False
        self._before.clear()
        self._afterwards.clear()
        self._remember_tokens = True

    @property
    def is_disturbed(self) -> bool:
        """Whether anything but the usual may still happen."""
        return bool(self._before or self._afterwards)

    def break_down(
        self, operation: str, code: str = "AccessDeniedException", times: int = 1_000, after: int = 0, status: int = 400
    ) -> None:
        """So many calls of this operation, `after` more of them before, are refused."""
        self._meet(operation, times, lambda request: _error_for(request, status, code, "broken by the test"), after)

    def time_out(self, operation: str, times: int, after: int = 0) -> None:
        """So many calls of this operation, `after` more of them before, are not carried out and get no answer."""
        self._meet(operation, times, _time_out, after)

    def conflict_times(self, operation: str, times: int, after: int = 0) -> None:
        """So many calls of this operation, `after` more of them before, meet a transaction conflict."""
        transaction = operation == "TransactWriteItems"
        self._meet(operation, times, conflicting_transaction if transaction else conflicting_write, after)

    def do_before(self, operation: str, do: Callable[[], object]) -> None:
        """Something else happens just before the next call of this operation."""

        def once(_: AWSRequest) -> None:
            self._before.pop(operation)
            do()

        self._before[operation] = once

    def die_at(self, operation: str, after: int = 0) -> None:
        """The process dies when it makes this call, `after` more of them before; nothing works until `recover`."""
        left = iter(range(after))

        def die(_: AWSRequest) -> None:
            if next(left, None) is None:
                self.dead = True
                raise Died(operation)

        self._before[operation] = die

    def lose_answer_of(self, operation: str, times: int = 1, after: int = 0) -> None:
        """So many calls of this operation, `after` more of them before, are carried out and their answers lost."""
        turns = iter([False] * after + [True] * times)

        def lose(request: AWSRequest) -> None:
            if next(turns, False):
                self.disturbed += 1
                _lose_answer(request)

        self._afterwards[operation] = lose

    def die_after(self, operation: str, after: int = 0) -> None:
        """The process dies when this call is carried out, `after` more of them before, and hears no answer."""
        left = iter(range(after))

        def die(_: AWSRequest) -> None:
            if next(left, None) is None:
                self.dead = True
                raise Died(operation)

        self._afterwards[operation] = die

    def conflict_at_random(self, share: float, seed: int) -> None:
        """This share of all transactions meets a conflict, but nobody so often in a row as to give up."""
        random = Random(seed)
        chance = _Chance(share, random, CONFLICTS_IN_A_ROW)
        self._before["TransactWriteItems"] = lambda request: _conflict_somewhere(request, random) if chance() else None

    def lose_answers_at_random(self, share: float, seed: int) -> None:
        """This share of all transactions is carried out and its answer lost, but nobody's again and again."""
        chance = _Chance(share, Random(seed), LOST_IN_A_ROW)
        self._afterwards["TransactWriteItems"] = lambda request: _lose_answer(request) if chance() else None

    def forget_tokens(self) -> None:
        """Every transaction is a new one, as after the ten minutes that a token lives."""
        self._remember_tokens = False

    def _meet(self, operation: str, times: int, answer: Callable[[AWSRequest], AWSResponse], after: int = 0) -> None:
        turns = iter([False] * after + [True] * times)

        def meet(request: AWSRequest) -> AWSResponse | None:
            if not next(turns, False):
                return None
            self.disturbed += 1
            return answer(request)

        self._before[operation] = meet

    def count(self, *services: str) -> int:
        """How many calls were made, to these services or to all."""
        return sum(1 for service, _ in self.calls if not services or service in services)

    def _send(self, event_name: str, request: AWSRequest, **_: Any) -> AWSResponse:
        service, operation = event_name.split(".")[1:3]
        with self._locks[service]:
            self.calls.append((service, operation))
            if self.dead:
                raise Died(operation)
            _check_read(operation, request)
            injected = self._before.get(operation, lambda _: None)(request)
            if injected is not None:
                return injected
            if operation == "TransactWriteItems":
                answer = self._transact(event_name, request)
            else:
                answer = botocore_stubber(event_name=event_name, request=request)
            if operation == "GetItem" and not json.loads(request.body)["ConsistentRead"]:
                answer = self._of_a_while_ago(request, answer)
            if operation == "SendMessage" and answer.status_code == 200:
                self.messages.append(json.loads(request.body) | {"sent_at": self.now()})
            self._afterwards.get(operation, lambda _: None)(request)
            return answer

    def _of_a_while_ago(self, request: AWSRequest, answer: AWSResponse) -> AWSResponse:
        """What the last such read of this item should have told: each is one behind, and the first finds nothing."""
        key = str(request.body)
        nothing = AWSResponse(request.url, 200, {**answer.headers}, MockRawResponse(b"{}"))
        known, self._read[key] = self._read.get(key, nothing), answer
        return known

    def _transact(self, event_name: str, request: AWSRequest) -> AWSResponse:
        payload = json.loads(request.body)
        token = payload.get("ClientRequestToken")
        assert token, "a transaction without a token is not safe to repeat"
        body = json.dumps(payload["TransactItems"], sort_keys=True)
        if token in self._tokens and self._remember_tokens:
            known, answer = self._tokens[token]
            if known != body:
                return error(400, "IdempotentParameterMismatchException", "same token, other payload")
            return answer
        _check_items(payload["TransactItems"])
        answer = botocore_stubber(event_name=event_name, request=request)
        if answer.status_code == 200:
            self._tokens[token] = (body, answer)
        else:
            self.refused_transactions += 1
        return answer


@dataclass
class _Chance:
    """Comes up at random, for one thread never more than so often in a row."""

    share: float
    random: Random
    most_in_a_row: int
    in_a_row: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def __call__(self) -> bool:
        thread = threading.get_ident()
        comes_up = self.random.random() < self.share and self.in_a_row[thread] < self.most_in_a_row
        self.in_a_row[thread] = self.in_a_row[thread] + 1 if comes_up else 0
        return comes_up


def at_once(
    attempts: int,
    caught_exception: Exception | None,
    request_dict: dict[str, Any],
    response: tuple[AWSResponse, Any] | None,
    **_: Any,
) -> float | None:
    """How long botocore waits before it repeats a call that a test has disturbed: else up to some seconds."""
    most: int = request_dict["context"]["client_config"].retries["total_max_attempts"]
    is_passing = isinstance(caught_exception, ReadTimeoutError) or (response and response[0].status_code == 503)
    return 0.0 if is_passing and attempts < most else None


def error(status: int, code: str, message: str, **more: Any) -> AWSResponse:
    """An error answer of an AWS JSON service."""
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": message, **more}).encode()
    headers = {"x-amzn-errortype": code, "content-type": "application/x-amz-json-1.0"}
    return AWSResponse("https://aws.test", status, headers, MockRawResponse(body))


def _error_for(request: AWSRequest, status: int, code: str, message: str) -> AWSResponse:
    """The error in the language of the service: a JSON service names its operation in a header."""
    if "X-Amz-Target" in request.headers:
        return error(status, code, message)
    told = f"<Code>{code}</Code><Message>{message}</Message>"
    # S3's errors stand alone; those of the others are wrapped.
    is_s3 = ".s3." in request.url or "//s3." in request.url
    body = f"<Error>{told}</Error>" if is_s3 else f"<ErrorResponse><Error>{told}</Error></ErrorResponse>"
    return AWSResponse(request.url, status, {"content-type": "application/xml"}, MockRawResponse(body.encode()))


def _time_out(request: AWSRequest) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=request.url)


def conflicting_write(_: AWSRequest) -> AWSResponse:
    """What a plain write meets while a transaction holds the item."""
    return error(400, "TransactionConflictException", "Transaction is ongoing for the item")


def conflicting_transaction(request: AWSRequest) -> AWSResponse:
    """What a transaction meets: reasons by position, and mixed: the conflict may be why a condition seems to fail."""
    items = json.loads(request.body)["TransactItems"]
    reasons = [{"Code": "None"} for _ in items]
    reasons[-1] = {"Code": "TransactionConflict"}
    # A put's condition that fails tells the item that is there; an update's may have found none.
    for n in [n for n, item in enumerate(items[:-1]) if "Update" in item][:1]:
        reasons[n] = {"Code": "ConditionalCheckFailed"}
    return error(400, "TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons)


def _conflict_somewhere(request: AWSRequest, random: Random) -> AWSResponse:
    """The same with the conflict at any position, and at times an update beside it that seems not to fit."""
    items = json.loads(request.body)["TransactItems"]
    reasons = [{"Code": "None"} for _ in items]
    # A put's condition that fails tells the item that is there; an update's may have found none.
    updates = [n for n, item in enumerate(items) if "Update" in item]
    if updates and random.random() < 0.5:
        reasons[random.choice(updates)] = {"Code": "ConditionalCheckFailed"}
    reasons[random.randrange(len(items))] = {"Code": "TransactionConflict"}
    return error(400, "TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons)


def _lose_answer(request: AWSRequest) -> None:
    raise ReadTimeoutError(endpoint_url=request.url or "")


def _check_read(operation: str, request: AWSRequest) -> None:
    """moto always reads what was written last; DynamoDB does so only where it is asked to."""
    if operation == "GetItem":
        assert "ConsistentRead" in json.loads(request.body), "say whether it may be an item of a while ago"
    elif operation == "BatchGetItem":
        tables = json.loads(request.body)["RequestItems"].values()
        assert all(table.get("ConsistentRead") for table in tables), "items as they were a while ago"


def _check_items(items: list[dict[str, Any]]) -> None:
    """What DynamoDB refuses and moto lets pass."""
    assert len(items) <= MAX_TRANSACTION_ITEMS
    keys = []
    for item in items:
        (call,) = item.values()
        key = call.get("Key") or {name: call["Item"][name] for name in ("pk", "sk")}
        keys.append(json.dumps(key, sort_keys=True))
    assert len(set(keys)) == len(keys), "one transaction touches an item twice"
