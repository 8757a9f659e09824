"""Accounts, their API keys and the provider's state in the table."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from sasha.adapters.dynamodb.counters import counter_key
from sasha.adapters.dynamodb.ledger import top_up_parts
from sasha.adapters.dynamodb.table import ConditionsFailed, Item, Table, model_to_values, to_item
from sasha.core.account import Account, ApiKey, Guest, PresentedKey
from sasha.core.breaker import ProviderState
from sasha.core.ledger import Entry
from sasha.core.ports import Standing
from sasha.core.timing import iso

logger = logging.getLogger("sasha")
PROVIDER = ("STATE#PROVIDER", "STATE")


class DynamoDBAccounts:
    """Implements core.ports.Accounts. An account's keys lie beside it, since each names its account."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, who: PresentedKey | Guest, counters: Sequence[str] = ()) -> Standing:
        by_counter = {counter: counter_key(counter) for counter in counters}
        wanted = [PROVIDER, *by_counter.values()]
        key = account = None
        if isinstance(who, PresentedKey):
            key, account = _api_key_key(who.account_id, who.digest), _account_key(who.account_id)
            wanted += [key, account]
        items = self._table.get_all(wanted)
        return Standing(
            ApiKey.model_validate(items[key]) if key in items else None,
            Account.model_validate(items[account]) if account in items else None,
            _state(items.get(PROVIDER)),
            {counter: items[place]["used"] for counter, place in by_counter.items() if place in items},
        )

    def get(self, account_id: str) -> Account | None:
        item = self._table.get(*_account_key(account_id))
        return Account.model_validate(item) if item else None

    def all(self) -> Iterator[Account]:
        accounts = self._table.scan(
            FilterExpression="sk = :account",
            ExpressionAttributeValues=to_item({":account": "ACCOUNT"}),
            ConsistentRead=True,
        )
        return map(Account.model_validate, accounts)

    def open(self, account: Account) -> bool:
        pk, sk = _account_key(account.id)
        put = {
            "Item": to_item({"pk": pk, "sk": sk, **model_to_values(account)}),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        balance = account.balance_micros
        opening = top_up_parts(Entry.top_up(account.id, balance, "opening", account.opened_at)) if balance else {}
        try:
            self._table.transact({"account": {"Put": put}, **opening})
        except ConditionsFailed:
            return False
        return True

    def amend(self, account_id: str, changes: Mapping[str, object]) -> bool:
        names = {f"#{name}": name for name in changes}
        values = {f":{name}": value for name, value in changes.items() if value is not None}
        gone = [f"#{name}" for name, value in changes.items() if value is None]
        expressions = []
        if values:
            expressions.append("SET " + ", ".join(f"#{name[1:]} = {name}" for name in values))
        if gone:
            expressions.append("REMOVE " + ", ".join(gone))
        pk, sk = _account_key(account_id)
        update = {
            "Key": to_item({"pk": pk, "sk": sk}),
            "UpdateExpression": " ".join(expressions),
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": names,
        }
        if values:
            update["ExpressionAttributeValues"] = to_item(values)
        try:
            self._table.update(update)
        except ConditionsFailed:
            return False
        return True

    def keys(self, account_id: str) -> list[ApiKey]:
        values = to_item({":pk": f"ACCOUNT#{account_id}", ":keys": "KEY#"})
        items = self._table.query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :keys)",
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        return sorted(map(ApiKey.model_validate, items), key=lambda key: key.issued_at)

    def add_key(self, key: ApiKey) -> bool:
        pk, sk = _api_key_key(key.account_id, key.digest)
        account_pk, account_sk = _account_key(key.account_id)
        exists = {
            "Key": to_item({"pk": account_pk, "sk": account_sk}),
            "ConditionExpression": "attribute_exists(pk)",
        }
        item = to_item({"pk": pk, "sk": sk, **model_to_values(key)})
        try:
            self._table.transact({"account": {"ConditionCheck": exists}, "key": {"Put": {"Item": item}}})
        except ConditionsFailed:
            return False
        return True

    def revoke_key(self, key: ApiKey, at: datetime) -> None:
        pk, sk = _api_key_key(key.account_id, key.digest)
        self._table.update(
            {
                "Key": to_item({"pk": pk, "sk": sk}),
                "UpdateExpression": "SET revoked_at = if_not_exists(revoked_at, :at)",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeValues": to_item({":at": iso(at)}),
            }
        )


class DynamoDBProviderStates:
    """Implements core.ports.ProviderStates."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self) -> ProviderState:
        return _state(self._table.get(*PROVIDER))

    def replace(self, before: ProviderState, after: ProviderState) -> bool:
        pk, sk = PROVIDER
        condition = "#version = :before" if before.version else "attribute_not_exists(#version)"
        values = {":before": before.version} if before.version else {}
        try:
            self._table.put({"pk": pk, "sk": sk, **model_to_values(after)}, condition, {"#version": "version"}, values)
        except ConditionsFailed:
            # An answer was lost, the write was not.
            return self._is_there(after)
        except (BotoCoreError, ClientError):
            if not self._is_there(after):
                raise
        return True

    def _is_there(self, state: ProviderState) -> bool:
        return self.get().change_id == state.change_id


def _state(item: Item | None) -> ProviderState:
    """The state, or as much of it as can be read: one bad field must not stop every caller, worker and sweeper."""
    values = {name: value for name, value in (item or {}).items() if name not in ("pk", "sk")}
    try:
        return ProviderState.model_validate(values)
    except ValidationError:
        logger.exception("The provider's state cannot be read")
        known = {name: values[name] for name in ("version", "key_configured") if name in values}
        return ProviderState.model_construct(**known)


def _account_key(account_id: str) -> tuple[str, str]:
    return f"ACCOUNT#{account_id}", "ACCOUNT"


def _api_key_key(account_id: str, digest: str) -> tuple[str, str]:
    return f"ACCOUNT#{account_id}", f"KEY#{digest}"
