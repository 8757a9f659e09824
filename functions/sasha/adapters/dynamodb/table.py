"""DynamoDB, narrowly: the few calls that are made, plain dictionaries in and out, conflicts waited out."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from pydantic import BaseModel

from sasha.core.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Call = dict[str, Any]
T = TypeVar("T")

MAX_TRIES = 10
FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.4
# Passing obstacles that are for us to wait out: a transaction's reasons, and errors that botocore does not repeat.
PASSING = (
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
)
# What botocore has repeated in vain.
THROTTLED = ("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException")

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


@dataclass(frozen=True)
class ConditionsFailed(Exception):
    """Nothing was written. By name of the part: the item that did not fit, as it is ({} where there is none)."""

    parts: Mapping[str, Item]


class Table:
    """One table. Raises ConditionsFailed, Busy when conflicts go on, and botocore's own errors."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._random = SystemRandom()

    def get(self, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        """The item as it is now; unless `consistent`, perhaps as it was a moment ago."""
        key = to_item({"pk": pk, "sk": sk})
        get = partial(self._client.get_item, TableName=self._name, Key=key, ConsistentRead=consistent)
        answer = self._patiently(get)
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Up to 100 items in one call, by key; what is not there is left out."""
        found: dict[tuple[str, str], Item] = {}
        wanted: Any = {self._name: {"Keys": [to_item({"pk": pk, "sk": sk}) for pk, sk in keys], "ConsistentRead": True}}
        for attempt in range(MAX_TRIES):
            answer = self._patiently(partial(self._client.batch_get_item, RequestItems=wanted))
            for raw in answer["Responses"].get(self._name, []):
                item = from_item(raw)
                found[item["pk"], item["sk"]] = item
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return found
            self._pause(attempt)
        raise Busy("The database is busy; please try again.")

    def query(self, **query: Any) -> Iterator[Item]:
        """All items that fit, page after page."""
        return self._pages(self._client.query, query)

    def scan(self, **query: Any) -> Iterator[Item]:
        """All items of the table that fit. It reads, and costs, the whole table."""
        return self._pages(self._client.scan, query)

    def page(self, **query: Any) -> tuple[list[Item], bool]:
        """One page of what fits, and whether there is more."""
        answer = self._client.query(TableName=self._name, **query)
        return [from_item(item) for item in answer["Items"]], "LastEvaluatedKey" in answer

    def update(self, update: Call) -> None:
        """One conditional update. Raises ConditionsFailed with the part "item"."""

        def call() -> None:
            try:
                self._client.update_item(TableName=self._name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **update)
            except self._client.exceptions.ConditionalCheckFailedException as failed:
                item: Any = failed.response.get("Item", {})
                raise ConditionsFailed({"item": from_item(item)}) from None

        self._patiently(call)

    def put(self, item: Item, condition: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Write a whole item. Raises ConditionsFailed with the part "item"."""
        put: Call = {"Item": to_item(item), "ConditionExpression": condition, "ExpressionAttributeNames": names}
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        try:
            self._patiently(lambda: self._client.put_item(TableName=self._name, **put))
        except self._client.exceptions.ConditionalCheckFailedException:
            raise ConditionsFailed({"item": {}}) from None

    def transact(self, parts: Mapping[str, Call]) -> None:
        """All parts or none. A part is {"Put": …}, {"Update": …} or {"ConditionCheck": …} without the table's name.

        Every attempt has a token of its own; botocore repeats only the identical payload, after an unknown answer.
        """
        items: Any = [
            {verb: {"TableName": self._name, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **call}}
            for part in parts.values()
            for verb, call in part.items()
        ]

        def call() -> None:
            try:
                self._client.transact_write_items(TransactItems=items, ClientRequestToken=str(uuid4()))
            except self._client.exceptions.TransactionCanceledException as canceled:
                reasons = dict(zip(parts, canceled.response["CancellationReasons"], strict=True))
                failed = {
                    name: from_item(reason.get("Item", {}))
                    for name, reason in reasons.items()
                    if reason.get("Code") == "ConditionalCheckFailed"
                }
                # A key that is bound already decides, whatever else went on; else a conflict may have hidden the truth.
                if "idempotency" in failed or (failed and not any(_is_passing(r) for r in reasons.values())):
                    raise ConditionsFailed(failed) from None
                raise

        self._patiently(call)

    def _pages(self, call: Callable[..., Any], query: dict[str, Any]) -> Iterator[Item]:
        while True:
            answer = call(TableName=self._name, **query)
            yield from map(from_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query = query | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _patiently(self, call: Callable[[], T]) -> T:
        for attempt in range(MAX_TRIES):
            try:
                return call()
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                code = error.response["Error"]["Code"]
                if code in THROTTLED:
                    raise Busy("The database is busy; please try again.") from error
                if code not in PASSING and not any(_is_passing(reason) for reason in reasons):
                    raise
            self._pause(attempt)
        raise Busy("Too many requests at the same moment; please try again.")

    def _pause(self, attempt: int) -> None:
        self._sleep(self._random.uniform(0, min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S)))


def _is_passing(reason: Any) -> bool:
    return reason.get("Code") in PASSING


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values → DynamoDB's typed ones. Floats travel as decimals."""
    return {name: _serializer.serialize(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> Item:
    """DynamoDB's typed values → plain ones."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def model_to_values(model: BaseModel) -> Item:
    """A model's values as the table holds them; what is None is left out."""
    values: Item = json.loads(model.model_dump_json(exclude_none=True), parse_float=Decimal)
    return values


def _plain(value: Any) -> Any:
    """The same with integers and floats in place of decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
