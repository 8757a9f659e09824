"""The built site function under the real Lambda runtime, asked as CloudFormation asks, with no more than its role.

Lambda's folder of layers is not to be had on this machine: the function is told another one.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path
from uuid import uuid4

import pytest

from local.clients import SECRET_ACCESS_KEY, Clients
from local.functions import ROOT
from local.stack import ANSWERS_BUCKET
from sasha.publishing.files import CACHE_CONTROL, page_files
from tests.runtime.artifact import Artifact, emulator
from tests.runtime.caller import Event
from tests.runtime.emulated import EmulatedFunction, FunctionError, emulated
from tests.runtime.observed import unused
from tests.runtime.surroundings import Surroundings

pytestmark = [
    pytest.mark.timeout(240),  # the first test builds, and its packages may have to be downloaded
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda is Linux, and so are its emulator and its client"),
]

SIGNATURE = "0123456789abcdef0123456789abcdef"
LAMBDA_INIT_S = 10  # Lambda ends an initialisation that takes longer
# Whatever else an owner sets, the event is not logged.
TALKATIVE = {"POWERTOOLS_LOGGER_LOG_EVENT": "true", "POWERTOOLS_LOG_LEVEL": "DEBUG"}


@dataclass(frozen=True)
class CloudFormation:
    """Asks the function, and has its answers."""

    around: Surroundings
    event: Event

    @property
    def clients(self) -> Clients:
        return Clients.local(self.around.aws_endpoint_url)

    def asks(self, function: EmulatedFunction, name: str, bucket: str = ANSWERS_BUCKET) -> dict[str, str]:
        """The answer to an event of events/, as it was put where the event says; it is what the function returns."""
        request_id = str(uuid4())
        url = f"{self.around.aws_endpoint_url}/{bucket}/{request_id}?Signature={SIGNATURE}"
        returned = function.invoke(self.event(name) | {"RequestId": request_id, "ResponseURL": url})
        answer = json.loads(self.clients.s3.get_object(Bucket=bucket, Key=request_id)["Body"].read())
        assert (answer, answer["RequestId"]) == (returned, request_id)
        return dict(answer)


Started = Callable[..., AbstractContextManager[EmulatedFunction]]


@pytest.fixture(scope="module")
def started(
    workshop: Path, artifact: Artifact, around: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Started:
    """The function, with another time to live or another environment where a test wants that (None: not there)."""
    function = around.functions["SiteFunction"]

    @contextmanager
    def start(
        timeout_s: int = function.timeout_s, folder: Path = artifact.folders["SiteFunction"], **more: str | None
    ) -> Iterator[EmulatedFunction]:
        wanted = {**function.environment, "SITE_FOLDER": str(artifact.layer), **TALKATIVE, **more}
        environment = {name: value for name, value in wanted.items() if value is not None}
        own = replace(function, timeout_s=timeout_s, environment=environment)
        logs = tmp_path_factory.mktemp("logs")
        runtime = workshop / "runtime"
        with emulated(own, folder, runtime, emulator(), around.aws_endpoint_url, logs) as running:
            yield running

    return start


@pytest.fixture(scope="module")
def site(started: Started) -> Iterator[EmulatedFunction]:
    with started() as function:
        yield function


@pytest.fixture(scope="module")
def cloudformation(around: Surroundings, event: Event) -> CloudFormation:
    return CloudFormation(around, event)


@pytest.fixture(scope="module")
def published(cloudformation: CloudFormation, site: EmulatedFunction) -> dict[str, str]:
    """The answer to events/page.json."""
    return cloudformation.asks(site, "page")


def bucket(around: Surroundings) -> str:
    return around.functions["SiteFunction"].environment["SITE_BUCKET"]


def test_the_page_is_published_as_it_lies_in_the_repository(
    published: dict[str, str], cloudformation: CloudFormation, around: Surroundings
) -> None:
    files = page_files(ROOT / "frontend")

    assert (published["Status"], published["PhysicalResourceId"]) == ("SUCCESS", "page")
    assert published["Reason"] == f"{len(files)} files published, 0 removed"
    s3 = cloudformation.clients.s3
    digests = {each["Key"]: each["ETag"] for each in s3.list_objects_v2(Bucket=bucket(around))["Contents"]}
    assert digests == {file.name: f'"{md5(file.content, usedforsecurity=False).hexdigest()}"' for file in files}
    for file in {Path(file.name).suffix: file for file in files}.values():
        stored = s3.head_object(Bucket=bucket(around), Key=file.name)
        assert (stored["ContentType"], stored["CacheControl"]) == (file.content_type, CACHE_CONTROL)


def test_cloudfront_was_told(published: dict[str, str], cloudformation: CloudFormation, around: Surroundings) -> None:
    distribution = around.functions["SiteFunction"].environment["DISTRIBUTION_ID"]
    listed = cloudformation.clients.cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]

    assert listed["Quantity"] >= 1


def test_a_stack_that_lives_on_keeps_its_page(
    published: dict[str, str], cloudformation: CloudFormation, site: EmulatedFunction, around: Surroundings
) -> None:
    answer = cloudformation.asks(site, "page_delete")

    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"] == "The stack lives on (CREATE_COMPLETE): its buckets are left as they are"
    assert cloudformation.clients.s3.head_object(Bucket=bucket(around), Key="index.html")["ContentLength"] > 0


def test_what_cannot_be_published_is_answered(started: Started, cloudformation: CloudFormation) -> None:
    with started(SITE_FOLDER="/nowhere") as function:
        answer = cloudformation.asks(function, "page")

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "The page has no index.html: nothing was changed")


def test_a_function_whose_libraries_are_another_processors_says_so_at_once(
    started: Started, artifact: Artifact, cloudformation: CloudFormation, tmp_path: Path
) -> None:
    """As after `sam build` for one Architecture and `sam deploy` for the other."""
    folder = tmp_path / "function"
    shutil.copytree(artifact.folders["SiteFunction"], folder)
    for library in folder.rglob("*.so"):
        library.write_bytes(b"for another processor")
    with started(folder=folder) as function:
        answer = cloudformation.asks(function, "page")

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The site function cannot be loaded (ImportError): was it built for another")


def test_a_function_that_lambda_would_soon_end_answers_first(started: Started, cloudformation: CloudFormation) -> None:
    with started(timeout_s=60) as function:
        answer = cloudformation.asks(function, "page")

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("No time was left for PutObject of ")


def test_what_its_role_does_not_allow_is_answered(
    started: Started, cloudformation: CloudFormation, around: Surroundings
) -> None:
    with started(SITE_BUCKET=around.outputs_bucket) as function:
        answer = cloudformation.asks(function, "page")

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith(": AccessDenied")


def test_an_environment_that_lacks_something_is_answered_and_logged_without_credentials(
    started: Started, cloudformation: CloudFormation
) -> None:
    with started(DISTRIBUTION_ID=None) as function:
        answer = cloudformation.asks(function, "page")
        log = function.logged()

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "ValidationError; the site function's log says more"
    assert any("distribution_id" in line for line in log)
    assert [line for line in log if SECRET_ACCESS_KEY in line or "not-a-secret" in line] == []


def test_an_answer_that_is_not_taken_is_an_error_so_that_lambda_calls_again(
    published: dict[str, str], cloudformation: CloudFormation, site: EmulatedFunction, around: Surroundings
) -> None:
    with pytest.raises(FunctionError, match="CloudFormation refused the answer") as raised:
        cloudformation.asks(site, "page_delete", bucket=around.outputs_bucket)
    assert SIGNATURE not in str(raised.value)


def test_even_an_empty_event_has_an_end(site: EmulatedFunction) -> None:
    with pytest.raises(FunctionError, match="there is no usable ResponseURL"):
        site.invoke({})


def test_the_log_is_json_and_tells_what_was_answered_and_not_where(
    published: dict[str, str], site: EmulatedFunction
) -> None:
    lines = site.logged()
    told = [json.loads(line) for line in lines if line.startswith("{")]

    assert published["Reason"] in [line.get("reason") for line in told]
    assert [line for line in lines if SIGNATURE in line] == []


def test_when_the_stack_goes_both_buckets_are_emptied(
    published: dict[str, str], cloudformation: CloudFormation, site: EmulatedFunction, around: Surroundings
) -> None:
    around.leave("a-request", 0, b"a picture")
    around.stack_is("DELETE_IN_PROGRESS")
    try:
        answer = cloudformation.asks(site, "page_delete")
    finally:
        around.stack_is("CREATE_COMPLETE")

    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"].startswith("Buckets emptied: ")
    for name in (bucket(around), around.outputs_bucket):
        assert cloudformation.clients.s3.list_objects_v2(Bucket=name)["KeyCount"] == 0


def test_it_uses_all_that_it_may_do(around: Surroundings) -> None:
    assert unused(around.granted_to("SiteFunction"), around.deeds_of("SiteFunction")) == []


def test_it_is_loaded_within_lambdas_limit(published: dict[str, str], site: EmulatedFunction) -> None:
    assert site.init_s < LAMBDA_INIT_S


def test_the_layer_is_the_page_as_it_lies_in_the_repository(artifact: Artifact) -> None:
    assert artifact.layer == ROOT / "frontend"
