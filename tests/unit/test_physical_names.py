"""Every name that the template makes of the stack's own is legal, however long that is."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from local.intrinsics import Resolver
from local.parameters import parameter_values
from local.template import load_template

template = load_template()
# CloudFormation's quota for a stack's name is 128 letters.
STACK_NAMES = ["s", "sasha", "s" + 59 * "a", "S-" + 126 * "9"]
STACK_ID = "arn:aws:cloudformation:ap-southeast-3:123456789012:stack/{name}/" + str(UUID(int=2**128 - 1))
LONGEST_STACK = {"AWS::StackName": STACK_NAMES[-1], "AWS::Region": "ap-southeast-3"}
OTHER_STACK = {"AWS::StackName": "other", "AWS::StackId": STACK_ID.format(name="other").replace("f", "0")}
ANY = r"(?s).*"
# Where the stack's name or id is written into something, and what AWS takes there: how long, and which letters.
TAKEN = {
    ("AWS::CloudFront::Distribution", "DistributionConfig.Comment"): (128, ANY),
    ("AWS::CloudFront::Function", "Name"): (64, r"[a-zA-Z0-9_-]+"),
    ("AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig.Name"): (64, r"[a-zA-Z0-9_-]+"),
    ("AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig.Name"): (128, r"[a-zA-Z0-9_-]+"),
    ("AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig.Name"): (128, r"[a-zA-Z0-9_-]+"),
    ("AWS::CloudWatch::Alarm", "Dimensions.0.Value"): (1024, r"[!-~]+"),
    ("AWS::CloudWatch::Alarm", "Metrics.1.MetricStat.Metric.Dimensions.0.Value"): (1024, r"[!-~]+"),
    ("AWS::CloudWatch::Dashboard", "DashboardBody"): (1024 * 1024, ANY),
    ("AWS::Serverless::Function", "Environment.Variables.POWERTOOLS_SERVICE_NAME"): (1024, r"[!-~]+"),  # a dimension
    ("AWS::SNS::TopicPolicy", "PolicyDocument.Statement.0.Condition.ArnLike.aws:SourceArn"): (
        30 * 1024,
        r"arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:[a-zA-Z0-9-]+-\*",
    ),
    ("AWS::Serverless::HttpApi", "DefinitionBody.info.title"): (128, ANY),
    ("AWS::Serverless::LayerVersion", "LayerName"): (140, r"[a-zA-Z0-9_-]+"),
}
# Names by which the template's resources could be given others than CloudFormation's own, which are always legal.
LITERAL = re.compile(r"(Bucket|Table|Queue|Function|Role|LogGroup|Alarm|Layer|Dashboard)Name")


def names_of_the_stack(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every value that is made of the stack's name or id, with the path to it."""
    if isinstance(node, dict) and len(node) == 1 and next(iter(node)) in ("Ref", "Fn::Sub"):
        if "AWS::StackName" in str(node) or "AWS::StackId" in str(node):
            yield ".".join(path), node
        return
    for key, each in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from names_of_the_stack(each, (*path, str(key)))


def found() -> list[tuple[str, str, Any]]:
    return [
        (resource["Type"], path, node)
        for name, resource in template.resources.items()
        if resource["Type"] != "AWS::IAM::Role"  # the stack's ARN there is no name
        for path, node in names_of_the_stack(template.properties(name))
    ]


def named(node: Any, stack_name: str) -> str:
    """The value in a stack of this name."""
    pseudo = {"AWS::StackName": stack_name, "AWS::StackId": STACK_ID.format(name=stack_name)}
    return str(Resolver({}, {}, pseudo).resolve(node))


def test_wherever_the_stacks_name_is_written_it_is_known_what_aws_takes() -> None:
    assert {(kind, path) for kind, path, _ in found()} == TAKEN.keys()


@pytest.mark.parametrize("stack_name", STACK_NAMES, ids=lambda name: f"{len(name)} letters")
def test_a_name_made_of_the_stacks_is_legal(stack_name: str) -> None:
    for kind, path, node in found():
        longest, letters = TAKEN[kind, path]
        name = named(node, stack_name)
        assert 0 < len(name) <= longest, (kind, path, name)
        assert re.fullmatch(letters, name), (kind, path, name)


def test_names_that_are_unique_in_an_account_differ_from_stack_to_stack() -> None:
    for kind, path, node in found():
        if path.endswith("Name"):
            assert named(node, "sasha") != str(Resolver({}, {}, OTHER_STACK).resolve(node)), (kind, path)


def test_all_other_names_are_cloudformations_own() -> None:
    given = {(name, key) for name in template.resources for key in template.properties(name) if LITERAL.fullmatch(key)}

    assert given == {("SiteLayer", "LayerName")}


def test_no_output_is_longer_than_cloudformation_takes() -> None:
    for name, output in template.outputs.items():
        value = Resolver(parameter_values(template.parameters, {}), template.conditions, LONGEST_STACK).resolve(
            output["Value"]
        )
        assert len(value) <= 1024, name
