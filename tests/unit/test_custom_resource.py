"""CloudFormation gets an answer to whatever it asks, and the buckets are emptied only when the stack itself goes."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import pytest

from sasha.publishing.custom_resource import answer_to, body_of, cannot_be_loaded
from sasha.publishing.files import PageFile
from sasha.publishing.ports import AwsRefused, PublishingPorts

STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/sasha/00000000-0000-4000-8000-000000000000"
URL = "https://answers.example/page?X-Amz-Signature=0123456789abcdef"
PAGE = [PageFile("app/main.js", b"main"), PageFile("index.html", b"index")]
# CloudFormation API Reference, Stack: StackStatus
STATUSES = (
    "CREATE_IN_PROGRESS", "CREATE_FAILED", "CREATE_COMPLETE", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED", "DELETE_COMPLETE", "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE",
)  # fmt: skip
GOING = {"DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}


@dataclass
class FakeBucket:
    objects: set[str] = field(default_factory=set)

    def put(self, file: PageFile) -> None:
        self.objects.add(file.name)

    def names(self, after: str = "") -> list[str]:
        return sorted(name for name in self.objects if name > after)

    def delete(self, names: Sequence[str]) -> None:
        self.objects -= set(names)


class FakeCache:
    def forget(self, reference: str) -> str:
        return reference

    def is_done(self, forgetting: str) -> bool:
        return True


@dataclass
class World:
    status: str = "CREATE_IN_PROGRESS"
    site: FakeBucket = field(default_factory=FakeBucket)
    outputs: FakeBucket = field(default_factory=lambda: FakeBucket({"outputs/1/0"}))

    def told(self, stack_id: str) -> str:
        assert stack_id == STACK
        return self.status

    def ports(self) -> PublishingPorts:
        return PublishingPorts(self.site, self.outputs, FakeCache(), self.told, lambda _: None)

    def asked(self, request_type: str = "Create", **more: Any) -> dict[str, str]:
        return answer_to(event(request_type, **more), lambda: PAGE, self.ports)


def event(request_type: str = "Create", **more: Any) -> dict[str, Any]:
    """As CloudFormation sends it; what is None is not sent."""
    sent = {
        "RequestType": request_type,
        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:sasha-SiteFunction",
        "ResponseURL": URL,
        "StackId": STACK,
        "RequestId": "11111111-2222-4333-8444-555555555555",
        "ResourceType": "Custom::Page",
        "LogicalResourceId": "Page",
        "ResourceProperties": {"ServiceToken": "arn:…", "Files": "arn:…:layer:sasha-page:1"},
        **({"PhysicalResourceId": "page"} if request_type != "Create" else {}),
        **more,
    }
    return {name: value for name, value in sent.items() if value is not None}


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_page_is_published_under_a_name_that_never_changes(request_type: str) -> None:
    world = World()

    answer = world.asked(request_type)

    assert answer == {
        "Status": "SUCCESS",
        "Reason": "2 files published, 0 removed",
        "PhysicalResourceId": "page",
        "StackId": STACK,
        "RequestId": "11111111-2222-4333-8444-555555555555",
        "LogicalResourceId": "Page",
    }
    assert (world.site.objects, world.outputs.objects) == ({"app/main.js", "index.html"}, {"outputs/1/0"})


@pytest.mark.parametrize("status", STATUSES)
def test_a_deletion_empties_the_buckets_only_with_the_stack(status: str) -> None:
    world = World(status, FakeBucket({"index.html"}))

    answer = world.asked("Delete")

    assert answer["Status"] == "SUCCESS"
    left = (set(), set()) if status in GOING else ({"index.html"}, {"outputs/1/0"})
    assert (world.site.objects, world.outputs.objects) == left


def test_a_picture_that_comes_while_the_buckets_are_emptied_goes_too() -> None:
    world = World("DELETE_IN_PROGRESS")

    def a_worker_stores_its_last(_: float) -> None:
        world.outputs.objects.add("outputs/2/0")

    ports = replace(world.ports(), sleep=a_worker_stores_its_last)
    answer = answer_to(event("Delete"), lambda: PAGE, lambda: ports)

    assert (answer["Reason"], world.outputs.objects) == ("Buckets emptied: 0 files of the page, 2 pictures", set())


def test_a_creation_that_cannot_even_be_loaded_is_undone_without_the_function() -> None:
    refused = cannot_be_loaded(event("Create"), "ImportError")
    undone = cannot_be_loaded(event("Delete", PhysicalResourceId=refused["PhysicalResourceId"]), "ImportError")

    assert (refused["Status"], "Architecture" in refused["Reason"]) == ("FAILED", True)
    assert (undone["Status"], undone["PhysicalResourceId"]) == ("SUCCESS", refused["PhysicalResourceId"])


@pytest.mark.parametrize("request_type", ["Update", "Delete"])
def test_what_cannot_be_loaded_changes_nothing_of_a_page_that_is_there(request_type: str) -> None:
    """A deletion that only seemed to have emptied the buckets could not be repeated."""
    answer = cannot_be_loaded(event(request_type), "ImportError")

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "page")


def test_a_deletion_is_answered_with_the_name_that_cloudformation_gave() -> None:
    """Which is one of its own if the creation was never answered."""
    generated = "sasha-Page-1A2B3C4D5E6F"

    assert (
        World("ROLLBACK_IN_PROGRESS").asked("Delete", PhysicalResourceId=generated)["PhysicalResourceId"] == generated
    )


def test_if_nobody_can_say_how_the_stack_is_nothing_is_deleted() -> None:
    world = World(site=FakeBucket({"index.html"}))

    def refused(_: str) -> NoReturn:
        raise AwsRefused("DescribeStacks: AccessDenied")

    ports = PublishingPorts(world.site, world.outputs, FakeCache(), refused, lambda _: None)
    answer = answer_to(event("Delete"), lambda: PAGE, lambda: ports)

    assert (answer["Status"], answer["Reason"]) == ("FAILED", "DescribeStacks: AccessDenied")
    assert (world.site.objects, world.outputs.objects) == ({"index.html"}, {"outputs/1/0"})


@pytest.mark.parametrize("stack_id", [None, "", 7])
def test_a_deletion_that_names_no_stack_deletes_nothing(stack_id: Any) -> None:
    world = World("DELETE_IN_PROGRESS")

    assert world.asked("Delete", StackId=stack_id)["Status"] == "FAILED"
    assert world.outputs.objects == {"outputs/1/0"}


@pytest.mark.parametrize("kind", ["Custom::Other", "AWS::CloudFormation::CustomResource", "", None, 7])
def test_a_resource_of_another_type_is_not_made_and_can_be_deleted(kind: Any) -> None:
    world = World("DELETE_IN_PROGRESS", FakeBucket({"index.html"}))

    for request_type in ("Create", "Update"):
        answer = world.asked(request_type, ResourceType=kind)
        assert (answer["Status"], "Custom::Page" in answer["Reason"]) == ("FAILED", True)
    assert world.asked("Delete", ResourceType=kind)["Status"] == "SUCCESS"
    assert (world.site.objects, world.outputs.objects) == ({"index.html"}, {"outputs/1/0"})


@pytest.mark.parametrize("request_type", ["Read", "create", "", None, 7, ["Create"]])
def test_an_unknown_request_changes_nothing(request_type: Any) -> None:
    world = World("DELETE_IN_PROGRESS", FakeBucket({"index.html"}))

    answer = world.asked("Create", RequestType=request_type)

    assert answer["Status"] == "FAILED"
    assert "Create, Update or Delete" in answer["Reason"]
    assert (world.site.objects, world.outputs.objects) == ({"index.html"}, {"outputs/1/0"})


@pytest.mark.parametrize("properties", [None, {}, [], "text", 7, {"Files": {"no": "ARN"}}, {"Bucket": "another"}])
def test_properties_of_any_form_change_nothing(properties: Any) -> None:
    world = World()

    assert world.asked(ResourceProperties=properties)["Status"] == "SUCCESS"
    assert world.site.objects == {"app/main.js", "index.html"}


def test_even_nothing_at_all_is_answered() -> None:
    answer = answer_to({}, lambda: PAGE, World().ports)

    assert (answer["Status"], answer["PhysicalResourceId"], answer["RequestId"]) == ("FAILED", "page", "")


@pytest.mark.parametrize("at_fault", ["page", "ports"])
def test_what_nobody_foresaw_is_answered_too(at_fault: str, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> NoReturn:
        raise ZeroDivisionError("the secret cause")

    with caplog.at_level(logging.INFO, "sasha"):
        if at_fault == "page":
            answer = answer_to(event(), fails, World().ports)
        else:
            answer = answer_to(event(), lambda: PAGE, fails)

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "ZeroDivisionError; the site function's log says more"
    assert "the secret cause" in caplog.text
    assert "X-Amz-Signature" not in caplog.text


def test_an_answer_says_nothing_of_where_it_goes() -> None:
    for request_type in ("Create", "Update", "Delete", "Read"):
        assert b"X-Amz" not in body_of(World().asked(request_type))


@pytest.mark.parametrize("letter", ["x", "ü", "🦊", "\x00", "\ud800"])
def test_an_answer_fits_whatever_there_is_to_say(letter: str) -> None:
    answer = World().asked("Create", ResourceType="Custom::" + 5000 * letter, LogicalResourceId="P" * 255)

    body = body_of(answer)
    assert len(body) <= 4096  # CloudFormation User Guide, custom resource response objects
    assert json.loads(body) == answer
