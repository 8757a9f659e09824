"""One request for pictures: what it holds, and the only moves it can make.

QUEUED ─claim→ PROCESSING ─settle→ COMPLETED | FAILED     release: PROCESSING → QUEUED     cancel, give up: QUEUED → end
put off: QUEUED → QUEUED     erase, one picture or all: an end stays what it is
A move makes the next version of an immutable request; storing it succeeds only if the version before is still there.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sasha.core.errors import Code, known_code
from sasha.core.parameters import GenerationParameters, StoredParameters
from sasha.core.quota import Counted, Kind
from sasha.core.timing import (
    HINT_LOST_AFTER_S,
    PATIENCE_S,
    RECORD_OUTLIVES_PICTURES_S,
    Timestamp,
    after,
)


class Status(StrEnum):
    """Segmind's four, and no fifth: its clients would wait for ever on a fifth."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


OPEN = (Status.QUEUED, Status.PROCESSING)


class StoredImage(BaseModel):
    """A picture that lies in the bucket. Sizes in pixels and bytes, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="allow")  # what a later version of this code wrote is kept

    index: int
    content_type: str
    file_size: int
    width: int
    height: int
    seed: int
    generation_time_s: float

    @property
    def file_name(self) -> str:
        return f"sasha-{self.seed}.{self.content_type.removeprefix('image/').replace('jpeg', 'jpg')}"


class Failure(BaseModel):
    """Why picture `index` was not delivered. It is not charged; Segmind may have charged the owner for it."""

    model_config = ConfigDict(frozen=True, extra="allow")  # as above

    index: int
    code: Annotated[Code, BeforeValidator(known_code)]
    detail: str
    perhaps_billed: bool = False


Item = TypeVar("Item", StoredImage, Failure)


class IllegalMove(Exception):
    """A move that the request's status does not allow: a fault of this program, never of the caller."""


