"""What the played API says where something is wrong: the product's own errors, each with words of its own."""

import math
from datetime import UTC, datetime, timedelta

from sasha.core.errors import (
    AllowanceSpent,
    Busy,
    Code,
    Erased,
    Fault,
    Forbidden,
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidApiKey,
    InvalidParameters,
    LimitReached,
    MethodNotAllowed,
    MissingApiKey,
    NotFound,
    PromptRefused,
    ProviderUnavailable,
    RateLimited,
    SashaError,
    SpendCapReached,
    TooLarge,
    UnsupportedMediaType,
)
from sasha.web.problems import PROBLEMS


def now() -> datetime:
    return datetime.now(UTC)


def midnight() -> datetime:
    """The next one."""
    return (now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _limit(
    kind: type[LimitReached], detail: str, policy: str, allowed: int, ends_in_s: int, *, passes: bool = True
) -> SashaError:
    ends_at = (now() + timedelta(seconds=ends_in_s)).replace(microsecond=0)
    return kind(
        detail,
        policy=policy,
        allowed=allowed,
        left=0,
        window_s=24 * 3600,
        ends_at=ends_at,
        ends_in_s=ends_in_s,
        passes=passes,
    )


BUSY = Busy("Too many are asking at once. Ask again in a second.")
FULL_MINUTE = _limit(RateLimited, "Too many requests in this minute.", "requests-per-minute", 30, 60)
BROKEN = SashaError("Something broke on the server. It is on record.")
# What a submit can be refused with.
REFUSALS: dict[Code, SashaError] = {
    Code.INSUFFICIENT_CREDITS: InsufficientCredits(4_000, 12_000),
    Code.PROMPT_REFUSED: PromptRefused("This site does not make pictures of that."),
    Code.INVALID_API_KEY: InvalidApiKey("This key was revoked."),
    Code.INVALID_PARAMETERS: InvalidParameters(
        Fault("/prompt", "String should have at most 4000 characters"), Fault("/samples", "Input should be 1 to 4")
    ),
    Code.MISSING_API_KEY: MissingApiKey("Missing API key: send it in the header x-api-key."),
    Code.FORBIDDEN: Forbidden("This account is disabled."),
    Code.METHOD_NOT_ALLOWED: MethodNotAllowed("POST", ("GET",)),
    Code.TOO_LARGE: TooLarge("The body is larger than 64 KB."),
    Code.UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaType("Send JSON, as application/json."),
    Code.IDEMPOTENCY_KEY_REUSED: IdempotencyKeyReused("This Idempotency-Key belongs to another request."),
    Code.RATE_LIMITED: _limit(
        RateLimited, "Its owner has set the limit to 0.", "requests-per-minute", 0, 60, passes=False
    ),
    Code.SPEND_CAP_REACHED: _limit(SpendCapReached, "This month's budget is used up.", "spend-per-month", 100, 900_000),
    Code.PROVIDER_UNAVAILABLE: ProviderUnavailable("Segmind serves nobody just now.", 60),
}
# What a request that was taken on can fail with.
FAILURES: dict[Code, str] = {
    Code.PROMPT_REFUSED: "Segmind refused the prompt.",
    Code.PROVIDER_ERROR: "Segmind answered with an error.",
    Code.PROVIDER_REJECTED_KEY: "Segmind does not accept this site's key.",
    Code.PROVIDER_OUT_OF_CREDITS: "This site's credits at Segmind are used up.",
    Code.BAD_PROVIDER_ANSWER: "Segmind's answer was no picture.",
    Code.PROVIDER_TIMEOUT: "Segmind did not answer in time.",
    Code.OUTCOME_UNKNOWN: "The connection to Segmind broke.",
    Code.WAITED_TOO_LONG: "It waited too long.",
    Code.INTERNAL: "Something broke on the server.",
}
# What a look can say of a request that the server had taken on, and does not have any more.
LOSSES: dict[Code, SashaError] = {
    Code.NOT_FOUND: NotFound("There is no such request."),
    Code.ERASED: Erased("This request was erased, as was asked."),
}


def allowance_spent() -> SashaError:
    ends_in_s = math.ceil((midnight() - now()).total_seconds())
    return _limit(AllowanceSpent, "The free pictures of today are used up.", "guest-images-per-day", 4, ends_in_s)


def status_of(code: Code) -> int:
    return PROBLEMS[code].status
