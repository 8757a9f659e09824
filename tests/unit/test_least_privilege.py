"""What each function may do, as a table; tests/runtime/test_life.py shows that it does all of it."""

import re
from collections.abc import Iterator
from typing import Any

from local.template import load_template
from tests.roles import actions, as_list, conditional_statements
from tests.unit.test_template import transformed

template = load_template()

# Function, action, resource: all that template.yaml grants, and nothing else. "(traced)" only with TracingEnabled.
GRANTED = """
ApiFunction      dynamodb:BatchGetItem          Table
ApiFunction      dynamodb:GetItem               Table
ApiFunction      dynamodb:PutItem               Table
ApiFunction      dynamodb:Query                 Table
ApiFunction      dynamodb:Query                 Table/index/by_account
ApiFunction      dynamodb:UpdateItem            Table
ApiFunction      logs:CreateLogStream           ApiLogs
ApiFunction      logs:PutLogEvents              ApiLogs
ApiFunction      s3:DeleteObject                OutputsBucket/outputs/*
ApiFunction      s3:GetObject                   OutputsBucket/outputs/*
ApiFunction      secretsmanager:GetSecretValue  GatewaySecret
ApiFunction      sqs:SendMessage                RequestsQueue
ApiFunction      xray:PutTelemetryRecords       * (traced)
ApiFunction      xray:PutTraceSegments          * (traced)
SiteFunction     cloudformation:DescribeStacks  AWS::StackId
SiteFunction     cloudfront:CreateInvalidation  arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Distribution
SiteFunction     cloudfront:GetInvalidation     arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Distribution
SiteFunction     logs:CreateLogStream           SiteLogs
SiteFunction     logs:PutLogEvents              SiteLogs
SiteFunction     s3:DeleteObject                OutputsBucket/*
SiteFunction     s3:DeleteObject                SiteBucket/*
SiteFunction     s3:ListBucket                  OutputsBucket
SiteFunction     s3:ListBucket                  SiteBucket
SiteFunction     s3:PutObject                   SiteBucket/*
SiteFunction     xray:PutTelemetryRecords       * (traced)
SiteFunction     xray:PutTraceSegments          * (traced)
SweeperFunction  dynamodb:GetItem               Table
SweeperFunction  dynamodb:PutItem               Table
SweeperFunction  dynamodb:Query                 Table/index/open
SweeperFunction  dynamodb:UpdateItem            Table
SweeperFunction  logs:CreateLogStream           SweeperLogs
SweeperFunction  logs:PutLogEvents              SweeperLogs
SweeperFunction  s3:GetObject                   OutputsBucket/outputs/*
SweeperFunction  s3:ListBucket                  OutputsBucket where s3:prefix is like outputs/*
SweeperFunction  sqs:SendMessage                RequestsQueue
SweeperFunction  xray:PutTelemetryRecords       * (traced)
SweeperFunction  xray:PutTraceSegments          * (traced)
WorkerFunction   dynamodb:GetItem               Table
WorkerFunction   dynamodb:PutItem               Table
WorkerFunction   dynamodb:UpdateItem            Table
WorkerFunction   logs:CreateLogStream           WorkerLogs
WorkerFunction   logs:PutLogEvents              WorkerLogs
WorkerFunction   s3:PutObject                   OutputsBucket/outputs/*
WorkerFunction   secretsmanager:GetSecretValue  SegmindSecret
WorkerFunction   sqs:DeleteMessage              RequestsQueue
WorkerFunction   sqs:GetQueueAttributes         RequestsQueue
WorkerFunction   sqs:ReceiveMessage             RequestsQueue
WorkerFunction   sqs:SendMessage                RequestsQueue
WorkerFunction   xray:PutTelemetryRecords       * (traced)
WorkerFunction   xray:PutTraceSegments          * (traced)
"""
# What a "*" is allowed for, by action and resource, and why it can be no narrower.
WILDCARDS = {
    ("s3:GetObject", "OutputsBucket/outputs/*"): "a picture's key begins with its request's id, which nobody knows yet",
    ("s3:PutObject", "OutputsBucket/outputs/*"): "the same",
    ("s3:DeleteObject", "OutputsBucket/outputs/*"): "the same",
    ("s3:ListBucket", "OutputsBucket where s3:prefix is like outputs/*"): "the same",
    ("s3:DeleteObject", "OutputsBucket/*"): "the bucket is emptied when the stack goes",
    ("s3:DeleteObject", "SiteBucket/*"): "the same, and files that the page no longer has",
    ("s3:PutObject", "SiteBucket/*"): "the page's files have names of their own",
    ("xray:PutTraceSegments", "* (traced)"): "X-Ray has no resources that could be named",
    ("xray:PutTelemetryRecords", "* (traced)"): "the same",
}


