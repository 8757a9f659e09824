"""Row "cold": how long Lambda's runtime takes to load each built function, and where that time goes.

Each start is a new process under Lambda's own runtime interface emulator, from a folder in which no bytecode can be
kept, as /var/task. What the runtime brings, boto3 above all, has its bytecode, for all of them alike.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from local.stack import LambdaFunction
from tests.benchmark.built import Workshop, workshop
from tests.benchmark.imports import Imported, import_table
from tests.benchmark.inline_stack import CODE, inline_function
from tests.benchmark.row import Findings, Goal, Row, Series, in_turn
from tests.running import ROOT
from tests.runtime.artifact import emulator
from tests.runtime.emulated import EmulatedFunction
from tests.runtime.surroundings import Surroundings, surroundings

API, WORKER, SWEEPER, INLINE, EMPTY = "ApiFunction", "WorkerFunction", "SweeperFunction", "InlineFunction", "Empty"
IN_WORDS = {
    API: "API",
    WORKER: "worker",
    SWEEPER: "sweeper",
    INLINE: "(b) FastAPI function",
    EMPTY: "(a) empty handler",
}
# Against (b).
GOALS = {API: Goal(0.6, of="ratio"), WORKER: Goal(0.8, of="ratio"), SWEEPER: None}
EMPTY_HANDLER = "def handler(event, context):\n    return {}\n"


@dataclass(frozen=True)
class Start:
    """Milliseconds: of the initialisation alone, and from the call that caused it to its answer."""

    init_ms: float
    answered_ms: float


def cold(rounds: int) -> Findings:
    """Milliseconds of initialisation, against (b) and against (a); and the import-time table."""
    with _bench() as bench:
        measured = in_turn(rounds, *(partial(bench.start, name) for name in IN_WORDS))
        starts = dict(zip(IN_WORDS, measured, strict=True))
        table = import_table({IN_WORDS[name]: bench.importing(name) for name in (API, WORKER, SWEEPER, INLINE)}, rounds)

    def init(name: str) -> Series:
        return Series(f"{IN_WORDS[name]}, init", tuple(start.init_ms for start in starts[name]))

    def answered(name: str) -> Series:
        what = f"{IN_WORDS[name]}, to its first answer"
        return Series(what, tuple(start.answered_ms for start in starts[name]))

    own = (API, WORKER, SWEEPER)
    return [
        *(Row(f"cold, {IN_WORDS[name]}", "ms", init(name), init(INLINE), GOALS[name]) for name in own),
        Row("cold, healthz", "ms", answered(API), answered(INLINE)),
        *(Row("cold, floor", "ms", init(name), init(EMPTY)) for name in (*own, INLINE)),
        table,
    ]


@dataclass(frozen=True)
class Bench:
    """Everything that a function needs to start, and what to call it with."""

    shop: Workshop
    around: Surroundings
    folders: dict[str, Path]
    functions: dict[str, LambdaFunction]
    events: dict[str, Any]
    logs: Path

    def start(self, name: str) -> Start:
        """One cold start."""
        function = self._emulated(name)
        function.start()
        try:
            began = perf_counter()
            function.invoke(self.events[name])
            return Start(function.init_s * 1000, (perf_counter() - began) * 1000)
        finally:
            function.kill()

    def importing(self, name: str) -> Imported:
        """What is imported at a cold start, in which folder and environment."""
        module = self.functions[name].handler.rpartition(".")[0]
        return module, self.folders[name], self._emulated(name).environment

    def _emulated(self, name: str) -> EmulatedFunction:
        code, runtime, url = self.folders[name], self.shop.runtime, self.around.aws_endpoint_url
        return EmulatedFunction(self.functions[name], code, runtime, emulator(), url, self.logs, is_read_only=True)


@contextmanager
def _bench() -> Iterator[Bench]:
    shop = workshop()
    with surroundings(shop.artifact.template) as around:
        inline, empty = _furnish(shop)
        functions = {
            **around.functions,
            INLINE: inline_function(around.segmind_url, around.segmind_key),
            EMPTY: LambdaFunction(EMPTY, "empty.handler", timeout_s=30, memory_mb=512, environment={}),
        }
        folders = {**shop.artifact.folders, INLINE: inline, EMPTY: empty}
        sweep = json.loads((ROOT / "events" / "sweeper.json").read_text())
        events = {API: _healthz(), INLINE: _healthz(), WORKER: {"Records": []}, SWEEPER: sweep, EMPTY: {}}
        yield Bench(shop, around, folders, functions, events, shop.logs)


def _furnish(shop: Workshop) -> tuple[Path, Path]:
    """The folders of (b), without the bytecode that other runs of it left there, and of (a)."""
    inline, empty = shop.folder / "inline", shop.folder / "empty"
    if not inline.exists():
        shutil.copytree(CODE, inline, ignore=shutil.ignore_patterns("__pycache__", "bin"))
        empty.mkdir()
        (empty / "empty.py").write_text(EMPTY_HANDLER)
    return inline, empty


def _healthz() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "status.json").read_text())
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/healthz"
    return event
