"""The ledger: every movement of an account's credits, an entry that never changes and never expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from sasha.core.request import GenerationRequest
from sasha.core.timing import Timestamp


class Movement(StrEnum):
    HOLD = "hold"
    REFUND = "refund"
    TOP_UP = "top_up"


class Entry(BaseModel):
    """One movement in micro-dollars: a hold is negative. What belongs to one request carries the time of its creation.

    `pictures` are those held or given back; `price_micros` is what one of them cost when the request was accepted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    account: str
    at: Timestamp
    kind: Movement
    amount_micros: int
    request_id: str | None = None
    reference: str | None = None
    pictures: int = 0
    price_micros: int | None = None

    @classmethod
    def hold(cls, request: GenerationRequest) -> Self:
        """What is taken when a request is accepted."""
        return cls._of(request, Movement.HOLD, -request.price_of_all_micros, request.samples)

    @classmethod
    def refund(cls, request: GenerationRequest) -> Self:
        """What is given back when it is settled."""
        return cls._of(request, Movement.REFUND, request.refund_micros, request.samples - len(request.images))

    @classmethod
    def top_up(cls, account: str, amount_micros: int, reference: str, at: datetime) -> Self:
        """What the owner puts in. It is entered once per account and reference."""
        return cls(account=account, at=at, kind=Movement.TOP_UP, amount_micros=amount_micros, reference=reference)

    @classmethod
    def _of(cls, request: GenerationRequest, kind: Movement, amount_micros: int, pictures: int) -> Self:
        return cls(
            account=request.account,
            at=request.created_at,
            kind=kind,
            amount_micros=amount_micros,
            request_id=request.id,
            pictures=pictures,
            price_micros=request.price_micros,
        )


@dataclass(frozen=True)
class EntryPage:
    """Entries, the oldest first, and the cursor of those that follow."""

    entries: Sequence[Entry]
    next: str | None
