"""What lies in the table, read where moto keeps it: a Scan of the same takes moto fifty times as long."""

from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from local.stack import Stack

# The AWS account that the tests of this directory have for themselves.
AWS_ACCOUNT = "111122223333"
REGION = "us-east-1"

Item = dict[str, Any]


def raw_items(stack: Stack) -> list[Item]:
    """All items of the table as plain values, numbers that are whole as integers."""
    table = dynamodb_backends[AWS_ACCOUNT][REGION].tables[stack.table_name]
    return [
        {name: _plain(value) for name, value in item.attrs.items()}
        for by_sort_key in table.items.values()
        for item in by_sort_key.values()
    ]


def forget_expired(stack: Stack, now_s: float) -> None:
    """What DynamoDB does with items whose ttl is over: some days late at the latest."""
    table = dynamodb_backends[AWS_ACCOUNT][REGION].tables[stack.table_name]
    for by_sort_key in table.items.values():
        for key, item in list(by_sort_key.items()):
            if "ttl" in item.attrs and int(item.attrs["ttl"].value) <= now_s:
                del by_sort_key[key]


def _plain(value: DynamoType) -> Any:
    match value.type:
        case "N":
            return float(value.value) if "." in value.value else int(value.value)
        case "L":
            return [_plain(one) for one in value.value]
        case "M":
            return {name: _plain(one) for name, one in value.value.items()}
        case _:
            return value.value


def forget_all(stack: Stack) -> None:
    """An empty table."""
    dynamodb_backends[AWS_ACCOUNT][REGION].tables[stack.table_name].items.clear()
