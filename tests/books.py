"""The audit's three ports over the table's items in memory: for unit tests, and for a look at a whole test's table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sasha.adapters.dynamodb.ledger import entry_part
from sasha.adapters.dynamodb.table import from_item, model_to_values
from sasha.core.account import Account
from sasha.core.ledger import Entry
from sasha.core.request import GenerationRequest
from sasha.core.timing import iso

Item = dict[str, Any]


@dataclass
class Books:
    """Each of the three ports as far as `audit` needs it; items are read when they are asked for, as in the table."""

    items: list[Item] = field(default_factory=list)

    def write(self, *records: Account | Entry | GenerationRequest) -> None:
        self.items += map(_item, records)

    @property
    def accounts(self) -> "AccountsInMemory":
        return AccountsInMemory(self.items)

    @property
    def ledger(self) -> "LedgerInMemory":
        return LedgerInMemory(self.items)

    @property
    def requests(self) -> "RequestsInMemory":
        return RequestsInMemory(self.items)


@dataclass(frozen=True)
class AccountsInMemory:
    items: Iterable[Item]

    def all(self) -> Iterator[Account]:
        return map(Account.model_validate, [item for item in self.items if item["sk"] == "ACCOUNT"])

    def get(self, account_id: str) -> Account | None:
        wanted = (item for item in self.items if (item["pk"], item["sk"]) == (f"ACCOUNT#{account_id}", "ACCOUNT"))
        return next(map(Account.model_validate, wanted), None)


@dataclass(frozen=True)
class LedgerInMemory:
    items: Iterable[Item]

    def entries(self, account_id: str, since: datetime | None, until: datetime | None) -> Iterator[Entry]:
        first, last = f"LEDGER#{iso(since) if since else ''}", f"LEDGER#{iso(until)}" if until else "LEDGER$"
        own = [item for item in self.items if item["pk"] == f"ACCOUNT#{account_id}" and first <= item["sk"] < last]
        return map(Entry.model_validate, sorted(own, key=lambda item: str(item["sk"])))


@dataclass(frozen=True)
class RequestsInMemory:
    items: Iterable[Item]

    def ids_of(self, account: str) -> Iterator[str]:
        own = [item["pk"] for item in self.items if item["sk"] == "REQUEST" and item["account"] == account]
        return (pk.removeprefix("REQUEST#") for pk in own)

    def get_many(self, request_ids: Sequence[str]) -> list[GenerationRequest]:
        wanted = {f"REQUEST#{request_id}" for request_id in request_ids}
        return [GenerationRequest.model_validate(item) for item in self.items if item["pk"] in wanted]


def _item(record: Account | Entry | GenerationRequest) -> Item:
    if isinstance(record, Entry):
        return from_item(entry_part(record)["Put"]["Item"])
    if isinstance(record, Account):
        key = {"pk": f"ACCOUNT#{record.id}", "sk": "ACCOUNT"}
    else:
        key = {"pk": f"REQUEST#{record.id}", "sk": "REQUEST"}
    return {**key, **model_to_values(record)}
