"""IAM on one machine: what a call needs, and what a role of the template allows."""

import json
from typing import Any

import pytest

from local.permissions import Deed, Role, deeds

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"


def called(target: str, **body: Any) -> list[str]:
    return [str(deed) for deed in deeds(target, "POST", "/", "", json.dumps(body).encode())]


def test_a_read_needs_its_own_action_on_its_table() -> None:
    assert called("DynamoDB_20120810.GetItem", TableName="t") == [f"dynamodb:GetItem on {TABLE}"]


def test_a_query_of_an_index_needs_the_index() -> None:
    assert called("DynamoDB_20120810.Query", TableName="t", IndexName="open") == [
        f"dynamodb:Query on {TABLE}/index/open"
    ]


def test_a_transaction_needs_what_its_parts_need() -> None:
    items = [{"Put": {"TableName": "t"}}, {"Update": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}}]

    assert called("DynamoDB_20120810.TransactWriteItems", TransactItems=items) == [
        f"dynamodb:PutItem on {TABLE}",
        f"dynamodb:UpdateItem on {TABLE}",
        f"dynamodb:ConditionCheckItem on {TABLE}",
    ]


def test_a_batch_needs_every_table_that_it_reads() -> None:
    assert called("DynamoDB_20120810.BatchGetItem", RequestItems={"t": {}}) == [f"dynamodb:BatchGetItem on {TABLE}"]


def test_a_message_needs_its_queue() -> None:
    assert called("AmazonSQS.SendMessage", QueueUrl="http://127.0.0.1:8002/123456789012/q") == [
        "sqs:SendMessage on arn:aws:sqs:us-east-1:123456789012:q"
    ]


@pytest.mark.parametrize(
    ("method", "target", "body", "needed"),
    [
        ("GET", "/b/outputs/r%20/0", b"", [Deed("s3:GetObject", "arn:aws:s3:::b/outputs/r /0")]),
        ("HEAD", "/b/outputs/r/0", b"", [Deed("s3:GetObject", "arn:aws:s3:::b/outputs/r/0")]),
        ("PUT", "/b/outputs/r/0", b"", [Deed("s3:PutObject", "arn:aws:s3:::b/outputs/r/0")]),
        ("GET", "/b?list-type=2&prefix=outputs%2Fr%2F", b"", [Deed("s3:ListBucket", "arn:aws:s3:::b", "outputs/r/")]),
        (
            "POST",
            "/b?delete",
            b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>outputs/r/0</Key></Object></Delete>',
            [Deed("s3:DeleteObject", "arn:aws:s3:::b/outputs/r/0")],
        ),
    ],
)
def test_a_call_of_s3_needs_what_its_method_does(method: str, target: str, body: bytes, needed: list[Deed]) -> None:
    path, _, query = target.partition("?")

    assert deeds("", method, path, query, body) == needed


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/2020-05-31/distribution/E1/invalidation", "cloudfront:CreateInvalidation"),
        ("GET", "/2020-05-31/distribution/E1/invalidation/I1", "cloudfront:GetInvalidation"),
    ],
)
def test_a_call_of_cloudfront_needs_the_distribution(method: str, path: str, action: str) -> None:
    assert deeds("", method, path, "", b"") == [Deed(action, "arn:aws:cloudfront::123456789012:distribution/E1")]


def test_a_look_at_the_stack_needs_that_stack() -> None:
    body = b"Action=DescribeStacks&Version=2010-05-15&StackName=arn%3Aaws%3Acloudformation%3A%3A%3Astack%2Fs%2F1"

    assert deeds("", "POST", "/", "", body) == [
        Deed("cloudformation:DescribeStacks", "arn:aws:cloudformation:::stack/s/1")
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/2020-05-31/distribution/E1", b""),
        ("DELETE", "/2020-05-31/distribution/E1", b""),
        ("GET", "/2020-05-31/distribution/E1/invalidation", b""),
        ("POST", "/2020-05-31/distribution/E1/config/invalidation", b""),
        ("POST", "/", b"Action=DeleteStack&StackName=s"),
        ("POST", "/", b""),
    ],
)
def test_other_calls_of_these_are_not_let_through(method: str, path: str, body: bytes) -> None:
    with pytest.raises(ValueError, match="does not know"):
        deeds("", method, path, "", body)


@pytest.mark.parametrize("target", ["AmazonSSM.GetParameter", "DynamoDBX"])
def test_an_unknown_call_is_not_let_through(target: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        called(target)


ROLE = Role(
    (
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": TABLE},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/outputs/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::b",
            "Condition": {"StringLike": {"s3:prefix": "outputs/*"}},
        },
    )
)


@pytest.mark.parametrize(
    "deed",
    [
        Deed("dynamodb:PutItem", TABLE),
        Deed("s3:GetObject", "arn:aws:s3:::b/outputs/r/0"),
        Deed("s3:ListBucket", "arn:aws:s3:::b", "outputs/r/"),
    ],
)
def test_a_role_allows_what_it_names(deed: Deed) -> None:
    assert ROLE.forbids([deed]) is None


@pytest.mark.parametrize(
    "deed",
    [
        Deed("dynamodb:DeleteItem", TABLE),
        Deed("dynamodb:GetItem", f"{TABLE}/index/open"),
        Deed("s3:GetObject", "arn:aws:s3:::b/site/index.html"),
        Deed("s3:GetObject", "arn:aws:s3:::other/outputs/r/0"),
        Deed("s3:ListBucket", "arn:aws:s3:::b", ""),
    ],
)
def test_a_role_forbids_the_rest(deed: Deed) -> None:
    assert ROLE.forbids([Deed("dynamodb:PutItem", TABLE), deed]) == deed


def test_a_statement_that_is_not_understood_is_an_error() -> None:
    role = Role(({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}},))

    with pytest.raises(ValueError, match="condition"):
        role.forbids([Deed("s3:GetObject", "arn:aws:s3:::b/k")])
