"""What calls functions without anyone asking: the queue's messages and the schedule, as Lambda's event sources do."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.clients import Clients
from local.functions import Invocation
from local.intrinsics import ACCOUNT_ID, REGION
from local.stack import QueueSource, Schedule

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_logger = logging.getLogger(__name__)
Invoke = Callable[[Any], Invocation]


class QueuePoller:
    """Hands a queue's messages to a function, as many at once as the event source's MaximumConcurrency.

    A message is deleted when its invocation succeeded. When it failed it stays, and comes back when its visibility
    timeout has passed. `wake` says that a message has come; delayed and returning ones are looked for every second.
    """

    def __init__(self, source: QueueSource, clients: Clients, invoke: Invoke, period_s: float = 1.0) -> None:
        self._source = source
        self._clients = clients
        self._invoke = invoke
        self._period_s = period_s
        self._free = threading.Semaphore(source.maximum_concurrency)
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._workers = ThreadPoolExecutor(source.maximum_concurrency, thread_name_prefix=source.function)
        self._thread = threading.Thread(target=self._run, name=f"poll-{source.function}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._something.set()

    def stop(self) -> None:
        """Take no more messages. Those being worked on are not waited for."""
        self._stopping.set()
        self._something.set()
        self._free.release()  # it may wait for a free worker, and is not to wait for a busy one
        self._thread.join()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while True:
            self._free.acquire()
            self._something.clear()
            if self._stopping.is_set():
                return
            try:
                messages = self._receive()
            except Exception:
                _logger.exception("cannot receive from %s", self._source.queue_url)
                messages = []
            if messages:
                self._workers.submit(self._work, messages)
                continue
            self._free.release()
            self._something.wait(self._period_s)

    def _receive(self) -> list[MessageTypeDef]:
        answer = self._clients.sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=min(self._source.batch_size, 10),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _work(self, messages: list[MessageTypeDef]) -> None:
        try:
            outcome = self._invoke({"Records": [sqs_record(message, self._source.queue_arn) for message in messages]})
            if outcome.error:
                return
            for message in messages:
                self._clients.sqs.delete_message(
                    QueueUrl=self._source.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        except Exception:
            if not self._stopping.is_set():
                _logger.exception("%s: its messages stay in the queue", self._source.function)
        finally:
            self._free.release()
            self._something.set()


class Timer:
    """Calls a scheduled function every period, the first time one period after the start; never two at once."""

    def __init__(self, schedule: Schedule, invoke: Invoke) -> None:
        self._schedule = schedule
        self._invoke = invoke
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"timer-{schedule.function}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._schedule.period_s):
            try:
                self._invoke(scheduled_event(self._schedule.rule, datetime.now(UTC)))
            except Exception:
                _logger.exception("%s", self._schedule.function)


def sqs_record(message: MessageTypeDef, queue_arn: str) -> dict[str, Any]:
    """A received message in the form that Lambda's event source hands to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: {
                "stringValue": attribute.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": attribute["DataType"],
            }
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def scheduled_event(rule: str, now: datetime) -> dict[str, Any]:
    """What EventBridge sends when a schedule's time has come."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{rule}"],
        "detail": {},
    }
