"""What the functions call: AWS, made from the built template and seeded, and Segmind, in a process of its own.

moto keeps one state per process, and pytest's is the functional tests'. `python -m tests.runtime.surroundings TEMPLATE`
prints one line of JSON when all is ready, and runs until it is ended.
"""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from local.clients import Clients
from local.emulator.server import SegmindEmulator
from local.events import sqs_record
from local.functions import ROOT
from local.permissions import Deed, roles
from local.seed import seed
from local.stack import LambdaFunction, create_stack
from local.template import load_template
from sasha.adapters.dynamodb.accounts import DynamoDBAccounts, DynamoDBProviderStates
from sasha.adapters.dynamodb.ledger import DynamoDBLedger
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table, to_item
from sasha.adapters.s3 import S3Pictures
from sasha.core.request import GenerationRequest
from sasha.core.timing import iso
from tests.runtime.holds import CONTROL_PATH, HELD_WITHIN_S, Hold, HoldingAws
from tests.runtime.leash import leashed
from tests.runtime.observed import DEEDS_PATH, REFUSALS_PATH, STATUS_PATH, Grant, Refusal


@dataclass(frozen=True)
class Surroundings:
    """Where it all is, and a look into it past the functions."""

    aws_endpoint_url: str
    segmind_url: str
    segmind_key: str
    functions: dict[str, LambdaFunction]
    table_name: str
    queue_url: str
    queue_arn: str
    outputs_bucket: str
    grants: dict[str, list[Grant]]  # by function

    @cached_property
    def requests(self) -> DynamoDBRequests:
        return DynamoDBRequests(self._table, _now)

    @cached_property
    def states(self) -> DynamoDBProviderStates:
        return DynamoDBProviderStates(self._table)

    @cached_property
    def pictures(self) -> S3Pictures:
        return S3Pictures(self._clients.s3, self.outputs_bucket, 60, _now, lambda: None)

    @cached_property
    def accounts(self) -> DynamoDBAccounts:
        return DynamoDBAccounts(self._table)

    @cached_property
    def gateway_secret(self) -> str:
        """What CloudFront sends to the API."""
        secret_id = self.functions["ApiFunction"].environment["GATEWAY_SECRET_ID"]
        secret = self._clients.secretsmanager.get_secret_value(SecretId=secret_id)
        return str(json.loads(secret["SecretString"])["origin"])

    def leave(self, request_id: str, index: int, content: bytes) -> None:
        """Put something into the bucket that no worker has put there."""
        key = f"outputs/{request_id}/{index}"
        self._clients.s3.put_object(Bucket=self.outputs_bucket, Key=key, Body=content)

    def spoil(self, pk: str, sk: str, attribute: str, value: str | int) -> None:
        """Write over one attribute of an item, behind the functions' backs."""
        self._table.update(
            {
                "Key": to_item({"pk": pk, "sk": sk}),
                "UpdateExpression": "SET #attribute = :value",
                "ExpressionAttributeNames": {"#attribute": attribute},
                "ExpressionAttributeValues": to_item({":value": value}),
            }
        )

    @cached_property
    def ledger(self) -> DynamoDBLedger:
        return DynamoDBLedger(self._table)

    def billed(self, prompt: str) -> int:
        """How often Segmind took money for this prompt."""
        return self.billed_by_seed(prompt).total()

    def billed_by_seed(self, prompt: str) -> Counter[int]:
        """The same for each picture."""
        ledger = httpx.get(f"{self.segmind_url}/_emulator/ledger", trust_env=False).raise_for_status().json()
        return Counter(line["seed"] for line in ledger if line["prompt"] == prompt)

    def make_due(self, request: GenerationRequest) -> None:
        """Move an open request's bounds back to where they would be if so much time had passed that it is due."""
        assert request.due_at is not None
        passed = max(request.due_at - _now() + timedelta(seconds=1), timedelta())
        bounds = {name: getattr(request, name) for name in ("due_at", "not_before", "claimed_until", "give_up_at")}
        moved = {name: iso(at - passed) for name, at in bounds.items() if at is not None}
        self._table.update(
            {
                "Key": to_item({"pk": f"REQUEST#{request.id}", "sk": "REQUEST"}),
                "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in moved),
                "ExpressionAttributeValues": to_item({f":{name}": at for name, at in moved.items()}),
            }
        )

    def received(self) -> list[dict[str, Any]]:
        """What the queue holds, as the events in which it hands each message to the worker. It holds them no more."""
        messages: list[Any] = []
        while True:
            answer = self._clients.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return [{"Records": [sqs_record(message, self.queue_arn)]} for message in messages]
            messages += answer["Messages"]

    def hinted(self) -> list[str]:
        """The ids in what the queue holds. It holds them no more."""
        return [json.loads(event["Records"][0]["body"]).get("request_id") for event in self.received()]

    def segmind_answers_next(self, *faults: dict[str, Any]) -> None:
        """Segmind's next calls meet these faults (see local/emulator/faults.py)."""
        httpx.post(f"{self.segmind_url}/_emulator/faults", json=faults, trust_env=False).raise_for_status()

    @contextmanager
    def segmind_taking(self, latency_s: float) -> Iterator[None]:
        """Every call that Segmind gets in the block takes so long; it is billed at its beginning."""
        self._set_latency(latency_s)
        try:
            yield
        finally:
            self._set_latency(0)

    @contextmanager
    def refusing(self, refusal: Refusal) -> Iterator[None]:
        """In this block AWS refuses a function's call, in words of the test's choosing."""
        url = f"{self.aws_endpoint_url}{REFUSALS_PATH}"
        httpx.post(url, json=asdict(refusal), trust_env=False).raise_for_status()
        yield
        assert httpx.get(url, trust_env=False).json() == 0, f"nobody has met {refusal}"

    def deeds_of(self, function: str) -> list[Deed]:
        """What the function has done so far."""
        told = httpx.get(f"{self.aws_endpoint_url}{DEEDS_PATH}", trust_env=False).raise_for_status().json()
        return [Deed(*deed) for who, *deed in told if who == function]

    def granted_to(self, function: str) -> list[Grant]:
        """What the function's role allows."""
        return [(action, resource) for action, resource in self.grants[function]]

    def stack_is(self, status: str) -> None:
        """CloudFormation says so of the stack from now on."""
        url = f"{self.aws_endpoint_url}{STATUS_PATH}"
        httpx.put(url, content=status, trust_env=False).raise_for_status()

    @contextmanager
    def holding(self, hold: Hold) -> Iterator[Callable[[], None]]:
        """In this block a call to AWS is held; what the block gets waits until it is there."""
        url = f"{self.aws_endpoint_url}{CONTROL_PATH}"

        def wait_until_held() -> None:
            httpx.get(url, timeout=2 * HELD_WITHIN_S, trust_env=False).raise_for_status()

        httpx.put(url, json=asdict(hold), trust_env=False).raise_for_status()
        try:
            yield wait_until_held
        finally:
            httpx.delete(url, trust_env=False).raise_for_status()

    def _set_latency(self, latency_s: float) -> None:
        settings = {"latency_s": latency_s}
        httpx.put(f"{self.segmind_url}/_emulator/settings", json=settings, trust_env=False).raise_for_status()

    @cached_property
    def _clients(self) -> Clients:
        return Clients.local(self.aws_endpoint_url)

    @cached_property
    def _table(self) -> Table:
        return Table(self._clients.dynamodb, self.table_name)