class GenerationRequest(BaseModel):
    """A request and all that happened to it. Money in micro-dollars; `price_micros` is for one picture."""

    # What does not fit is named in the log, and may be a prompt.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str
    account: str
    parameters: StoredParameters | None = None
    samples: int
    price_micros: int
    status: Status
    # Without a default, as nothing may be written over a record that has none.
    version: int
    attempts: int = 0
    # How often Segmind has met a claim with an error of its own that is known to be unbilled.
    provider_errors: int = 0
    created_at: Timestamp
    give_up_at: Timestamp
    due_at: Timestamp | None = None
    not_before: Timestamp | None = None
    claim_id: str | None = None
    claimed_until: Timestamp | None = None
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    erased_at: Timestamp | None = None
    images: tuple[StoredImage, ...] = ()
    # Delivered, and erased since: of these nothing but the number is left.
    erased_images: tuple[int, ...] = ()
    failures: tuple[Failure, ...] = ()
    cost_micros: int = 0
    counted: tuple[Counted, ...] = ()
    ttl: int | None = None

    @classmethod
    def queued(
        cls,
        *,
        request_id: str,
        account: str,
        parameters: GenerationParameters,
        price_micros: int,
        at: datetime,
        counted: tuple[Counted, ...] = (),
    ) -> Self:
        """A new request: its seed is drawn, its price is fixed for good."""
        return cls(
            id=request_id,
            account=account,
            parameters=StoredParameters.model_validate(parameters.model_dump()),
            samples=parameters.samples,
            price_micros=price_micros,
            status=Status.QUEUED,
            version=1,
            created_at=at,
            give_up_at=after(at, PATIENCE_S),
            due_at=after(at, HINT_LOST_AFTER_S),
            counted=counted,
        )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def age_s(self, now: datetime) -> float:
        """How long ago it was asked for."""
        return (now - self.created_at).total_seconds()

    @property
    def price_of_all_micros(self) -> int:
        """What is held while the request is open."""
        return self.price_micros * self.samples

    @property
    def refund_micros(self) -> int:
        """What goes back when it is settled: the price of each picture that was not delivered."""
        return self.price_of_all_micros - self.cost_micros

    @property
    def given_back(self) -> dict[str, int]:
        """By counter, what goes back when it is settled: free pictures for what was not delivered, and of the owner's
        spending what Segmind has certainly not charged. A window that is over gets nothing back."""
        if self.completed_at is None:
            return {}
        undelivered = self.samples - len(self.images)
        unbilled = undelivered - sum(failure.perhaps_billed for failure in self.failures)
        amounts = {
            counted.counter: counted.each * (unbilled if counted.kind == Kind.SPEND else undelivered)
            for counted in self.counted
            if self.completed_at < counted.ends_at
        }
        return {counter: amount for counter, amount in amounts.items() if amount > 0}

    @property
    def missing(self) -> tuple[int, ...]:
        """The pictures neither stored nor given up: what a claim has to ask for."""
        known = {image.index for image in self.images} | {failure.index for failure in self.failures}
        return tuple(index for index in range(self.samples) if index not in known)

    def has_delivered(self, index: int) -> bool:
        """Whether the ended request brought this picture, be it erased by now: all but the failures were delivered."""
        return 0 <= index < self.samples and index not in {failure.index for failure in self.failures}

    def claimed(self, claim_id: str, *, until: datetime, at: datetime) -> Self:
        """Somebody is about to ask for the missing pictures; from here on nobody else may."""
        return self._move(
            Status.QUEUED,
            status=Status.PROCESSING,
            claim_id=claim_id,
            claimed_until=until,
            due_at=until,
            not_before=None,
            started_at=self.started_at or at,
            attempts=self.attempts + 1,
        )

    def with_image(self, image: StoredImage) -> Self:
        """One more picture has reached the bucket while others are still being made."""
        return self._move(Status.PROCESSING, images=_by_index([*self.images, image]))

    def released(
        self,
        images: Iterable[StoredImage],
        failures: Iterable[Failure],
        *,
        not_before: datetime,
        by_provider_error: bool = False,
    ) -> Self:
        """Back to the queue, keeping what is known; the next claim asks only for the rest."""
        return self._move(
            Status.PROCESSING,
            status=Status.QUEUED,
            claim_id=None,
            claimed_until=None,
            images=_by_index(images),
            failures=_by_index(failures),
            provider_errors=self.provider_errors + by_provider_error,
            not_before=not_before,
            due_at=min(after(not_before, HINT_LOST_AFTER_S), self.give_up_at),
        )

    def put_off(self, not_before: datetime) -> Self:
        """Nobody may be asked just now: it waits, and is hinted at when the time has come."""
        return self._move(
            Status.QUEUED,
            not_before=not_before,
            due_at=min(after(not_before, HINT_LOST_AFTER_S), self.give_up_at),
        )

    def hinted_again(self, at: datetime) -> Self:
        """Its message was lost and has been sent again."""
        return self._move(Status.QUEUED, due_at=min(after(at, HINT_LOST_AFTER_S), self.give_up_at))

    def settled(
        self, images: Iterable[StoredImage], failures: Iterable[Failure], *, at: datetime, retention_s: int
    ) -> Self:
        """The end: COMPLETED with at least one picture, else FAILED; only what is delivered is charged."""
        if not self.is_open:
            raise IllegalMove(f"{self.status} is final")
        delivered = _by_index(images)
        # A picture that reached the bucket after all is delivered, whatever was written down before.
        arrived = {image.index for image in delivered}
        failures = [failure for failure in failures if failure.index not in arrived]
        expires_at = after(at, retention_s)
        return self._next(
            status=Status.COMPLETED if delivered else Status.FAILED,
            images=delivered,
            failures=_by_index(failures),
            cost_micros=self.price_micros * len(delivered),
            completed_at=at,
            expires_at=expires_at,
            due_at=None,
            not_before=None,
            claim_id=None,
            claimed_until=None,
            ttl=int(after(expires_at, RECORD_OUTLIVES_PICTURES_S).timestamp()),
        )

    def erased(self, at: datetime) -> Self:
        """Pictures, prompt and parameters are gone; what it cost, or failed with, stays on record."""
        if self.is_open:
            raise IllegalMove(f"{self.status} cannot be erased")
        return self._next(parameters=None, images=(), erased_at=at)

    def without_image(self, index: int, at: datetime) -> Self:
        """One picture is gone, and what it cost stays on record. With the last one, everything else goes too."""
        left = tuple(image for image in self.images if image.index != index)
        if self.is_open or left == self.images:
            raise IllegalMove(f"{self.status} has no picture {index} to erase")
        if not left:
            return self.erased(at)
        return self._next(images=left, erased_images=tuple(sorted([*self.erased_images, index])))

    def _move(self, allowed_from: Status, **changes: object) -> Self:
        if self.status is not allowed_from:
            raise IllegalMove(f"{self.status} is not {allowed_from}")
        return self._next(**changes)

    def _next(self, **changes: object) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1})


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _by_index(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: item.index))
