"""Accounts, API keys and the provider's state in the table."""

from sasha.adapters.dynamodb.ledger import top_up_entry
from sasha.adapters.dynamodb.table import Table, model_to_values, to_item
from sasha.core.account import Account, ApiKey
from sasha.core.ports import Admission, ProviderState
from sasha.core.timing import iso

PROVIDER = ("STATE#PROVIDER", "STATE")


class DynamoDBAccounts:
    """Implements core.ports.Accounts."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def admission(self, digest: str, account_id: str) -> Admission:
        key, account = _api_key_key(digest), _account_key(account_id)
        items = self._table.get_all([key, account, PROVIDER])
        return Admission(
            ApiKey.model_validate(items[key]) if key in items else None,
            Account.model_validate(items[account]) if account in items else None,
            ProviderState.model_validate(items.get(PROVIDER, {})),
        )

    def get(self, account_id: str) -> Account | None:
        item = self._table.get(*_account_key(account_id))
        return Account.model_validate(item) if item else None

    def open(self, account: Account) -> None:
        pk, sk = _account_key(account.id)
        self._table.transact(
            {
                "account": {
                    "Put": {
                        "Item": to_item({"pk": pk, "sk": sk, **model_to_values(account)}),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                },
                "ledger": top_up_entry(account.id, "opening", account.balance_micros, iso(account.opened_at)),
            }
        )

    def add_key(self, key: ApiKey) -> None:
        pk, sk = _api_key_key(key.digest)
        self._table.put({"pk": pk, "sk": sk, **model_to_values(key)}, "attribute_not_exists(pk)")


class DynamoDBProviderStates:
    """Implements core.ports.ProviderStates."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self) -> ProviderState:
        return ProviderState.model_validate(self._table.get(*PROVIDER) or {})

    def put(self, state: ProviderState) -> None:
        pk, sk = PROVIDER
        self._table.put({"pk": pk, "sk": sk, **model_to_values(state)})


def _account_key(account_id: str) -> tuple[str, str]:
    return f"ACCOUNT#{account_id}", "ACCOUNT"


def _api_key_key(digest: str) -> tuple[str, str]:
    return f"KEY#{digest}", "KEY"
