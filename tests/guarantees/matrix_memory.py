"""moto's own memory of the table: what is really there, without what it costs to ask for it.

moto takes 5 ms for a read, nearly all of it to bring the answer into its form, and 25 ms for a transaction, mostly to
copy the table once for each part. With thousands of cells, both are done without.
"""

import copy
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.backends import get_backend
from moto.core.botocore_stubber import MockRawResponse
from moto.core.model_instances import reset_model_data

from tests.functional.strict_aws import StrictAWS
from tests.guarantees.raw import AWS_ACCOUNT

REGION = "us-east-1"


class TableMemory:
    """The table's items as DynamoDB types them. Nobody may be writing meanwhile."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: Any = {}

    @property
    def _table(self) -> Any:
        """Another one after each transaction that failed: moto puts back its copy."""
        return get_backend("dynamodb")[AWS_ACCOUNT][REGION].get_table(self._name)

    def items(self) -> list[dict[str, Any]]:
        """By pk and sk."""
        return [item.to_json()["Attributes"] for item in self._table.all_items()]

    def has_open_requests(self) -> bool:
        return any("open" in item.attrs for item in self._table.all_items())

    def keep(self) -> None:
        """Remember all that is there now."""
        self._kept = CheaplyCopied(self._table.items).copied()

    def restore(self) -> None:
        """Let the table be as it was then, and moto forget its list of every item and table that ever was."""
        reset_model_data()
        self._table.items = self._kept.copied()

    def answer_reads(self, aws: StrictAWS) -> None:
        """Take moto's place for the two calls that read by key, until `aws` recovers the next time."""
        aws._before["GetItem"] = self._get_item
        aws._before["BatchGetItem"] = self._batch_get_item

    def _get_item(self, request: AWSRequest) -> AWSResponse:
        asked = json.loads(request.body)
        found = self._item(asked["Key"])
        return _answer({"Item": found} if found else {})

    def _batch_get_item(self, request: AWSRequest) -> AWSResponse:
        ((table, asked),) = json.loads(request.body)["RequestItems"].items()
        found = [item for item in map(self._item, asked["Keys"]) if item]
        return _answer({"Responses": {table: found}, "UnprocessedKeys": {}})

    def _item(self, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
        for item in self._table.all_items():
            if (item.hash_key.value, item.range_key.value) == (key["pk"]["S"], key["sk"]["S"]):
                attributes: dict[str, Any] = item.to_json()["Attributes"]
                return attributes
        return None


class CheaplyCopied(defaultdict[Any, dict[Any, Any]]):
    """A table's items by hash and range key. moto makes a deep copy of them for each part of each transaction.

    Attributes are not copied with their items: nothing here changes one in its place, all updates put another there.
    """

    def __init__(self, items: Mapping[Any, dict[Any, Any]]) -> None:
        super().__init__(dict, items)

    def copied(self) -> "CheaplyCopied":
        return CheaplyCopied(
            {
                hash_key: {range_key: _copied(item) for range_key, item in by_range_key.items()}
                for hash_key, by_range_key in self.items()
            }
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "CheaplyCopied":
        return self.copied()


def _copied(item: Any) -> Any:
    copied = copy.copy(item)
    copied.attrs = type(item.attrs)()
    dict.update(copied.attrs, item.attrs)  # past its own way, which measures the item at each attribute
    return copied


def _answer(body: dict[str, Any]) -> AWSResponse:
    content = MockRawResponse(json.dumps(body).encode())
    headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse("https://aws.test", 200, headers, content)
