"""The built functions, each under Lambda's emulator, with an AWS and a Segmind for each file of tests."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.events import sqs_record
from local.functions import ROOT
from tests.runtime.artifact import Artifact, build, emulator, provide_runtime
from tests.runtime.caller import Caller, Event
from tests.runtime.emulated import EmulatedFunction, emulated
from tests.runtime.shared_folder import shared_folder
from tests.runtime.surroundings import Surroundings, surroundings

Functions = dict[str, EmulatedFunction]


@pytest.fixture(scope="session")
def workshop(testrun_uid: str) -> Iterator[Path]:
    """Where the artifact is, built once for all processes of a test run, and what Lambda's Python has beside it."""
    folder = Path(tempfile.gettempdir()) / f"sasha-artifact-{testrun_uid}"  # 100 MB: pytest would keep its own
    with shared_folder(folder, _furnish) as furnished:
        yield furnished


def _furnish(workshop: Path) -> None:
    provide_runtime(workshop / "runtime")
    built = build(workshop / "build")
    where = (str(built.template), {name: str(code) for name, code in built.folders.items()}, str(built.layer))
    (workshop / "artifact.json").write_text(json.dumps(where), encoding="utf-8")


@pytest.fixture(scope="session")
def artifact(workshop: Path) -> Artifact:
    template, folders, layer = json.loads((workshop / "artifact.json").read_text(encoding="utf-8"))
    return Artifact(Path(template), {name: Path(code) for name, code in folders.items()}, Path(layer))


@pytest.fixture(scope="module")
def around(artifact: Artifact) -> Iterator[Surroundings]:
    with surroundings(artifact.template) as where:
        yield where


@pytest.fixture(scope="module")
def functions(
    workshop: Path, artifact: Artifact, around: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Functions]:
    """All of them, by logical id, started and ready: the worker has looked at Segmind's key, as after a deploy."""
    runtime = workshop / "runtime"
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


@pytest.fixture(scope="module")
def api(functions: Functions) -> EmulatedFunction:
    return functions["ApiFunction"]


@pytest.fixture(scope="module")
def worker(functions: Functions) -> EmulatedFunction:
    return functions["WorkerFunction"]


@pytest.fixture(scope="module")
def sweeper(functions: Functions) -> EmulatedFunction:
    return functions["SweeperFunction"]


@pytest.fixture
def caller(around: Surroundings, functions: Functions, event: Event) -> Caller:
    """One with an account of its own; what is known of Segmind begins anew."""
    return Caller(around, functions, event)


@pytest.fixture(scope="session")
def event() -> Event:
    """An event of events/, by its name, as it lies there."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
