"""Each built function under the real Lambda runtime, fed from events/.

One file: `make test` gives each file to one of its processes, and each process that runs these builds the artifact.
"""

import io
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from deploy.trim import unused
from local.functions import ROOT
from local.seed import DEMO_ACCOUNT, DEMO_KEY, FINISHED_REQUEST, QUEUED_REQUEST
from sasha.core.breaker import change
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Picture
from sasha.core.request import GenerationRequest, Status
from tests.runtime.emulated import EmulatedFunction
from tests.runtime.surroundings import Surroundings

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

PROMPT = "a red fox in the snow, morning light"  # of events/submit*.json
SEEDED_PROMPT = "a lighthouse in the fog, soft light"
LAMBDA_INIT_S = 10  # Lambda ends an initialisation that takes longer

Event = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def waited(api: EmulatedFunction, worker: EmulatedFunction, around: Surroundings, event: Event) -> Any:
    """The answer to events/submit_v1.json, the worker being called for each message as by its event source."""
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(api.invoke, event("submit_v1"))
        while not answer.done():
            for message in around.received():
                worker.invoke(message)
        return answer.result()


@pytest.fixture(scope="module")
def worked(worker: EmulatedFunction, event: Event) -> EmulatedFunction:
    """The worker, after events/worker.json."""
    assert worker.invoke(event("worker")) is None
    return worker


# ------------------------------------------------------------------ API ----


def test_a_submitted_request_gets_an_id_and_a_message_in_the_queue(api, around, event):
    answer = api.invoke(event("submit"))

    assert answer["statusCode"] == 200
    told = json.loads(answer["body"])
    assert told["status"] == "QUEUED"
    assert told["status_url"].endswith(f"/v2/requests/{told['request_id']}/status")
    assert told["request_id"] in around.hinted()


def test_a_call_that_waits_gets_its_picture_as_soon_as_the_worker_is_done(waited):
    assert waited["statusCode"] == 200
    result = json.loads(waited["body"])
    assert (result["status"], result["seed"]) == ("COMPLETED", 42)
    assert _size_of_picture(result["output"]) == (768, 512)


def test_the_status_of_a_finished_request_is_told(api, event):
    answer = api.invoke(event("status"))

    assert answer["statusCode"] == 200
    told = json.loads(answer["body"])
    assert (told["request_id"], told["status"]) == (FINISHED_REQUEST, "COMPLETED")


def test_the_result_of_a_finished_request_leads_to_its_picture(api, event):
    answer = api.invoke(event("result"))

    assert answer["statusCode"] == 200
    assert answer["headers"]["Cache-Control"] == "no-store"
    result = json.loads(answer["body"])
    assert _size_of_picture(result["images"][0]["url"]) == (768, 512)


def test_a_bad_request_is_told_all_its_faults(api, event):
    answer = api.invoke(event("bad_request"))

    assert answer["statusCode"] == 400
    problem = json.loads(answer["body"])
    assert problem["code"] == "invalid_parameters"
    assert {fault["pointer"] for fault in problem["errors"]} == {"/prompt", "/samples", "/scheduler"}


# --------------------------------------------------------------- worker ----


def test_the_worker_makes_the_picture_of_the_request_in_its_message(worked, around):
    request = around.requests.get(QUEUED_REQUEST)

    assert request.status is Status.COMPLETED
    assert around.pictures.stored(QUEUED_REQUEST) == list(request.images)
    content = around.pictures.read(QUEUED_REQUEST, request.images[0])
    assert Image.open(io.BytesIO(content)).size == (768, 512)


def test_a_message_that_comes_twice_is_paid_for_once(worked, around, event):
    worked.invoke(event("worker"))

    assert around.billed(SEEDED_PROMPT) == 1


# -------------------------------------------------------------- sweeper ----


def test_the_sweeper_tells_what_it_did(sweeper, event):
    told = sweeper.invoke(event("sweeper"))

    assert set(told["done"]) == {"hinted", "given_up", "salvaged", "not_due", "changed"}
    assert (told["troubled"], told["finished"]) == (0, True)


def test_the_sweeper_queues_again_what_nobody_claimed(sweeper, around, event):
    request = _accepted(around, seconds_ago=40)

    assert sweeper.invoke(event("sweeper"))["done"]["hinted"] >= 1
    assert request.id in around.hinted()


def test_the_sweeper_delivers_what_a_dead_worker_had_stored(sweeper, around, event):
    request = _accepted(around, seconds_ago=300, samples=2)
    a_minute_ago = datetime.now(UTC) - timedelta(seconds=60)
    around.requests.replace(request, request.claimed("of a dead worker", until=a_minute_ago, at=a_minute_ago))
    image = around.pictures.put(request.id, 0, _picture(request))

    assert sweeper.invoke(event("sweeper"))["done"]["salvaged"] == 1
    salvaged = around.requests.get(request.id)
    assert (salvaged.status, salvaged.images) == (Status.COMPLETED, (image,))
    assert [failure.code for failure in salvaged.failures] == ["outcome_unknown"]


# ------------------------------------------------------------------ log ----