VARIABLE = re.compile(r"\$\{([A-Za-z:]+)(?:\.Arn)?\}")


def grants(role: str) -> Iterator[tuple[str, str]]:
    """What a role allows, action by action and resource by resource, in the words of the table."""
    for condition, statement in conditional_statements(role):
        assert statement.keys() <= {"Effect", "Action", "Resource", "Condition"}, "NotAction grants the unseen"
        assert statement["Effect"] == "Allow"
        limits = _limits(statement) + (" (traced)" if condition == "IsTraced" else "")
        for action in actions(statement):
            for resource in as_list(statement["Resource"]):
                yield action, _name(resource) + limits


def _name(resource: Any) -> str:
    """A resource as it is written, its ARN by its logical id alone. What is written in another way is not read."""
    match resource:
        case str() as text:
            return text
        case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), "Arn"]}:
            return logical_id
        case {"Fn::Sub": str(text)}:
            return VARIABLE.sub(r"\1", text)
    raise AssertionError(f"write it as !Ref, !GetAtt or !Sub: {resource}")


def _limits(statement: dict[str, Any]) -> str:
    if "Condition" not in statement:
        return ""
    ((operator, keys),) = statement["Condition"].items()
    ((key, value),) = keys.items()
    assert operator == "StringLike"
    return f" where {key} is like {value}"


def table() -> list[tuple[str, str, str]]:
    return sorted(
        (function, action, resource)
        for function in template.of_type("AWS::Serverless::Function")
        for action, resource in grants(template.properties(function)["Role"]["Fn::GetAtt"][0])
    )


def test_every_function_may_do_what_the_table_says_and_nothing_else() -> None:
    granted = [f"{function:<16} {action:<30} {resource}" for function, action, resource in table()]

    assert granted == GRANTED.strip().splitlines(), "template.yaml grants:\n" + "\n".join(granted)


def test_no_wildcard_is_without_a_reason() -> None:
    wild = {(action, resource) for _, action, resource in table() if "*" in action + resource}

    assert wild == WILDCARDS.keys()


def test_nothing_else_gives_a_function_permissions() -> None:
    for role in template.of_type("AWS::IAM::Role"):
        assert template.properties(role).keys() == {"AssumeRolePolicyDocument", "Policies"}
    # Nor does SAM: a managed policy or a role of its own.
    resources = transformed()["Resources"]
    assert {name for name, each in resources.items() if each["Type"] == "AWS::IAM::Role"} == set(
        template.of_type("AWS::IAM::Role")
    )
    assert [each["Type"] for each in resources.values() if "Policy" in each["Type"] and "IAM" in each["Type"]] == []


def test_every_function_has_a_role_and_a_log_group_of_its_own() -> None:
    functions = [template.properties(name) for name in template.of_type("AWS::Serverless::Function")]

    assert len({str(function["Role"]) for function in functions}) == len(functions)
    assert len({str(function["LoggingConfig"]) for function in functions}) == len(functions)


def test_the_worker_alone_may_read_segminds_key() -> None:
    assert {function for function, _, resource in table() if resource == "SegmindSecret"} == {"WorkerFunction"}


def test_functions_are_traced_only_when_asked_for() -> None:
    functions = [each for each in transformed()["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]

    modes = [function["Properties"]["TracingConfig"]["Mode"] for function in functions]
    assert modes == [{"Fn::If": ["IsTraced", "Active", "PassThrough"]}] * len(functions)
    assert template.parameters["TracingEnabled"]["Default"] == "false"
    assert template.conditions["IsTraced"] == {"Fn::Equals": [{"Ref": "TracingEnabled"}, "true"]}
