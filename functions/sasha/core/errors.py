"""Everything that can be refused or go wrong, by name.

SashaError
├─ the caller's: InvalidParameters  PromptRefused  MissingApiKey  InvalidApiKey  Forbidden  NotFound  MethodNotAllowed
│                NotCancelable  Erased  TooLarge  UnsupportedMediaType  InsufficientCredits  IdempotencyKeyReused
│                LimitReached: RateLimited  AllowanceSpent  SpendCapReached
├─ the owner's:  ReferenceReused
├─ ours:         Busy
└─ Segmind's:    ProviderUnavailable  (before anything is held)

Not everything with a code is raised: a request that ended without a picture carries its failure's. Web turns a code
into a status, in one table (web/problems.py). What a single picture's call can end in is in core/ports.py, beside the
port that raises it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sasha.core.money import dollars


class Code(StrEnum):
    """What a machine reads of an error; texts may change, these do not."""

    INVALID_PARAMETERS = "invalid_parameters"
    PROMPT_REFUSED = "prompt_refused"
    MISSING_API_KEY = "missing_api_key"
    INVALID_API_KEY = "invalid_api_key"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_CANCELABLE = "not_cancelable"
    CANCELED = "canceled"
    ERASED = "erased"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    RATE_LIMITED = "rate_limited"
    ALLOWANCE_SPENT = "allowance_spent"
    SPEND_CAP_REACHED = "spend_cap_reached"
    INTERNAL = "internal"
    PROVIDER_ERROR = "provider_error"
    PROVIDER_REJECTED_KEY = "provider_rejected_key"
    PROVIDER_OUT_OF_CREDITS = "provider_out_of_credits"
    BAD_PROVIDER_ANSWER = "bad_provider_answer"
    BUSY = "busy"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_TIMEOUT = "provider_timeout"
    OUTCOME_UNKNOWN = "outcome_unknown"
    WAITED_TOO_LONG = "waited_too_long"
    STILL_RUNNING = "still_running"


def known_code(text: str) -> str:
    """A code on record, for reading: one that only a later version of this code knows counts as an internal error."""
    return text if text in set(Code) else Code.INTERNAL


class SashaError(Exception):
    """Base of all errors that a caller may see: a code, and one or two sentences that say what to do."""

    code: ClassVar[Code] = Code.INTERNAL

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Fault:
    """One bad field: a JSON pointer into the body (or the parameter's name) and what is wrong with it."""

    pointer: str
    detail: str


class InvalidParameters(SashaError):
    code = Code.INVALID_PARAMETERS

    def __init__(self, *faults: Fault) -> None:
        super().__init__(
            "; ".join(f"{fault.pointer}: {fault.detail}" if fault.pointer else fault.detail for fault in faults)
        )
        self.faults = faults


class PromptRefused(SashaError):
    code = Code.PROMPT_REFUSED


class MissingApiKey(SashaError):
    code = Code.MISSING_API_KEY


class InvalidApiKey(SashaError):
    code = Code.INVALID_API_KEY


class Forbidden(SashaError):
    code = Code.FORBIDDEN


class NotFound(SashaError):
    code = Code.NOT_FOUND


class MethodNotAllowed(SashaError):
    code = Code.METHOD_NOT_ALLOWED

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{method} is not allowed here; use {' or '.join(allowed)}.")
        self.allowed = allowed


class NotCancelable(SashaError):
    code = Code.NOT_CANCELABLE


class Erased(SashaError):
    code = Code.ERASED


class TooLarge(SashaError):
    code = Code.TOO_LARGE


class UnsupportedMediaType(SashaError):
    code = Code.UNSUPPORTED_MEDIA_TYPE


class InsufficientCredits(SashaError):
    code = Code.INSUFFICIENT_CREDITS

    def __init__(self, balance_micros: int, price_micros: int) -> None:
        super().__init__(
            f"Insufficient credits: this costs ${dollars(price_micros)} and the balance is ${dollars(balance_micros)}. "
            "Ask for fewer pictures, or have the account topped up."
        )


class IdempotencyKeyReused(SashaError):
    code = Code.IDEMPOTENCY_KEY_REUSED


class LimitReached(SashaError):
    """One of the limits that count requests, pictures or dollars; `ends_at` is when its window ends.

    `policy` names it, `allowed` and `left` are in requests or pictures per `window_s` seconds. `passes` is False where
    as much as was asked for is never allowed, however long one waits.
    """

    def __init__(
        self,
        detail: str,
        *,
        policy: str,
        allowed: int,
        left: int,
        window_s: int,
        ends_at: datetime,
        ends_in_s: int,
        passes: bool,
    ) -> None:
        super().__init__(detail)
        self.policy, self.allowed, self.left = policy, allowed, left
        self.window_s, self.ends_at, self.ends_in_s = window_s, ends_at, ends_in_s
        self.passes = passes


class RateLimited(LimitReached):
    code = Code.RATE_LIMITED


class AllowanceSpent(LimitReached):
    code = Code.ALLOWANCE_SPENT


class SpendCapReached(LimitReached):
    code = Code.SPEND_CAP_REACHED


class ReferenceReused(SashaError):
    """The owner's slip: a top-up's reference that stands for another amount."""

    code = Code.INVALID_PARAMETERS


class Busy(SashaError):
    code = Code.BUSY


class ProviderUnavailable(SashaError):
    code = Code.PROVIDER_UNAVAILABLE

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
