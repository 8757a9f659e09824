"""Requests in the table, and the money that is held for them."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sasha.adapters.dynamodb.ledger import hold_entry, refund_entry
from sasha.adapters.dynamodb.table import Call, ConditionsFailed, Item, Table, model_to_values, to_item
from sasha.core.account import AccountStatus
from sasha.core.errors import Erased, Fault, Forbidden, IdempotencyKeyReused, InsufficientCredits, InvalidParameters
from sasha.core.ports import Accepted, HistoryPage, IdempotencyKey
from sasha.core.request import GenerationRequest, is_request_id
from sasha.core.timing import IDEMPOTENCY_S, after, iso

OPEN = "OPEN"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class DynamoDBRequests:
    """Implements core.ports.Requests."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def accept(self, request: GenerationRequest, idempotency: IdempotencyKey | None) -> Accepted:
        parts = {
            "account": _take(request.account, request.price_of_all_micros),
            "ledger": hold_entry(request),
            "request": {"Put": {"Item": to_item(_item(request)), "ConditionExpression": "attribute_not_exists(pk)"}},
        }
        if idempotency:
            parts = {"idempotency": _bind(request, idempotency), **parts}
        try:
            self._table.transact(parts)
        except ConditionsFailed as failed:
            binding = failed.parts.get("idempotency")
            # An answer was lost, the write was not: what stands in the way is our own.
            if "request" in failed.parts or (binding and binding["request_id"] == request.id):
                return Accepted(request)
            if idempotency and binding:
                return Accepted(self._bound(binding, idempotency), replayed=True)
            raise _refusal(failed, request) from None
        except (BotoCoreError, ClientError):
            # Nobody knows whether it was written, so look before saying that it failed.
            if self.get(request.id) is None:
                raise
        return Accepted(request)

    def bound_to(self, account: str, idempotency: IdempotencyKey) -> GenerationRequest | None:
        binding = self._table.get(*_binding_key(account, idempotency.key))
        if binding is None or binding["ttl"] <= self._now().timestamp():
            return None
        return self._bound(binding, idempotency)

    def get(self, request_id: str) -> GenerationRequest | None:
        item = self._table.get(*_key(request_id))
        return GenerationRequest.model_validate(item) if item else None

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        try:
            self._table.update(_replacement(before, after))
        except ConditionsFailed as failed:
            return _is(failed.parts["item"], after)
        return True

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        if after.refund_micros == 0:
            return self.replace(before, after)
        try:
            self._table.transact(
                {
                    "request": {"Update": _replacement(before, after)},
                    "account": {
                        "Update": {
                            "Key": to_item({"pk": f"ACCOUNT#{after.account}", "sk": "ACCOUNT"}),
                            "UpdateExpression": "ADD balance_micros :refund",
                            "ExpressionAttributeValues": to_item({":refund": after.refund_micros}),
                        }
                    },
                    "ledger": refund_entry(after),
                }
            )
        except ConditionsFailed as failed:
            return _is(failed.parts.get("request", {}), after)
        return True

    def history(self, account: str, limit: int, cursor: str | None) -> HistoryPage:
        query: dict[str, Any] = {
            "IndexName": "by_account",
            "KeyConditionExpression": "#account = :account",
            "ExpressionAttributeNames": {"#account": "account"},
            "ExpressionAttributeValues": to_item({":account": account}),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor:
            created_at, request_id = _read_cursor(cursor)
            pk, sk = _key(request_id)
            query["ExclusiveStartKey"] = to_item({"account": account, "created_at": created_at, "pk": pk, "sk": sk})
        keys, more = self._table.page(**query)
        items = self._table.get_all([(key["pk"], key["sk"]) for key in keys]) if keys else {}
        requests = [
            GenerationRequest.model_validate(items[key["pk"], key["sk"]])
            for key in keys
            if (key["pk"], key["sk"]) in items
        ]
        return HistoryPage(requests, _cursor(keys[-1]) if more else None)

    def due(self, now: datetime) -> Iterator[str]:
        due = self._table.query(
            IndexName="open",
            KeyConditionExpression="#open = :open AND due_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": OPEN, ":now": iso(now)}),
        )
        return (key["pk"].removeprefix("REQUEST#") for key in due)

    def _bound(self, binding: Item, idempotency: IdempotencyKey) -> GenerationRequest:
        if binding["fingerprint"] != idempotency.fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used for another request: take a new key for a new request."
            )
        request = self.get(binding["request_id"])
        if request is None:
            raise Erased("The request of this Idempotency-Key is no longer on record.")
        return request


