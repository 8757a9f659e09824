"""The functions, each measured call by call, with the template's stack around them and the emulator as Segmind."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from local.aws import LocalAws
from local.emulator.server import SegmindEmulator
from local.events import sqs_record
from local.functions import FunctionPool, Invocation
from local.http_api import proxy_event
from local.messages import Request
from local.permissions import roles
from local.seed import DEMO_KEY, seed
from local.stack import Stack, create_stack
from local.template import load_template
from sasha.adapters.dynamodb.accounts import DynamoDBProviderStates
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.core.breaker import change

PROMPT = "a red fox in the snow"
SUBMIT_PATH = "/v2/BigDug-Sasha"
HOST = "api.example"
# At the lowest price, the demo account's credits last for any number of rounds; and nobody is too fast.
PARAMETERS = {"PriceMicrosPerImage": "1", "SegmindPriceMicrosPerImage": "1", "RequestsPerMinute": "10000"}


@dataclass(frozen=True)
class Call:
    """One call of a function: its answer, and what it cost (see meter.py)."""

    answer: Any
    cpu_ms: float
    calls: tuple[str, ...]
    bytes: int
    peak_bytes: int
    loop_ms: float = 0.0
    held_bytes: int = 0

    @property
    def body(self) -> Any:
        """Of an API's answer, which must be no error."""
        assert self.answer["statusCode"] < 400, self.answer
        return json.loads(self.answer["body"])


@dataclass(frozen=True)
class Workplace:
    """The stack and its functions' processes. Functions are called as Lambda's Invoke API is, past any gateway."""

    segmind: SegmindEmulator
    aws: LocalAws
    stack: Stack
    logs: Path
    on_message: list[Callable[[], None]]  # what is to be called when a message has come into the queue

    def pool(self, name: str, handler: str, at_once: int = 1) -> FunctionPool:
        """Processes of a function of the template, with a handler of the benchmark's."""
        function = replace(self.stack.functions[name], handler=f"tests.benchmark.{handler}")
        return FunctionPool(function, self.aws.url, at_once, self.logs / f"{name}.log")

    @cached_property
    def requests(self) -> DynamoDBRequests:
        return DynamoDBRequests(self._table, lambda: datetime.now(UTC))

    @cached_property
    def _table(self) -> Table:
        return Table(self.aws.clients.dynamodb, self.stack.table_name)

    def open_to_all(self) -> None:
        """As after a deploy with a key, and a first look at it."""
        change(DynamoDBProviderStates(self._table), lambda state: state.keyed(True))

    def message(self, request_id: str) -> dict[str, Any]:
        """The event that hands the worker a request."""
        body = json.dumps({"request_id": request_id})
        return {"Records": [sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": body}, self._queue_arn)]}

    @property
    def _queue_arn(self) -> str:
        return self.stack.queue_sources[0].queue_arn


@contextmanager
def workplace(latency_s: float = 0.0, **parameters: str) -> Iterator[Workplace]:
    """A whole one, until the block ends; `parameters` are the template's."""
    with ExitStack() as ending:
        logs = Path(ending.enter_context(TemporaryDirectory()))
        segmind = ending.enter_context(SegmindEmulator(latency_s=latency_s, price_micros=0))
        on_message: list[Callable[[], None]] = []

        def wake() -> None:
            for each in on_message:
                each()

        aws = ending.enter_context(LocalAws(on_message=wake))
        # moto keeps one state per process, and the next place is to find none.
        ending.callback(lambda: httpx.post(f"{aws.url}/moto-api/reset", trust_env=False).raise_for_status())
        overrides = {"SegmindUrl": segmind.url, "SegmindApiKey": segmind.api_key, **PARAMETERS, **parameters}
        stack = create_stack(load_template(), aws.clients, overrides)
        for function, role in roles(stack).items():
            aws.admit(function, role)
        seed(stack, aws.clients)
        place = Workplace(segmind, aws, stack, logs, on_message)
        place.open_to_all()
        yield place


def call(pool: FunctionPool, event: Any) -> Call:
    """Call a measured function."""
    return made(pool.invoke(event))


def made(outcome: Invocation) -> Call:
    """What came of it, which must be no error."""
    assert outcome.error is None, outcome.error
    return Call(**{**outcome.result, "calls": tuple(outcome.result["calls"])})


def submit(**parameters: Any) -> dict[str, Any]:
    """API Gateway's event for a request of the demo account, always for the same pictures if not told otherwise."""
    body = json.dumps({"prompt": PROMPT, "seed": 42, "img_width": 512, "img_height": 512, **parameters})
    headers = {"content-type": "application/json", "x-api-key": DEMO_KEY}
    return proxy_event(Request("POST", SUBMIT_PATH, headers=headers, body=body.encode()), HOST, time.time())


def read(path: str, **headers: str) -> dict[str, Any]:
    """API Gateway's event for a GET of the demo account."""
    return proxy_event(Request("GET", path, headers={"x-api-key": DEMO_KEY, **headers}), HOST, time.time())
