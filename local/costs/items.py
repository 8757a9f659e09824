"""How large DynamoDB takes an item to be, and how many units a read or write of it costs.

Source: "DynamoDB item sizes and formats" and "DynamoDB read and write operations" in the developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Typed = Mapping[str, Mapping[str, Any]]  # an item as DynamoDB's API writes it: {name: {type: value}}
WRITE_UNIT = 1024
READ_UNIT = 4096
_ELEMENT = 1  # of a list or map, beside its value
_CONTAINER = 3


def item_size(item: Typed) -> int:
    """In bytes: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def write_units(before: Typed | None, after: Typed | None, *, transaction: bool) -> int:
    """Of the table itself: by the larger of what was there and what is, twice in a transaction."""
    size = max(item_size(item) for item in (before or {}, after or {}))
    return max(1, math.ceil(size / WRITE_UNIT)) * (2 if transaction else 1)


def index_write_units(before: Typed | None, after: Typed | None, index: Sequence[str], table: Sequence[str]) -> int:
    """Of an index that projects keys only: one to enter or leave it, two to change place, none to stay as it is."""
    entries = [_entry(item or {}, index, table) for item in (before, after)]
    if entries[0] == entries[1]:
        return 0
    return sum(entry is not None for entry in entries)


def read_units(items: Sequence[Typed], *, consistent: bool) -> float:
    """Of items that are fetched together, as by a query; of none too it is a unit's worth."""
    units = max(1, math.ceil(sum(map(item_size, items)) / READ_UNIT))
    return units if consistent else units / 2


def _entry(item: Typed, index: Sequence[str], table: Sequence[str]) -> Typed | None:
    """What an index has of an item: nothing, unless it has all of the index's keys."""
    return {name: item[name] for name in (*index, *table)} if all(name in item for name in index) else None


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = len(content.lstrip("-").replace(".", "").strip("0"))
            return math.ceil(digits / 2) + 1 + int(content.startswith("-"))
        case "L":
            return _CONTAINER + sum(_ELEMENT + _value_size(each) for each in content)
        case "M":
            return _CONTAINER + _ELEMENT * len(content) + item_size(content)
        case "BOOL" | "NULL":
            return 1
    raise ValueError(f"the table holds no {kind}")
