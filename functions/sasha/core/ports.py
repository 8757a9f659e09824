"""What the use cases need of the world, and what they are told of it. The adapters implement these."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol

from sasha.core.account import Account, ApiKey, Guest, PresentedKey
from sasha.core.breaker import ProviderState, ProviderStates
from sasha.core.errors import Code
from sasha.core.ledger import Entry, EntryPage
from sasha.core.parameters import GenerationParameters
from sasha.core.quota import Limits, Quota
from sasha.core.request import GenerationRequest, StoredImage

# How long the process at work has to live.
SecondsLeft = Callable[[], float]


class Clock(Protocol):
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class IdempotencyKey:
    """The caller's name for a request, and a digest of what was asked under it."""

    key: str
    fingerprint: str


@dataclass(frozen=True)
class Written:
    """What accepting a request led to: itself on record, or the one that its key is bound to."""

    request: GenerationRequest
    replayed: bool = False


@dataclass(frozen=True)
class HistoryPage:
    requests: Sequence[GenerationRequest]
    next: str | None


class Requests(Protocol):
    """The requests and the money held for them."""

    def accept(
        self, request: GenerationRequest, quotas: Sequence[Quota], idempotency: IdempotencyKey | None
    ) -> Written:
        """Hold the price, count the request, write it and bind its key, all or nothing.

        Raises Forbidden, InsufficientCredits, LimitReached, IdempotencyKeyReused, Busy. A live key returns its
        request, replayed.
        """

    def bound_to(self, account: str, idempotency: IdempotencyKey) -> GenerationRequest | None:
        """The request that the key is bound to. Raises IdempotencyKeyReused."""

    def get(self, request_id: str) -> GenerationRequest | None:
        """As it is now, not as it was a moment ago."""

    def look(self, request_id: str) -> GenerationRequest | None:
        """As it is, or was a moment ago, at half the price: for who will look again."""

    def replace(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        """Store `after` if `before` is still what is there."""

    def settle(self, before: GenerationRequest, after: GenerationRequest) -> bool:
        """The same for a request that ends: gives back what it did not cost, in the same step."""

    def history(self, account: str, limit: int, cursor: str | None) -> HistoryPage:
        """The account's own, newest first. Raises InvalidParameters for a cursor that is none."""

    def set_aside(self, request_id: str, until: datetime) -> None:
        """A record that this code cannot read: nobody looks after it before then."""

    def due(self, now: datetime) -> Iterator[str]:
        """The ids of open requests that somebody should look after, the longest due first."""

    def ids_of(self, account: str) -> Iterator[str]:
        """The ids of the account's requests that are still on record, as the index knows them."""

    def get_many(self, request_ids: Sequence[str]) -> list[GenerationRequest]:
        """Up to 100 requests as they are now; what is not on record is left out."""


@dataclass(frozen=True)
class Standing:
    """What one read tells of a caller: who it is, what was used of each counter, whether anyone is there to serve."""

    api_key: ApiKey | None
    account: Account | None
    provider: ProviderState
    used: Mapping[str, int] = field(default_factory=dict)


class Accounts(Protocol):
    """Accounts and their keys."""

    def standing(self, who: PresentedKey | Guest, counters: Sequence[str] = ()) -> Standing:
        """All that is to be known before a request is taken on, in one read. A counter that is not there is unused."""

    def get(self, account_id: str) -> Account | None: ...
    def all(self) -> Iterator[Account]:
        """Every account, in no order. It reads the whole table: for the owner alone."""

    def open(self, account: Account) -> bool:
        """A new account, its balance on the ledger as its first top-up; False where the id is taken."""

    def amend(self, account_id: str, changes: Mapping[str, object]) -> bool:
        """Set fields of Account other than its balance (None takes a value away); False where there is no such one."""

    def keys(self, account_id: str) -> list[ApiKey]:
        """All keys that the account ever had, the oldest first."""

    def add_key(self, key: ApiKey) -> bool:
        """False where there is no such account."""

    def revoke_key(self, key: ApiKey, at: datetime) -> None:
        """From now on it is refused; what is believed elsewhere ends within a minute. Repeatable."""


class Ledger(Protocol):
    """Every movement of an account's credits. Entries are only ever added."""

    def entries(self, account_id: str, since: datetime | None, until: datetime | None) -> Iterator[Entry]:
        """The oldest first, from `since` on and before `until`."""

    def page(self, account_id: str, since: datetime, until: datetime, limit: int, cursor: str | None) -> EntryPage:
        """The same in pages. Raises InvalidParameters for a cursor that is none."""

    def top_up(self, entry: Entry) -> bool:
        """Add to the balance, once per reference; False where it was done before.

        Raises NotFound for no such account, ReferenceReused where the reference stands for another amount.
        """


@dataclass(frozen=True)
class Picture:
    """A picture as Segmind gave it: checked to be a whole PNG, JPEG or WebP. Sizes in pixels, time in seconds."""

    content: bytes
    content_type: str
    width: int
    height: int
    seed: int
    generation_time_s: float


class Pictures(Protocol):
    """The pictures of a request. What is stored under the same request and index is the same picture."""

    def put(self, request_id: str, index: int, picture: Picture) -> StoredImage: ...
    def stored(self, request_id: str) -> list[StoredImage]:
        """What has reached the bucket, whether or not anyone lived to say so."""

    def read(self, request_id: str, image: StoredImage) -> bytes: ...
    def erase(self, request_id: str, indices: Iterable[int]) -> None:
        """What could lie there for these pictures, whether or not it is on record. Repeatable."""

    def url(self, request_id: str, image: StoredImage) -> "PresignedUrl": ...


@dataclass(frozen=True)
class PresignedUrl:
    """`url` is valid on the bucket's own host; `path` is where its object lies on the page's host."""

    url: str
    path: str
    expires_at: datetime


class Queue(Protocol):
    def hint(self, request: GenerationRequest, delay_s: int = 0) -> bool:
        """Tell the workers of a request. Best effort: whether it was sent; the sweeper finds what was missed."""

    def ask_provider_check(self) -> bool:
        """Ask a worker to see whether there is a Segmind key; only a worker may read it."""


class Unbilled(Exception):
    """The call was certainly not billed and may be made again, not before `retry_after_s`."""

    def __init__(self, code: Code, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry_after_s = code, detail, retry_after_s


class NoRoom(Unbilled):
    """The same, because Segmind has no room for more calls just now."""


class Refused(Exception):
    """The call was certainly not billed, and making it again would be no use."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class Lost(Exception):
    """The call may have been billed and brought no picture: never to be made again."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class Provider(Protocol):
    def has_key(self) -> bool:
        """Whether there is a Segmind key at all, read afresh."""

    def generate(self, wanted: GenerationParameters, seed: int, timeout_s: float) -> Picture:
        """One picture, one billable call. Raises Unbilled, Refused or Lost, and nothing else."""


@dataclass(frozen=True)
class Terms:
    """The owner's terms."""

    price_micros: int
    retention_s: int


@dataclass(frozen=True)
class Site:
    """What the owner tells the page's visitors. A URL is empty where there is none."""

    name: str
    contact_url: str
    get_key_url: str
    terms_url: str
    privacy_url: str


@dataclass(frozen=True)
class Ports:
    """What every function has."""

    requests: Requests
    pictures: Pictures
    queue: Queue
    accounts: Accounts
    states: ProviderStates
    clock: Clock
    random: Random
    terms: Terms


@dataclass(frozen=True)
class ApiPorts(Ports):
    ledger: Ledger
    limits: Limits
    site: Site


@dataclass(frozen=True)
class WorkerPorts(Ports):
    provider: Provider
    provider_timeout_s: int
