"""Living through a cell: a request is made, messages come as SQS pleases, the sweeper every minute, processes die."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest

from local.emulator.pictures import make_picture
from local.emulator.server import SegmindEmulator
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.adapters.secrets import SegmindKey
from sasha.adapters.segmind import Segmind
from sasha.core.ports import Provider, WorkerPorts
from sasha.core.request import GenerationRequest
from sasha.core.sweep import sweep
from sasha.messages import take
from sasha.wiring import AWS_CALLS
from tests.functional import faults
from tests.functional.strict_aws import Died
from tests.functional.world import Answer, World
from tests.guarantees.invariants import Evidence, StoredObject, astray, broken
from tests.guarantees.matrix import Cell, Delivery, Point, Way
from tests.guarantees.matrix_deaths import (
    FaultyProvider,
    MortalRequests,
    MortalSweepersRequests,
    OvertakenRequests,
    Reaper,
)
from tests.guarantees.matrix_memory import TableMemory

BALANCE_MICROS = 1_000_000
FAULTY_SEED = 1_000
BODY = {
    "prompt": "a red fox in the snow",
    "samples": 2,
    "seed": FAULTY_SEED,
    "img_width": 512,
    "img_height": 512,
}
CALLER_REPEATS_AFTER_S = 5
SWEEP_PERIOD_S = 60
# One of these is tried with a stranger's key in each cell, and another one with none.
ROUTES = ("", "/status", "/images/0", "/images/1")
LATE_BY_S = 200
# RequestsQueue.VisibilityTimeout: what nobody acknowledged comes again.
VISIBLE_AGAIN_AFTER_S = 1080
# Far beyond the nine minutes: what is open then stays open.
WATCHED_FOR_S = 15 * 60
CATCHES_UP_WITHIN_S = 2


@dataclass(frozen=True)
class Verdict:
    """What became of a cell: what it broke, in words, whether its process died where it was to, its fault was met."""

    cell: Cell
    died: bool
    met: bool
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """What the cells of a test share."""

    world: World
    memory: TableMemory
    resetting: SegmindEmulator
    urls: Mapping[Way, str]
    logs: pytest.LogCaptureFixture
    caller: str
    stranger: str

    def recover(self) -> None:
        """From here on AWS works."""
        self.world.aws.recover()
        self.memory.answer_reads(self.world.aws)


def run(cell: Cell, stage: Stage) -> Verdict:
    """Live through the cell on an empty stack, then judge it. What it leaves behind is removed."""
    life = Life(cell, stage)
    met = False
    try:
        life.live()
        seen = life.evidence()
        met = seen.has_met_fault
        complaints = tuple(broken(seen))
    except Exception as error:
        complaints = (f"it could not be lived through: {error!r}",)
    finally:
        life.forget()
    return Verdict(cell, life.reaper.has_come, met, complaints)


class Life:
    """One cell's."""

    def __init__(self, cell: Cell, stage: Stage) -> None:
        world = stage.world
        self.cell, self.stage, self.world = cell, stage, world
        self.reaper = Reaper(world.aws, stage.recover, cell.death)
        self.memory = stage.memory
        self.astray_meanwhile: list[str] = []
        self.floods: list[str] = []
        self.answers: list[Answer] = []
        self.sent = 0
        self._waiting: list[tuple[datetime, str]] = []
        self._unacknowledged: list[str] = []
        self._is_submitting = False

        world.aws.reset()
        stage.recover()
        world.segmind.reset()
        stage.logs.clear()
        self._resets_before = len(stage.resetting.calls)
        self.began_at = world.clock.now()
        if cell.fault.scripted_as:
            fault = faults.named(cell.fault.scripted_as, self.began_at, FAULTY_SEED)
            world.segmind.script(fault, times=cell.fault.strikes)
        if cell.fault.beside:
            world.segmind.script(faults.named(cell.fault.beside, self.began_at, FAULTY_SEED + 1))
        self.key = stage.caller
        self.idempotency_key = str(uuid4())

        table = Table(world.session.client("dynamodb", config=AWS_CALLS), world.stack.table_name, world.clock.sleep)
        self._table = table
        self.provider = FaultyProvider(self._by_way(), cell.fault, FAULTY_SEED, self.reaper)
        self.worker = replace(
            world.worker_ports,
            provider=self.provider,
            requests=MortalRequests(table, world.clock.now, self.reaper, self._pass_until_swept),
        )
        self.sweeper = replace(
            world.sweeper_ports, requests=MortalSweepersRequests(table, world.clock.now, self.reaper)
        )

    def live(self) -> None:
        """From the submit until long after the end."""
        self.request_id = self._submit()
        next_sweep = self.began_at + timedelta(seconds=self.cell.sweeps_at_s)
        give_up = self.began_at + timedelta(seconds=WATCHED_FOR_S)
        while (self._waiting or self.memory.has_open_requests()) and self.world.clock.now() < give_up:
            self._pass_until(min([next_sweep, *(at for at, _ in self._waiting)]))
            if self.world.clock.now() >= next_sweep:
                next_sweep += timedelta(seconds=SWEEP_PERIOD_S)
                self._sweep()
            self._deliver_what_is_due()
        self._pass_until(self.began_at + timedelta(seconds=VISIBLE_AGAIN_AFTER_S))
        for body in self._unacknowledged:
            self._work(body)
        self._sweep()

    def _submit(self) -> str:
        """The caller asks, and where no answer comes asks again with the same key."""
        reaper = self.reaper
        reaper.strike_before(Point.SUBMIT_WRITES, "TransactWriteItems")
        reaper.strike_unheard(Point.SUBMIT_WROTE_UNHEARD, "TransactWriteItems")
        reaper.strike_before(Point.SUBMIT_HINTS, "SendMessage")
        self._is_submitting = True
        try:
            answer = self._ask()
        except Died:
            self._bury()
            self._collect()
            self.world.clock.advance(CALLER_REPEATS_AFTER_S)
            answer = self._ask()
        reaper.leave()
        self._collect()
        self._is_submitting = False
        assert answer.status == 200, answer.json
        return str(answer.json["request_id"])

    def _ask(self) -> Answer:
        headers = {"idempotency-key": self.idempotency_key}
        return self._call("POST", "/v2/BigDug-Sasha", BODY, key=self.key, headers=headers)

    def _call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        answer = self.world.call(method, path, body, **more)
        self.answers.append(answer)
        return answer

    # -- the queue

    def _collect(self) -> None:
        """Take over what a process has sent, with the time at which it will be delivered."""
        if len(self.world.aws.messages) > 1:
            self.floods.append(f"one process sent {len(self.world.aws.messages)} messages for one request")
        for message in self.world.aws.messages:
            self.sent += 1
            late = self.cell.delivery is Delivery.LATE
            late |= self.cell.delivery is Delivery.OVERTAKEN and self._is_submitting
            delay_s = message.get("DelaySeconds", 0) + (LATE_BY_S if late else 0)
            if self.cell.delivery is not Delivery.NEVER:
                self._waiting.append((message["sent_at"] + timedelta(seconds=delay_s), message["MessageBody"]))
        self.world.aws.messages.clear()

    def _deliver_what_is_due(self) -> None:
        now = self.world.clock.now()
        due = [body for at, body in self._waiting if at <= now]
        self._waiting = [(at, body) for at, body in self._waiting if at > now]
        for body in due:
            if self.cell.delivery is Delivery.TWICE:
                self._deliver_twice(body)
            else:
                self._work(body)

    def _deliver_twice(self, body: str) -> None:
        turns = iter([True])

        def another_one_works() -> None:
            if next(turns, False):
                self.provider.meanwhile = lambda: self._work_undying(body)
                self._work(body)
                self.provider.meanwhile = None

        overtaken = OvertakenRequests(self._table, self.world.clock.now, another_one_works)
        self._work_undying(body, replace(self.worker, requests=overtaken))
        another_one_works()
        self._work(body)

    def _work(self, body: str) -> None:
        """One delivery. Who dies does not acknowledge it."""
        try:
            take(body, lambda: 180.0, self.worker)
            self.reaper.leave()
        except Died:
            self._unacknowledged.append(body)
            self._bury()
        self._collect()

    def _work_undying(self, body: str, ports: WorkerPorts | None = None) -> None:
        plain = DynamoDBRequests(self._table, self.world.clock.now)
        take(body, lambda: 180.0, ports or replace(self.worker, requests=plain))
        self._collect()

    def _sweep(self) -> None:
        try:
            sweep(lambda: 50.0, self.sweeper)
            self.reaper.leave()
        except Died:
            self._bury()
        self._collect()

    def _bury(self) -> None:
        """Somebody has died: not even now may any credits be astray."""
        self.reaper.bury()
        self.astray_meanwhile += [f"after the death, {what}" for what in astray(self.memory.items())]

    # -- time

    def _pass_until_swept(self) -> None:
        """A minute after the other, until the sweeper has ended what is open."""
        for _ in range(WATCHED_FOR_S // SWEEP_PERIOD_S):
            if self.memory.has_open_requests():
                self.world.clock.advance(SWEEP_PERIOD_S)
                self._sweep()

    def _pass_until(self, then: datetime) -> None:
        seconds = (then - self.world.clock.now()).total_seconds()
        if seconds > 0:
            self.world.clock.advance(seconds)

    def _request(self) -> GenerationRequest:
        return self.world.request(self.request_id)

    # -- afterwards

    def evidence(self) -> Evidence:
        """All that the invariants are judged by."""
        world, request = self.world, self._request()
        self._let_segmind_catch_up()
        sent_by_then = self.sent
        path = f"/v2/requests/{self.request_id}"
        told = {
            "result": self._call("GET", path, key=self.key),
            "status": self._call("GET", f"{path}/status", key=self.key),
            "picture 0": self._call("GET", f"{path}/images/0", key=self.key),
            "picture 1": self._call("GET", f"{path}/images/1", key=self.key),
        }
        shut = {
            "a stranger": self._call("GET", path + self.cell.pick(ROUTES), key=self.stage.stranger),
            "nobody": self._call("GET", path + self.cell.pick(ROUTES[::-1])),
        }
        items = self.memory.items()
        replay = self._ask()
        self._collect()
        return Evidence(
            cell=self.cell,
            died=self.reaper.has_come,
            astray_meanwhile=self.astray_meanwhile,
            floods=self.floods,
            request=request,
            top_up_micros=BALANCE_MICROS,
            seeds=(FAULTY_SEED, FAULTY_SEED + 1),
            asked=dict(self.provider.asked),
            struck=self.provider.struck,
            calls=world.segmind.calls,
            unread_calls=len(self.stage.resetting.calls) - self._resets_before,
            billed=world.segmind.ledger,
            items=items,
            items_after_replay=self.memory.items(),
            objects=self._objects(),
            drawn=self._drawn(request),
            told=told,
            shut=shut,
            replay=replay,
            opens=world.s3_accepts,
            answers=tuple(self.answers),
            logs=self.stage.logs.text,
            sent=sent_by_then,
            sent_after_the_end=self.sent - sent_by_then,
        )

    def _let_segmind_catch_up(self) -> None:
        """Whoever did not wait for an answer may be done before Segmind has read what was asked."""
        give_up_at = monotonic() + CATCHES_UP_WITHIN_S
        while self.cell.fault.runs_out_the_clock and self.provider.struck and monotonic() < give_up_at:
            if any(call.fault for call in self.world.segmind.calls):
                return
            sleep(0.005)

    def _objects(self) -> dict[str, StoredObject]:
        s3, bucket = self.world.clients.s3, self.world.stack.outputs_bucket
        objects = {key: s3.get_object(Bucket=bucket, Key=key) for key in self.world.pictures()}
        return {
            key: StoredObject(one["Body"].read(), {**one["Metadata"], "type": one["ContentType"]})
            for key, one in objects.items()
        }

    def _drawn(self, request: GenerationRequest) -> Sequence[bytes]:
        """What Segmind draws for each picture."""
        assert request.parameters is not None
        alone = request.parameters.model_copy(update={"samples": 1, "base64": False})
        seeds = (FAULTY_SEED, FAULTY_SEED + 1)
        return [make_picture(alone.model_copy(update={"seed": seed}), "plain", "png") for seed in seeds]

    def _by_way(self) -> dict[Way, Provider]:
        by_way: dict[Way, Provider] = {Way.SEGMIND: self.world.worker_ports.provider}
        way = self.cell.fault.way
        if way not in by_way:
            key = SegmindKey(
                self.world.clients.secretsmanager, self.world.stack.segmind_secret_id, self.world.clock.now
            )
            by_way[way] = Segmind(self.stage.urls[way], key, self.world.clock.now)
        return by_way

    def forget(self) -> None:
        """Leave the stack to the next cell as it was."""
        world = self.world
        world.aws.reset()
        self.memory.restore()
        for key in world.pictures():
            world.clients.s3.delete_object(Bucket=world.stack.outputs_bucket, Key=key)
