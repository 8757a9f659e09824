"""Requests in the table, and the money that is held for them."""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from sasha.adapters.dynamodb.counters import count_part, give_back_part
from sasha.adapters.dynamodb.ledger import balance_part, entry_part
from sasha.adapters.dynamodb.table import Call, ConditionsFailed, Item, Table, model_to_values, to_item
from sasha.core.account import GUESTS, AccountStatus
from sasha.core.errors import (
    Busy,
    Erased,
    Fault,
    Forbidden,
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidParameters,
)
from sasha.core.ledger import Entry
from sasha.core.ports import HistoryPage, IdempotencyKey, Written
from sasha.core.quota import Quota, refusal
from sasha.core.request import GenerationRequest, is_uuid
from sasha.core.timing import IDEMPOTENCY_S, after, iso

OPEN = "OPEN"
logger = logging.getLogger("sasha")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class DynamoDBRequests:
    """Implements core.ports.Requests."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def accept(
        self, request: GenerationRequest, quotas: Sequence[Quota], idempotency: IdempotencyKey | None
    ) -> Written:
        parts: dict[str, Call] = {"idempotency": _bind(request, idempotency)} if idempotency else {}
        if request.account != GUESTS:
            parts["account"] = _take(request.account, request.price_of_all_micros)
            parts["ledger"] = entry_part(Entry.hold(request))
        parts["request"] = {"Put": {"Item": to_item(_item(request)), "ConditionExpression": "attribute_not_exists(pk)"}}
        parts |= {quota.kind: count_part(quota) for quota in quotas}
        try:
            self._table.transact(parts)
        except ConditionsFailed as failed:
            binding = failed.parts.get("idempotency")
            # An answer was lost, the write was not: what stands in the way is our own.
            if "request" in failed.parts or (binding and binding["request_id"] == request.id):
                return Written(request)
            if idempotency and binding:
                return Written(self._bound(binding, idempotency), replayed=True)
            raise _refusal(failed, request, quotas, self._now()) from None
        except (Busy, BotoCoreError, ClientError):
            # Nobody knows whether it was written (an answer may have been lost before the table was busy), so look
            # before saying that it was not.
            if self.get(request.id) is None:
                raise
        return Written(request)

    def bound_to(self, account: str, idempotency: IdempotencyKey) -> GenerationRequest | None:
        binding = self._table.get(*_binding_key(account, idempotency.key))
        if binding is None or binding["ttl"] <= self._now().timestamp():
            return None
        return self._bound(binding, idempotency)

    def get(self, request_id: str) -> GenerationRequest | None:
        return self._request(request_id, consistent=True)

    def look(self, request_id: str) -> GenerationRequest | None:
        return self._request(request_id, consistent=False)

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        try:
            self._table.update(_replacement(before, after))
        except ConditionsFailed as failed:
            return _is(failed.parts["item"], after)
        return True

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        refund = _refund(after)
        counters = {counter: give_back_part(counter, amount) for counter, amount in after.given_back.items()}
        if not (refund or counters):
            return self.replace(before, after)
        parts = {"request": {"Update": _replacement(before, after)}, **refund}
        try:
            try:
                self._table.transact(parts | counters)
            except ConditionsFailed as failed:
                if not failed.parts.keys() <= counters.keys():
                    raise
                # A counter that somebody took away, or set, must not stand between a caller and the end.
                self._table.transact(parts)
        except ConditionsFailed as failed:
            return _is(failed.parts.get("request", {}), after)
        return True

    def history(self, account: str, limit: int, cursor: str | None) -> HistoryPage:
        query = _of_account(account) | {"ScanIndexForward": False, "Limit": limit}
        if cursor:
            created_at, request_id = _read_cursor(cursor)
            pk, sk = _key(request_id)
            query["ExclusiveStartKey"] = to_item({"account": account, "created_at": created_at, "pk": pk, "sk": sk})
        keys, more = self._table.page(**query)
        found = self._items([_id(key) for key in keys])
        return HistoryPage([each for each in map(_readable, found) if each], _cursor(keys[-1]) if more else None)

    def set_aside(self, request_id: str, until: datetime) -> None:
        pk, sk = _key(request_id)
        self._table.update(
            {
                "Key": to_item({"pk": pk, "sk": sk}),
                "UpdateExpression": "SET due_at = :until",
                # Whoever can read it may have taken it on meanwhile.
                "ConditionExpression": "due_at <= :now",
                "ExpressionAttributeValues": to_item({":until": iso(until), ":now": iso(self._now())}),
            }
        )

    def due(self, now: datetime) -> Iterator[str]:
        due = self._table.query(
            IndexName="open",
            KeyConditionExpression="#open = :open AND due_at <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": OPEN, ":now": iso(now)}),
        )
        return map(_id, due)

    def ids_of(self, account: str) -> Iterator[str]:
        return map(_id, self._table.query(**_of_account(account)))

    def get_many(self, request_ids: Sequence[str]) -> list[GenerationRequest]:
        return [GenerationRequest.model_validate(item) for item in self._items(request_ids)]

    def _request(self, request_id: str, *, consistent: bool) -> GenerationRequest | None:
        item = self._table.get(*_key(request_id), consistent=consistent)
        return GenerationRequest.model_validate(item) if item else None

    def _items(self, request_ids: Sequence[str]) -> list[Item]:
        # DynamoDB refuses a key that is asked for twice.
        keys = [_key(request_id) for request_id in dict.fromkeys(request_ids)]
        items = self._table.get_all(keys) if keys else {}
        return [items[key] for key in keys if key in items]

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


def _id(key: Item) -> str:
    return str(key["pk"]).removeprefix("REQUEST#")


def _readable(item: Item) -> GenerationRequest | None:
    """One that cannot be read must not hide its neighbours."""
    try:
        return GenerationRequest.model_validate(item)
    except ValidationError:
        logger.exception("A request in a history could not be read", extra={"request_id": _id(item)})
        return None


def _of_account(account: str) -> dict[str, Any]:
    return {
        "IndexName": "by_account",
        "KeyConditionExpression": "#account = :account",
        "ExpressionAttributeNames": {"#account": "account"},
        "ExpressionAttributeValues": to_item({":account": account}),
    }


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
    return balance_part(
        account,
        -amount_micros,
        ConditionExpression="#status = :active AND balance_micros >= :amount",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=to_item({":amount": amount_micros, ":active": AccountStatus.ACTIVE.value}),
    )


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


def _refund(settled: GenerationRequest) -> dict[str, Call]:
    """Give back what a request did not cost. A guest's cost nothing."""
    if settled.refund_micros == 0:
        return {}
    return {
        "account": balance_part(settled.account, settled.refund_micros),
        "ledger": entry_part(Entry.refund(settled)),
    }


def _refusal(failed: ConditionsFailed, request: GenerationRequest, quotas: Sequence[Quota], now: datetime) -> Exception:
    """Why nothing was written, the reasons in the order of the design."""
    account = failed.parts.get("account")
    if account is not None:
        if account.get("status") != AccountStatus.ACTIVE:
            return Forbidden("This account is disabled: ask the owner of this site.")
        return InsufficientCredits(int(account["balance_micros"]), request.price_of_all_micros)
    full = [quota for quota in quotas if quota.kind in failed.parts]
    used = {quota.counted.counter: failed.parts[quota.kind].get("used", 0) for quota in full}
    return refusal(full, used, now) or AssertionError(f"refused by {sorted(failed.parts)}")


def _cursor(key: Item) -> str:
    text = f"{key['created_at']} {_id(key)}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        created_at, request_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
    except (binascii.Error, ValueError):
        created_at = request_id = ""
    if not (TIMESTAMP.fullmatch(created_at) and is_uuid(request_id)):
        raise InvalidParameters(Fault("cursor", "Not a cursor of this list: take it from `next`."))
    return created_at, request_id
