"""The queue's event source: what it delivers, how much at once, and what becomes of the message."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local.events import QueuePoller, Timer, scheduled_event
from local.functions import Invocation
from local.stack import QueueSource, Schedule

SOURCE = QueueSource("WorkerFunction", "queue-url", "arn:aws:sqs:us-east-1:123456789012:q", 1, 2)
DONE = Invocation("1", result=None)
FAILED = Invocation("1", error={"errorType": "Sandbox.Timedout"})


class FakeQueue:
    """As much of an SQS client as the poller uses. Messages are handed out once; deleted ones are noted."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.deleted: list[str] = []
        self._lock = threading.Lock()

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        with self._lock:
            bodies, self.waiting = self.waiting[:MaxNumberOfMessages], self.waiting[MaxNumberOfMessages:]
        messages = [{"MessageId": body, "ReceiptHandle": f"handle-{body}", "Body": body} for body in bodies]
        return {"Messages": messages} if messages else {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self.deleted.append(ReceiptHandle)


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def poll(queue: FakeQueue) -> Iterator[Callable[..., QueuePoller]]:
    pollers = []

    def start(invoke: Callable[[Any], Invocation], period_s: float = 60) -> QueuePoller:
        clients: Any = SimpleNamespace(sqs=queue)
        pollers.append(QueuePoller(SOURCE, clients, invoke, period_s))
        pollers[-1].start()
        return pollers[-1]

    yield start
    for poller in pollers:
        poller.stop()


def test_a_message_that_was_worked_off_is_deleted(queue: FakeQueue, poll: Callable[..., QueuePoller]) -> None:
    events: list[Any] = []

    def invoke(event: Any) -> Invocation:
        events.append(event)
        return DONE

    queue.waiting = ["a"]
    poll(invoke)

    assert eventually(lambda: queue.deleted == ["handle-a"])
    assert [record["body"] for event in events for record in event["Records"]] == ["a"]


@pytest.mark.parametrize("failure", [FAILED, RuntimeError("no process to be had")])
def test_a_message_that_failed_stays(queue: FakeQueue, poll: Callable[..., QueuePoller], failure: Any) -> None:
    called = threading.Event()

    def invoke(_: Any) -> Invocation:
        called.set()
        if isinstance(failure, Exception):
            raise failure
        return FAILED

    queue.waiting = ["a"]
    poller = poll(invoke)
    assert called.wait(5)
    poller.stop()

    assert queue.deleted == []


def test_a_new_message_is_fetched_when_it_is_told_of(queue: FakeQueue, poll: Callable[..., QueuePoller]) -> None:
    poller = poll(lambda _: DONE, period_s=60)
    queue.waiting.append("late")
    poller.wake()

    assert eventually(lambda: queue.deleted == ["handle-late"])


def test_no_more_are_worked_on_at_once_than_the_event_source_allows(
    queue: FakeQueue, poll: Callable[..., QueuePoller]
) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def invoke(_: Any) -> Invocation:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return DONE

    queue.waiting = list("abcdefgh")
    poll(invoke)

    assert eventually(lambda: len(queue.deleted) == 8)
    assert most == SOURCE.maximum_concurrency


def test_a_poller_whose_workers_are_all_busy_stops_without_them(
    queue: FakeQueue, poll: Callable[..., QueuePoller]
) -> None:
    begun, end = threading.Semaphore(0), threading.Event()

    def invoke(_: Any) -> Invocation:
        begun.release()
        end.wait(10)
        return DONE

    queue.waiting = list("ab")
    poller = poll(invoke)
    assert all(begun.acquire(timeout=5) for _ in "ab")
    time.sleep(0.05)  # now it waits for one that is free
    stopping = threading.Thread(target=poller.stop)
    stopping.start()
    stopping.join(5)
    stopped_while_busy = not stopping.is_alive()
    end.set()

    assert stopped_while_busy


def test_a_schedule_calls_its_function_again_and_again() -> None:
    calls: list[Any] = []
    timer = Timer(Schedule("SweeperFunction", "rule", 0.01), lambda event: calls.append(event) or FAILED)  # type: ignore[func-returns-value]
    timer.start()

    assert eventually(lambda: len(calls) >= 3)
    timer.stop()


def test_a_scheduled_event_is_eventbridges() -> None:
    event = scheduled_event("Sweep", datetime(2026, 11, 22, 14, tzinfo=UTC))

    assert (event["source"], event["time"]) == ("aws.events", "2026-11-22T14:00:00Z")
    assert event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/Sweep"]


def eventually(look: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not look() and time.monotonic() < deadline:
        time.sleep(0.005)
    return look()
