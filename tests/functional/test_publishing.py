"""The page through S3, CloudFront and CloudFormation as moto plays them: a stack's whole life."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from pydantic import ValidationError

from local.clients import Clients
from local.functions import ROOT
from local.stack import Stack
from sasha.publishing.files import CACHE_CONTROL, page_files
from sasha.wiring_site import STOP_BEFORE_END_S, SiteSettings
from tests.functional.site_world import STACK_ID, SiteWorld
from tests.functional.strict_aws import StrictAWS

OLD = {"app/main.js": "old", "app/gone.js": "old", "sw.js": "old", "index.html": "old"}
NEW = {"app/main.js": "new", "app/added.js": "new", "sw.js": "new", "index.html": "new"}


@pytest.fixture
def site(
    stack: Stack, session: boto3.Session, clients: Clients, strict_aws: StrictAWS, tmp_path: Path
) -> Iterator[SiteWorld]:
    world = SiteWorld(stack, session, clients, strict_aws, tmp_path)
    world.has_layer(OLD)
    strict_aws.reset()
    world.forget_everything()
    yield world
    strict_aws.reset()
    world.is_going("CREATE_COMPLETE")
    world.forget_everything()


# ------------------------------------------------------------- first deploy --


def test_a_first_deploy_brings_the_page_as_it_lies_in_the_repository(site: SiteWorld) -> None:
    site.folder = ROOT / "frontend"

    answer = site.is_asked("Create")

    files = {file.name: file for file in page_files(ROOT / "frontend")}
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", f"{len(files)} files published, 0 removed")
    for name, file in files.items():
        stored = site.clients.s3.get_object(Bucket=site.site_bucket, Key=name)
        assert stored["Body"].read() == file.content
        assert (stored["ContentType"], stored["CacheControl"]) == (file.content_type, CACHE_CONTROL)
    assert set(site.names(site.site_bucket)) == files.keys()


def test_a_deploy_that_is_repeated_is_the_same(site: SiteWorld) -> None:
    for _ in range(2):
        assert site.is_asked("Create")["Status"] == "SUCCESS"
    assert site.stored() == OLD


# ------------------------------------------------------------------- update --


def test_an_update_changes_adds_and_removes_and_has_the_copies_forgotten(site: SiteWorld) -> None:
    site.is_asked("Create")
    site.has_layer(NEW)

    answer = site.is_asked("Update")

    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "4 files published, 1 removed")
    assert site.stored() == NEW
    assert site.invalidations()[-1] == "request-2"


def test_an_update_touches_no_picture(site: SiteWorld) -> None:
    site.has_pictures(3)
    site.is_asked("Create")
    site.has_layer(NEW)
    site.is_asked("Update")

    assert len(site.stored(site.stack.outputs_bucket)) == 3


@pytest.mark.parametrize("operation", ["PutObject", "ListObjectsV2", "CreateInvalidation", "GetInvalidation"])
def test_an_update_that_fails_says_why_and_the_rollback_restores_the_page(site: SiteWorld, operation: str) -> None:
    site.is_asked("Create")
    site.has_layer(NEW)
    site.aws.break_down(operation, "AccessDenied", after=1 if operation == "PutObject" else 0, status=403)

    answer = site.is_asked("Update")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(operation)
    assert answer["Reason"].endswith(": AccessDenied")

    site.aws.recover()
    site.is_going("UPDATE_ROLLBACK_IN_PROGRESS")
    site.has_layer(OLD)
    assert site.is_asked("Update")["Status"] == "SUCCESS"
    assert site.stored() == OLD


def test_a_page_that_cannot_remove_what_is_gone_says_so(site: SiteWorld) -> None:
    site.is_asked("Create")
    site.has_layer(NEW)
    site.aws.break_down("DeleteObjects", "InternalError", status=500)

    answer = site.is_asked("Update")

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "DeleteObjects: InternalError")
    assert site.stored() == {**NEW, "app/gone.js": "old"}


# ------------------------------------------------------------ a busy AWS -----


def test_a_busy_s3_is_asked_again(site: SiteWorld) -> None:
    site.aws.break_down("PutObject", "SlowDown", times=3, status=503)

    assert site.is_asked("Create")["Status"] == "SUCCESS"
    assert (site.stored(), site.aws.disturbed) == (OLD, 3)


def test_an_s3_that_stays_busy_is_given_up(site: SiteWorld) -> None:
    site.has_layer({"index.html": "alone"})
    site.aws.break_down("PutObject", "SlowDown", status=503)

    answer = site.is_asked("Create")

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "PutObject of index.html: SlowDown")
    assert (site.stored(), site.aws.disturbed) == ({}, 5)


def test_an_answer_that_was_lost_is_asked_for_again(site: SiteWorld) -> None:
    site.aws.lose_answer_of("PutObject", times=2)

    assert site.is_asked("Create")["Status"] == "SUCCESS"
    assert site.stored() == OLD


def test_an_s3_that_never_answers_is_given_up(site: SiteWorld) -> None:
    site.has_layer({"index.html": "alone"})
    site.aws.time_out("PutObject", times=1000)

    assert site.is_asked("Create")["Reason"] == "PutObject of index.html: ReadTimeoutError"


def test_before_lambda_ends_the_function_it_ends_itself_and_says_so(site: SiteWorld) -> None:
    left = iter([900.0, 900.0, *[STOP_BEFORE_END_S - 0.1] * 100])
    site.seconds_left = lambda: next(left)

    answer = site.is_asked("Create")

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("No time was left for PutObject of ")
    assert "index.html" not in site.stored()


# ----------------------------------------------------------------- deletion --


def test_the_stack_leaves_two_empty_buckets_which_can_be_deleted(site: SiteWorld) -> None:
    site.is_asked("Create")
    site.has_pictures(1001)  # more than one listing tells
    site.is_going("DELETE_IN_PROGRESS")

    answer = site.is_asked("Delete")

    assert answer["Status"] == "SUCCESS"
    assert answer["Reason"] == "Buckets emptied: 4 files of the page, 1001 pictures"
    assert (site.stored(), site.stored(site.stack.outputs_bucket)) == ({}, {})


def test_a_deletion_that_is_repeated_succeeds(site: SiteWorld) -> None:
    site.is_going("DELETE_IN_PROGRESS")

    assert [site.is_asked("Delete")["Status"] for _ in range(2)] == ["SUCCESS", "SUCCESS"]


def test_a_creation_that_failed_in_the_middle_is_undone_with_its_stack(site: SiteWorld) -> None:
    site.aws.break_down("CreateInvalidation", "AccessDenied", status=403)
    assert site.is_asked("Create")["Status"] == "FAILED"
    site.is_going("ROLLBACK_IN_PROGRESS")

    assert site.is_asked("Delete", PhysicalResourceId="sasha-Page-1A2B3C4D5E6F")["Status"] == "SUCCESS"
    assert site.stored() == {}


@pytest.mark.parametrize(
    "status",
    ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS", "CREATE_COMPLETE"],
)
def test_a_resource_that_goes_without_its_stack_loses_nothing(site: SiteWorld, status: str) -> None:
    site.has_pictures(2)
    site.is_asked("Create")
    site.is_going(status)

    assert site.is_asked("Delete")["Status"] == "SUCCESS"
    assert (site.stored(), len(site.stored(site.stack.outputs_bucket))) == (OLD, 2)


def test_a_stack_that_nobody_knows_loses_nothing(site: SiteWorld) -> None:
    site.is_asked("Create")
    site.is_going("DELETE_IN_PROGRESS")

    answer = site.is_asked("Delete", StackId=STACK_ID.replace("0000", "1111"))

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "DescribeStacks: ValidationError")
    assert site.stored() == OLD


def test_a_bucket_that_was_deleted_by_hand_is_an_empty_one(site: SiteWorld) -> None:
    site.is_going("DELETE_IN_PROGRESS")
    site.aws.break_down("ListObjectsV2", "NoSuchBucket", status=404)

    assert site.is_asked("Delete")["Status"] == "SUCCESS"


def test_a_bucket_that_cannot_be_emptied_keeps_the_stack(site: SiteWorld) -> None:
    site.has_pictures(1)
    site.is_going("DELETE_IN_PROGRESS")
    site.aws.break_down("DeleteObjects", "AccessDenied", status=403)

    answer = site.is_asked("Delete")

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "DeleteObjects: AccessDenied")


def test_a_bucket_with_more_than_there_is_time_for_is_emptied_by_another_deletion(site: SiteWorld) -> None:
    site.has_pictures(2)
    site.is_going("DELETE_IN_PROGRESS")
    left = iter([900.0, 900.0, 900.0, *[0.0] * 100])  # for the status and two listings
    site.seconds_left = lambda: next(left)

    assert site.is_asked("Delete")["Reason"].startswith("No time was left for DeleteObjects")
    site.seconds_left = lambda: 900.0
    assert site.is_asked("Delete")["Reason"] == "Buckets emptied: 0 files of the page, 2 pictures"


# -------------------------------------------------------------- environment --


@pytest.mark.parametrize("name", ["SITE_BUCKET", "OUTPUTS_BUCKET", "DISTRIBUTION_ID", "SITE_FOLDER"])
def test_an_environment_that_lacks_something_is_refused_and_not_repeated(site: SiteWorld, name: str) -> None:
    environment = {**site.environment, "AWS_SECRET_ACCESS_KEY": "not-to-be-told"}
    del environment[name]

    with pytest.raises(ValidationError, match=name.lower()) as refused:
        SiteSettings.read(environment)
    assert "input_value" not in str(refused.value)
