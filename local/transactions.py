"""Has moto undo a refused transaction item by item: by itself it copies the whole table once for each of its parts.

With some thousand items that took seconds, longer than a function waits for DynamoDB, and gigabytes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

Parts = list[dict[str, Any]]


@cache
def undo_by_item() -> None:
    """From now on, in this process. Calls to DynamoDB must come one after the other."""
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415 a second, for who runs moto alone
    from moto.dynamodb.models.table import Table  # noqa: PLC0415

    of_moto = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: Any, transact_items: Parts) -> None:
        before = [
            (table, *key, copy.deepcopy(table.get_item(*key))) for table, key in _touched(backend, transact_items)
        ]
        try:
            of_moto(backend, transact_items)
        except Exception:
            for table, hash_key, range_key, item in before:
                _put_back(table, hash_key, range_key, item)
            raise

    DynamoDBBackend.transact_write_items = transact_write_items  # type: ignore[method-assign, assignment]
    # What moto keeps, and puts in the table's place after a refusal, is then the table itself.
    Table.__deepcopy__ = lambda table, _memo: table  # type: ignore[attr-defined]


def _touched(backend: Any, parts: Parts) -> Iterator[tuple[Any, tuple[Any, Any]]]:
    """The tables and keys of a transaction's parts, as far as they are there and well formed; moto refuses the rest."""
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    for call in (call for part in parts for call in part.values()):
        table = backend.tables.get(call.get("TableName"))
        key = call.get("Key") or call.get("Item") or {}
        names = [name for name in (table.hash_key_attr, table.range_key_attr) if name] if table else []
        if table and all(name in key for name in names):
            hash_key, *range_key = (DynamoType(key[name]) for name in names)
            yield table, (hash_key, range_key[0] if range_key else None)


def _put_back(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    """Make the item what it was; None is one that was not there."""
    if item is None:
        if table.get_item(hash_key, range_key) is not None:
            table.delete_item(hash_key, range_key)
    elif range_key is None:
        table.items[hash_key] = item
    else:
        table.items[hash_key][range_key] = item
