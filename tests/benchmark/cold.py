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

from deploy.trim import trim
from local.stack import LambdaFunction
from tests.benchmark.built import Workshop, workshop
from tests.benchmark.imports import Imported, import_table
from tests.benchmark.inline_stack import CODE, inline_function
from tests.benchmark.row import Findings, Goal, Row, Series, in_turn
from tests.running import ROOT
from tests.runtime.artifact import emulator
from tests.runtime.emulated import EmulatedFunction
from tests.runtime.surroundings import Surroundings, surroundings

API, WORKER, SWEEPER = "ApiFunction", "WorkerFunction", "SweeperFunction"
INLINE, COMPILED, EMPTY = "InlineFunction", "CompiledInlineFunction", "Empty"
IN_WORDS = {
    API: "API",
    WORKER: "worker",
    SWEEPER: "sweeper",
    INLINE: "(b) FastAPI function",
    COMPILED: "(b) with bytecode too",
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
        table = import_table({IN_WORDS[name]: bench.importing(name) for name in IN_WORDS if name != EMPTY}, rounds)

    def init(name: str) -> Series:
        return Series(f"{IN_WORDS[name]}, init", tuple(start.init_ms for start in starts[name]))

    def answered(name: str) -> Series:
        what = f"{IN_WORDS[name]}, to its first answer"
        return Series(what, tuple(start.answered_ms for start in starts[name]))

    own = (API, WORKER, SWEEPER)
    return [
        *(Row(f"cold, {IN_WORDS[name]}", "ms", init(name), init(INLINE), GOALS[name]) for name in own),
        *(Row(f"cold, {IN_WORDS[name]}", "ms", init(name), init(COMPILED)) for name in own),
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
        folders = {**shop.artifact.folders, **_furnish(shop)}
        inline = inline_function(around.segmind_url, around.segmind_key)
        functions = {
            **around.functions,
            INLINE: inline,
            COMPILED: inline,
            EMPTY: LambdaFunction(EMPTY, "empty.handler", timeout_s=30, memory_mb=512, environment={}),
        }
        sweep = json.loads((ROOT / "events" / "sweeper.json").read_text())
        health = _healthz()
        events = {API: health, INLINE: health, COMPILED: health, WORKER: {"Records": []}, SWEEPER: sweep, EMPTY: {}}
        yield Bench(shop, around, folders, functions, events, shop.logs)


def _furnish(shop: Workshop) -> dict[str, Path]:
    """The folders of what is compared with. The bytecode that other runs of (b) left there is not taken along."""
    folders = {name: shop.folder / name for name in (INLINE, COMPILED, EMPTY)}
    if not folders[EMPTY].exists():
        for name in (INLINE, COMPILED):
            shutil.copytree(CODE, folders[name], ignore=shutil.ignore_patterns("__pycache__", "bin"))
        trim(folders[COMPILED])
        folders[EMPTY].mkdir()
        (folders[EMPTY] / "empty.py").write_text(EMPTY_HANDLER)
    return folders


def _healthz() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "status.json").read_text())
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/healthz"
    return event