@pytest.fixture(scope="module")
def log(waited, worked, around, functions, event) -> list[str]:
    """What all the functions logged in a life that had its troubles too."""
    message = event("worker")
    rejected = {"kind": "status", "status": 401}  # twice: the key is read again, for it may have been changed
    for faults in ([{"kind": "html"}], [{"kind": "reset_after_billing"}], [rejected, rejected]):
        around.segmind_answers_next(*faults)
        message["Records"][0]["body"] = json.dumps({"request_id": _accepted(around, seconds_ago=0).id})
        assert worked.invoke(message) is None
    change(around.states, lambda state: state.keyed(True))  # else the API takes nobody on for a minute
    message["Records"][0]["body"] = "no JSON"
    assert worked.invoke(message) is None
    functions["ApiFunction"].invoke(event("result"))
    functions["SweeperFunction"].invoke(event("sweeper"))
    return [line for function in functions.values() for line in function.logged()]


def test_every_line_of_the_log_is_json_that_names_its_service(log):
    assert [line for line in log if not line.startswith("{")] == []
    assert {json.loads(line)["service"] for line in log} == {"sasha"}


def test_the_log_tells_what_became_of_each_message(log):
    fates = [(line["request_id"], line["fate"]) for line in map(json.loads, log) if "fate" in line]

    assert (QUEUED_REQUEST, "settled") in fates


def test_what_went_wrong_is_one_line_with_its_cause(log):
    causes = {line["message"]: line["exception_name"] for line in map(json.loads, log) if "exception_name" in line}

    assert causes == {"A message could not be worked on": "JSONDecodeError"}


def test_what_is_counted_is_counted_in_the_stacks_namespace(log, around):
    counted = [line["_aws"]["CloudWatchMetrics"] for line in map(json.loads, log) if "_aws" in line]

    namespace = around.functions["ApiFunction"].environment["POWERTOOLS_METRICS_NAMESPACE"]
    assert {metrics["Namespace"] for line in counted for metrics in line} == {namespace}


def test_the_log_tells_that_segmind_refused(log):
    assert any("Segmind answered 401" in line for line in log)


def test_the_log_holds_no_prompt_no_key_and_no_signature(log, around):
    unspeakable = [PROMPT, SEEDED_PROMPT, around.segmind_key, DEMO_KEY, "X-Amz-Signature"]

    assert [(word, line) for line in log for word in unspeakable if word in line] == []


# ------------------------------------------------------------- artifact ----


def test_the_artifact_holds_the_functions_and_their_packages_and_nothing_else(artifact):
    packages = {"aws_lambda_powertools", "httpx", "pydantic", "PIL", "sasha"}
    foreign = {"boto3", "botocore", "awslambdaric", "moto", "pytest", "tests", "local", "cli", "events", "frontend"}
    for folder in artifact.folders.values():
        held = {entry.name for entry in folder.iterdir()}
        assert packages <= held
        assert held & foreign == set()


def test_the_artifact_holds_every_module_of_the_functions(artifact):
    source = ROOT / "functions"
    modules = {path.relative_to(source): path.read_bytes() for path in source.glob("sasha/**/*.py")}
    for folder in artifact.folders.values():
        assert {path.relative_to(folder): path.read_bytes() for path in folder.glob("sasha/**/*.py")} == modules


def test_the_artifact_holds_the_bytecode_of_every_module_and_nothing_unused(artifact):
    for folder in artifact.folders.values():
        modules = {Path(cache_from_source(str(path))) for path in folder.rglob("*.py")}
        assert {path for path in folder.rglob("*.pyc") if path.is_file()} == modules
        assert unused(folder) == set()


def test_the_artifact_holds_what_is_pinned(artifact):
    pinned = set()
    for line in (ROOT / "functions" / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            pinned.add(line.split()[0].replace("_", "-").lower())
    for folder in artifact.folders.values():
        held = {f"{one.name}=={one.version}".replace("_", "-").lower() for one in distributions(path=[str(folder)])}
        assert held == pinned


@pytest.mark.parametrize("name", ["ApiFunction", "WorkerFunction", "SweeperFunction"])
def test_a_function_is_loaded_within_lambdas_limit(log, functions, name):
    assert functions[name].init_s < LAMBDA_INIT_S


def _size_of_picture(url: str) -> tuple[int, int]:
    return Image.open(io.BytesIO(httpx.get(url, trust_env=False).raise_for_status().content)).size


def _accepted(around: Surroundings, seconds_ago: float, samples: int = 1) -> GenerationRequest:
    """A request that was written to the table so long ago, and whose message was lost."""
    request = GenerationRequest.queued(
        request_id=str(uuid4()),
        account=DEMO_ACCOUNT,
        parameters=GenerationParameters(prompt=PROMPT, seed=1, samples=samples, img_width=512, img_height=512),
        price_micros=int(around.functions["WorkerFunction"].environment["PRICE_MICROS_PER_IMAGE"]),
        at=datetime.now(UTC) - timedelta(seconds=seconds_ago),
    )
    around.requests.accept(request, (), None)
    return request


def _picture(request: GenerationRequest) -> Picture:
    content = io.BytesIO()
    Image.new("RGB", (512, 512)).save(content, "PNG")
    return Picture(content.getvalue(), "image/png", 512, 512, request.parameters.seed, 1.0)