def _key(request_id: str) -> tuple[str, str]:
    return f"REQUEST#{request_id}", "REQUEST"


def _binding_key(account: str, key: str) -> tuple[str, str]:
    return f"IDEMPOTENCY#{account}#{key}", "IDEMPOTENCY"


def _item(request: GenerationRequest) -> Item:
    pk, sk = _key(request.id)
    # Only what has this attribute is in the index `open`.
    is_open = {"open": OPEN} if request.due_at is not None else {}
    return {"pk": pk, "sk": sk, **is_open, **model_to_values(request)}


def _replacement(before: GenerationRequest, after: GenerationRequest) -> Call:
    """Write what differs, if the version before is still there. What other versions of this code added stays."""
    old, new = _item(before), _item(after)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    gone = [name for name in old if name not in new]
    names = {f"#{name}": name for name in (*changed, *gone, "version")}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changed)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return {
        "Key": to_item({"pk": old["pk"], "sk": old["sk"]}),
        "UpdateExpression": expression,
        "ConditionExpression": "#version = :version_before",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": to_item(
            {":version_before": before.version, **{f":{name}": value for name, value in changed.items()}}
        ),
    }


def _is(item: Item, wanted: GenerationRequest) -> bool:
    """Whether what is there is what was to be written: an answer was lost, the write was not."""
    return bool(item) and GenerationRequest.model_validate(item) == GenerationRequest.model_validate(_item(wanted))


def _take(account: str, amount_micros: int) -> Call:
    return {
        "Update": {
            "Key": to_item({"pk": f"ACCOUNT#{account}", "sk": "ACCOUNT"}),
            "UpdateExpression": "ADD balance_micros :taken",
            "ConditionExpression": "#status = :active AND balance_micros >= :amount",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": to_item(
                {":taken": -amount_micros, ":amount": amount_micros, ":active": AccountStatus.ACTIVE.value}
            ),
        }
    }


def _bind(request: GenerationRequest, idempotency: IdempotencyKey) -> Call:
    pk, sk = _binding_key(request.account, idempotency.key)
    item = {
        "pk": pk,
        "sk": sk,
        "request_id": request.id,
        "fingerprint": idempotency.fingerprint,
        "ttl": int(after(request.created_at, IDEMPOTENCY_S).timestamp()),
    }
    return {
        "Put": {
            "Item": to_item(item),
            # DynamoDB deletes what has expired days late.
            "ConditionExpression": "attribute_not_exists(pk) OR #ttl <= :now",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": to_item({":now": int(request.created_at.timestamp())}),
        }
    }


def _refusal(failed: ConditionsFailed, request: GenerationRequest) -> Exception:
    account = failed.parts.get("account")
    if account is None:
        return AssertionError(f"refused by {sorted(failed.parts)}")
    if account.get("status") != AccountStatus.ACTIVE:
        return Forbidden("This account is disabled: ask the owner of this site.")
    return InsufficientCredits(int(account["balance_micros"]), request.price_of_all_micros)


def _cursor(key: Item) -> str:
    text = f"{key['created_at']} {key['pk'].removeprefix('REQUEST#')}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        created_at, request_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
    except (binascii.Error, ValueError):
        created_at = request_id = ""
    if not (TIMESTAMP.fullmatch(created_at) and is_request_id(request_id)):
        raise InvalidParameters(Fault("cursor", "Not a cursor of this list: take it from `next`."))
    return created_at, request_id
