"""DynamoDB on the local stack: a refused transaction leaves everything as it was, and touches nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import LocalAws
from local.intrinsics import ACCOUNT_ID, REGION

TABLE = "transactions"
Items = dict[str, Any]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        aws.clients.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],  # type: ignore[typeddict-item]
        )
        yield aws


@pytest.fixture(autouse=True)
def items(aws: LocalAws) -> Items:
    for name in ("a", "b", "bystander"):
        aws.clients.dynamodb.put_item(TableName=TABLE, Item=item(name, 1))
    aws.clients.dynamodb.delete_item(TableName=TABLE, Key=key("new"))
    return everything(aws)


def key(name: str) -> Any:
    return {"pk": {"S": name}, "sk": {"S": "ITEM"}}


def item(name: str, count: int) -> Any:
    return {**key(name), "count": {"N": str(count)}, "list": {"L": [{"M": {"x": {"N": str(count)}}}]}}


def everything(aws: LocalAws) -> Items:
    return {each["pk"]["S"]: each for each in aws.clients.dynamodb.scan(TableName=TABLE)["Items"]}


def put(name: str, count: int) -> Any:
    return {"Put": {"TableName": TABLE, "Item": item(name, count)}}


def add(name: str, **condition: Any) -> Any:
    """Add one, also within the list; `at_least` is the condition."""
    values = {":one": {"N": "1"}, ":new": {"N": "9"}, **{f":{each}": {"N": str(n)} for each, n in condition.items()}}
    update = {
        "TableName": TABLE,
        "Key": key(name),
        "UpdateExpression": "SET #list[0].x = :new ADD #count :one",
        "ExpressionAttributeNames": {"#count": "count", "#list": "list"},
        "ExpressionAttributeValues": values,
    }
    return {"Update": update | ({"ConditionExpression": "#count >= :at_least"} if condition else {})}


def refused(aws: LocalAws, *parts: Any) -> list[str]:
    """The reasons, by part."""
    with pytest.raises(ClientError) as refusal:
        aws.clients.dynamodb.transact_write_items(TransactItems=list(parts))
    return [reason["Code"] for reason in refusal.value.response.get("CancellationReasons", [])]


def test_what_is_allowed_is_done(aws: LocalAws, items: Items) -> None:
    aws.clients.dynamodb.transact_write_items(TransactItems=[put("new", 5), add("a"), add("b", at_least=1)])
    after = everything(aws)
    assert {name: each["count"]["N"] for name, each in after.items()} == {
        "a": "2",
        "b": "2",
        "new": "5",
        "bystander": "1",
    }


@pytest.mark.parametrize("last", [0, 1, 2])
def test_what_is_refused_leaves_everything_as_it_was(aws: LocalAws, items: Items, last: int) -> None:
    parts = [put("new", 5), put("a", 7)]
    parts.insert(last, add("b", at_least=100))
    assert refused(aws, *parts) == ["ConditionalCheckFailed" if n == last else "None" for n in range(3)]
    assert everything(aws) == items


def test_a_change_within_an_item_is_undone_too(aws: LocalAws, items: Items) -> None:
    refused(aws, add("a"), add("b", at_least=100))
    assert everything(aws) == items


def test_one_item_twice_is_refused_as_a_whole(aws: LocalAws, items: Items) -> None:
    refused(aws, put("new", 5), add("a"), add("a"))
    assert everything(aws) == items


def test_a_table_that_is_not_there_is_moto_s_to_refuse(aws: LocalAws, items: Items) -> None:
    part = put("new", 5)
    part["Put"]["TableName"] = "nowhere"
    refused(aws, add("a"), part)
    assert everything(aws) == items


@pytest.mark.parametrize("at_least", [1, 100])
def test_what_is_not_touched_is_not_copied(aws: LocalAws, at_least: int) -> None:
    before = bystander()
    try:
        aws.clients.dynamodb.transact_write_items(TransactItems=[put("a", 7), add("b", at_least=at_least)])
    except ClientError:
        assert at_least == 100
    assert bystander() is before


def bystander() -> Any:
    """The very object that moto keeps."""
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    table = dynamodb_backends[ACCOUNT_ID][REGION].tables[TABLE]
    return table.get_item(DynamoType({"S": "bystander"}), DynamoType({"S": "ITEM"}))