@contextmanager
def surroundings(template: Path) -> Iterator[Surroundings]:
    """All of it, until the block ends."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", __spec__.name, str(template)]
    with leashed(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, "AWS and Segmind did not start"
        where = json.loads(told)
        functions = {name: LambdaFunction(**function) for name, function in where.pop("functions").items()}
        yield Surroundings(**where, functions=functions)


def serve(template: Path) -> None:
    with SegmindEmulator(picture_style="plain") as segmind, HoldingAws() as aws:
        overrides = {
            "SegmindUrl": segmind.url,
            "SegmindApiKey": segmind.api_key,
            "BlockedTerms": "purple elephant",
            "LogLevel": "DEBUG",
        }
        stack = create_stack(load_template(template), aws.clients, overrides)
        for function, role in roles(stack).items():
            aws.admit(function, role)
        seed(stack, aws.clients)
        where = Surroundings(
            aws_endpoint_url=aws.url,
            segmind_url=segmind.url,
            segmind_key=segmind.api_key,
            functions=dict(stack.functions),
            table_name=stack.table_name,
            queue_url=stack.queue_url,
            queue_arn=stack.queue_sources[0].queue_arn,
            outputs_bucket=stack.outputs_bucket,
            grants={function: list(role.grants()) for function, role in roles(stack).items()},
        )
        sys.stdout.write(json.dumps(asdict(where)) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
