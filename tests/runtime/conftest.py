"""The built functions, each under Lambda's emulator, once for all tests of this suite."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from local.events import sqs_record
from local.functions import ROOT
from tests.runtime.artifact import Artifact, build, emulator, provide_runtime
from tests.runtime.emulated import EmulatedFunction, emulated
from tests.runtime.surroundings import Surroundings, surroundings

Functions = dict[str, EmulatedFunction]


@pytest.fixture(scope="session")
def artifact() -> Iterator[Artifact]:
    with tempfile.TemporaryDirectory(prefix="sasha-artifact-") as folder:  # 100 MB: pytest would keep its own
        yield build(Path(folder) / "build")


@pytest.fixture(scope="session")
def around(artifact: Artifact) -> Iterator[Surroundings]:
    with surroundings(artifact.template) as where:
        yield where


@pytest.fixture(scope="session")
def functions(
    artifact: Artifact, around: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Functions]:
    """All of them, by logical id, started and ready: the worker has looked at Segmind's key, as after a deploy."""
    runtime = provide_runtime(tmp_path_factory.mktemp("lambda") / "runtime")
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as running:
        started = {
            name: running.enter_context(
                emulated(each, artifact.folders[name], runtime, emulator(), around.aws_endpoint_url, logs)
            )
            for name, each in around.functions.items()
        }
        check = sqs_record({"MessageId": "1", "ReceiptHandle": "1", "Body": '{"check": "provider"}'}, around.queue_arn)
        started["WorkerFunction"].invoke({"Records": [check]})
        yield started


@pytest.fixture(scope="session")
def api(functions: Functions) -> EmulatedFunction:
    return functions["ApiFunction"]


@pytest.fixture(scope="session")
def worker(functions: Functions) -> EmulatedFunction:
    return functions["WorkerFunction"]


@pytest.fixture(scope="session")
def sweeper(functions: Functions) -> EmulatedFunction:
    return functions["SweeperFunction"]


@pytest.fixture(scope="session")
def event() -> Callable[[str], dict[str, Any]]:
    """An event of events/, by its name, as it lies there."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
