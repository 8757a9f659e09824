"""The ledger in the table."""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sasha.adapters.dynamodb.table import Call, ConditionsFailed, Item, Table, model_to_values, to_item
from sasha.core.errors import Fault, InvalidParameters, NotFound, ReferenceReused
from sasha.core.ledger import Entry, EntryPage
from sasha.core.timing import iso

# DynamoDB's limit for a sort key, in bytes.
LONGEST_KEY = 1024


class DynamoDBLedger:
    """Implements core.ports.Ledger."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def entries(self, account_id: str, since: datetime | None, until: datetime | None) -> Iterator[Entry]:
        return map(Entry.model_validate, self._table.query(**_between(account_id, *_bounds(since, until))))

    def page(self, account_id: str, since: datetime, until: datetime, limit: int, cursor: str | None) -> EntryPage:
        bounds = _bounds(since, until)
        query = _between(account_id, *bounds) | {"Limit": limit}
        if cursor:
            query["ExclusiveStartKey"] = to_item({"pk": f"ACCOUNT#{account_id}", "sk": _read_cursor(cursor, *bounds)})
        items, more = self._table.page(**query)
        after = base64.urlsafe_b64encode(items[-1]["sk"].encode()).decode() if items and more else None
        return EntryPage([Entry.model_validate(item) for item in items], after)

    def top_up(self, entry: Entry) -> bool:
        parts = {
            "account": balance_part(entry.account, entry.amount_micros, ConditionExpression="attribute_exists(pk)"),
            **top_up_parts(entry),
        }
        try:
            self._table.transact(parts)
        except ConditionsFailed as failed:
            if "reference" not in failed.parts:
                raise NotFound(f"There is no account {entry.account!r}.") from None
            before = failed.parts["reference"]
            if before["amount_micros"] != entry.amount_micros:
                raise ReferenceReused(
                    f"The reference {entry.reference!r} stands for another top-up of this account: take a new one."
                ) from None
            # Done before; or just now, and the answer was lost.
            return bool(before["at"] == iso(entry.at))
        return True


def balance_part(account: str, change_micros: int, **condition: Any) -> Call:
    """Add to an account's balance, or take from it; `condition` as DynamoDB's Update has it, its values typed."""
    values = to_item({":change": change_micros}) | condition.pop("ExpressionAttributeValues", {})
    return {
        "Update": {
            "Key": to_item({"pk": f"ACCOUNT#{account}", "sk": "ACCOUNT"}),
            "UpdateExpression": "ADD balance_micros :change",
            "ExpressionAttributeValues": values,
            **condition,
        }
    }


def entry_part(entry: Entry) -> Call:
    """Enter a movement. Its condition is a second guard against settling twice: the same cannot be entered again."""
    sk = f"LEDGER#{iso(entry.at)}#{entry.request_id or entry.reference}#{entry.kind}"
    return _new({"pk": f"ACCOUNT#{entry.account}", "sk": sk, **model_to_values(entry)})


def top_up_parts(entry: Entry) -> dict[str, Call]:
    """Enter a top-up, and that its reference is used up."""
    mark = {"pk": f"ACCOUNT#{entry.account}", "sk": f"REFERENCE#{entry.reference}"}
    return {
        "ledger": entry_part(entry),
        "reference": _new({**mark, "amount_micros": entry.amount_micros, "at": iso(entry.at)}),
    }


def _new(item: Item) -> Call:
    return {"Put": {"Item": to_item(item), "ConditionExpression": "attribute_not_exists(pk)"}}


def _bounds(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """Between which sort keys; both lie outside, since none is a bare time. "LEDGER$" follows every "LEDGER#…"."""
    return f"LEDGER#{iso(since)}" if since else "LEDGER#", f"LEDGER#{iso(until)}" if until else "LEDGER$"


def _between(account_id: str, first: str, last: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": to_item({":pk": f"ACCOUNT#{account_id}", ":first": first, ":last": last}),
        "ConsistentRead": True,
    }


def _read_cursor(cursor: str, first: str, last: str) -> str:
    """The sort key to go on after. DynamoDB refuses one that the query does not span."""
    try:
        sk = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        sk = ""
    if not first < sk < last or len(sk.encode()) > LONGEST_KEY:
        raise InvalidParameters(Fault("cursor", "Not a cursor of this list and period: take it from `next`."))
    return sk
