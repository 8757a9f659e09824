"""What one picture causes, step by step, counted on a local stack: the calls that a caller and the functions make."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from local.costs.meter import Meter, Used
from local.events import scheduled_event
from local.running import LocalStack, Options, Running
from local.template import Template, load_template
from sasha.core.parameters import MODEL

COUNTED = Path(__file__).with_name("counted.json")
# Some two hundred characters, as people write them.
PROMPT = (
    "a red fox in the snow, morning light, birch trees in the background, fine fur, breath in the cold air, "
    "shallow depth of field, photograph, 85 mm, soft colours, high detail, calm and quiet mood"
)
API, WORKER, SWEEPER = "ApiFunction", "WorkerFunction", "SweeperFunction"
VIEWER = "viewer"  # who stands before CloudFront
PICTURE_WITHIN_S = 60
Steps = dict[str, dict[str, Used]]


@dataclass
class Counting:
    """A running stack with a meter on everything that is billed."""

    running: Running
    meter: Meter
    logs: Path
    http: httpx.Client
    steps: Steps = field(default_factory=dict)
    viewer: Used = field(default_factory=Counter)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What is used while the block runs, by function and of CloudFront, becomes the step's."""
        self.meter.take()
        self.viewer.clear()
        before = self._so_far()
        yield
        called, after = self.meter.take(), self._so_far()
        used = {each: called.get(each, Used()) + after[each] - before[each] for each in self.running.functions}
        used[VIEWER] = self.viewer.copy()
        self.steps[name] = {who: each for who, each in used.items() if each}

    def seen(self, answer: httpx.Response) -> None:
        """An answer has reached its viewer."""
        self.viewer += Used({"requests": 1, "bytes": len(answer.read())})

    def _so_far(self) -> dict[str, Used]:
        return {
            name: Counter(
                {
                    "invocations": pool.invocations,
                    "cpu_ms": round(pool.cpu_s * 1000),
                    "log_bytes": len(self._log(name)),
                    "log_lines": self._log(name).count(b"\n"),
                }
            )
            for name, pool in self.running.functions.items()
        }

    def _log(self, function: str) -> bytes:
        return (self.logs / f"{function}.log").read_bytes()

    def metrics(self, *functions: str) -> list[str]:
        """The custom metrics that these functions have written, each with its dimensions' values."""
        lines = [line for function in functions for line in self._log(function).splitlines()]
        return sorted({name for line in lines for name in _metrics(line)})


def count() -> dict[str, Any]:
    """Run a stack, make pictures on it, and tell what that used. It takes some ten seconds."""
    template = load_template()
    meter = Meter(_index_keys(template))
    with (
        tempfile.TemporaryDirectory() as state,
        LocalStack(Options(port=0, latency_s=0.5, state=Path(state)), around_aws=meter) as running,
        httpx.Client(base_url=running.page, headers={"x-api-key": running.api_key}, trust_env=False) as http,
    ):
        counting = Counting(running, meter, Path(state) / "logs", http)
        http.event_hooks = {"response": [counting.seen]}
        _sweep(counting)
        idle_metrics = counting.metrics(SWEEPER)
        _pictures(counting)
        return {
            "prompt_characters": len(PROMPT),
            "steps": {
                name: {f: dict(sorted(u.items())) for f, u in used.items()} for name, used in counting.steps.items()
            },
            "idle_metrics": idle_metrics,
            "metrics": counting.metrics(*running.functions),
        }


def _sweep(counting: Counting) -> None:
    """One sweep that finds nothing to do, once the first has shown that there is nothing."""
    sweeper = counting.running.functions[SWEEPER]
    event = scheduled_event("EveryMinute", datetime.now(UTC))
    sweeper.invoke(event)
    with counting.step("sweep"):
        sweeper.invoke(event)


def _pictures(counting: Counting) -> None:
    http = counting.http
    body = {"prompt": PROMPT, "seed": 7}
    # What follows meets warm functions, counters that are there, and a key that is known.
    http.get(f"/v2/requests/{_submit(counting, body)}").raise_for_status()

    with counting.step("submit and work"):
        request_id = _submit(counting, body)
    with counting.step("status"):
        http.get(f"/v2/requests/{request_id}/status").raise_for_status()
    with counting.step("result"):
        result = http.get(f"/v2/requests/{request_id}").raise_for_status().json()
    with counting.step("picture"):
        http.get(result["images"][0]["url"]).raise_for_status()
    with counting.step("wait and work"), _worker_ends(counting):
        http.post(f"/v1/{MODEL}", json=body, headers=_key()).raise_for_status()


def _submit(counting: Counting, body: Mapping[str, Any]) -> str:
    """The request's id, once its worker is done with it; nobody asks meanwhile."""
    with _worker_ends(counting):
        answer = counting.http.post(f"/v2/{MODEL}", json=body, headers=_key()).raise_for_status()
    return str(answer.json()["request_id"])


@contextmanager
def _worker_ends(counting: Counting) -> Iterator[None]:
    """Wait until one more of the worker's invocations has ended."""
    worker = counting.running.functions[WORKER]
    before, until = worker.invocations, time.monotonic() + PICTURE_WITHIN_S
    yield
    while worker.invocations == before:
        if time.monotonic() > until:
            raise TimeoutError("the worker does not come to an end")
        time.sleep(0.02)


def _key() -> dict[str, str]:
    return {"idempotency-key": str(uuid4())}


def _index_keys(template: Template) -> list[tuple[str, ...]]:
    """The keys of the table's indexes. Raises ValueError for one that projects more than keys."""
    (table,) = template.of_type("AWS::DynamoDB::Table")
    indexes = template.properties(table)["GlobalSecondaryIndexes"]
    if any(index["Projection"]["ProjectionType"] != "KEYS_ONLY" for index in indexes):
        raise ValueError("an index that projects more than its keys costs more than is counted here")
    return [tuple(key["AttributeName"] for key in index["KeySchema"]) for index in indexes]


def _metrics(line: bytes) -> list[str]:
    """The metrics of one line of a log, if it is in CloudWatch's embedded format."""
    try:
        told = json.loads(line)
        described = told["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return []
    return [
        f"{metric['Name']} {' '.join(f'{name}={told[name]}' for name in sorted(names))}".strip()
        for each in described
        for names in each["Dimensions"]
        for metric in each["Metrics"]
    ]
