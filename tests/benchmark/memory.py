"""Row "memory": the peak memory of a worker's process that makes 4 pictures of 2 MB at once."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from local.aws import LocalAws
from local.clients import Clients
from local.emulator.faults import Fault
from local.emulator.server import SegmindEmulator
from local.events import sqs_record
from local.functions import FunctionPool
from local.permissions import roles
from local.seed import DEMO_ACCOUNT, seed
from local.stack import Stack, create_stack
from local.template import load_template
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.core.parameters import GenerationParameters
from sasha.core.request import GenerationRequest
from tests.benchmark.row import Goal, Row, Series, in_turn

PICTURE_BYTES = 2_000_000
# Lambda keeps a process for the next request, and a process does not give all its memory back in between.
REQUESTS_IN_A_ROW = 5
# Longer than the emulator's work, so that a request's pictures arrive at the same time.
SECONDS_PER_PICTURE = 0.5
LAMBDA_MB = 1024 * 1024


def memory(rounds: int) -> list[Row]:
    """Peak resident MB, as Lambda counts them, with 4 pictures, beside 1 (issue 2: at most 256)."""
    with ExitStack() as ending:
        workplace = Workplace.open(ending)
        baseline, value = in_turn(rounds, partial(workplace.peak_mb, 1), partial(workplace.peak_mb, 4))
    return [
        Row(
            name="memory",
            unit="MB",
            value=Series("worker, 4 pictures of 2 MB", value),
            baseline=Series("1 picture", baseline),
            goal=Goal(256, of="value"),
        )
    ]


@dataclass(frozen=True)
class Workplace:
    """What a worker's process works with: the template's stack, and the emulator in place of Segmind."""

    segmind: SegmindEmulator
    aws: LocalAws
    stack: Stack
    logs: Path

    @classmethod
    def open(cls, ending: ExitStack) -> "Workplace":
        """Until `ending` ends."""
        logs = Path(ending.enter_context(TemporaryDirectory()))
        segmind = ending.enter_context(SegmindEmulator(latency_s=SECONDS_PER_PICTURE, price_micros=0))
        aws = ending.enter_context(LocalAws())
        # At the lowest price, the demo account's credits last for any number of rounds.
        overrides = {"SegmindUrl": segmind.url, "SegmindApiKey": segmind.api_key, "PriceMicrosPerImage": "1"}
        stack = create_stack(load_template(), aws.clients, overrides)
        for function, role in roles(stack).items():
            aws.admit(function, role)
        seed(stack, aws.clients)
        return cls(segmind, aws, stack, logs)

    def peak_mb(self, pictures: int) -> float:
        """The most that a new process of the worker has in memory during some requests for so many pictures each."""
        source = self.stack.queue_sources[0]
        worker = replace(self.stack.functions[source.function], handler="tests.benchmark.measured_worker.handler")
        pool = FunctionPool(worker, self.aws.url, maximum=1, log=self.logs / "worker.log")
        try:
            return max(self._serve(pool, source.queue_arn, pictures) for _ in range(REQUESTS_IN_A_ROW)) / LAMBDA_MB
        finally:
            pool.stop()

    def _serve(self, pool: FunctionPool, queue_arn: str, pictures: int) -> int:
        """Have one request worked on. Returns the process's peak so far, in bytes."""
        self.segmind.script(Fault("large", size=PICTURE_BYTES), times=pictures)
        request_id = _queue_request(self.stack, self.aws.clients, pictures)
        hint = json.dumps({"request_id": request_id})
        outcome = pool.invoke(
            {"Records": [sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": hint}, queue_arn)]}
        )
        assert outcome.error is None, outcome.error
        done = _requests(self.stack, self.aws.clients).get(request_id)
        assert done is not None
        assert [image.file_size for image in done.images] == [PICTURE_BYTES] * pictures, done.failures
        return int(outcome.result)


def _queue_request(stack: Stack, clients: Clients, pictures: int) -> str:
    request = GenerationRequest.queued(
        request_id=str(uuid4()),
        account=DEMO_ACCOUNT,
        parameters=GenerationParameters(prompt="a red fox in the snow", seed=42, samples=pictures),
        price_micros=int(stack.functions["ApiFunction"].environment["PRICE_MICROS_PER_IMAGE"]),
        at=datetime.now(UTC),
    )
    _requests(stack, clients).accept(request, (), None)
    return request.id


def _requests(stack: Stack, clients: Clients) -> DynamoDBRequests:
    return DynamoDBRequests(Table(clients.dynamodb, stack.table_name), lambda: datetime.now(UTC))
