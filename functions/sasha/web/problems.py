"""Errors as answers (RFC 9457), and the only table that gives an error its status."""

import json
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import Response

from sasha.core.errors import (
    Code,
    InvalidParameters,
    LimitReached,
    MethodNotAllowed,
    ProviderUnavailable,
    SashaError,
)
from sasha.core.timing import iso

PROBLEM_JSON = "application/problem+json"


# Some clients sleep for as long as they are told.
LONGEST_RETRY_AFTER_S = 3600


@dataclass(frozen=True)
class Problem:
    """How an error is told: `retryable` says whether the very same call may succeed later."""

    status: int
    title: str
    retryable: bool = False
    retry_after_s: int | None = None


PROBLEMS: dict[Code, Problem] = {
    Code.INVALID_PARAMETERS: Problem(400, "Invalid parameters"),
    Code.PROMPT_REFUSED: Problem(400, "Prompt refused"),
    Code.MISSING_API_KEY: Problem(401, "Missing API key"),
    Code.INVALID_API_KEY: Problem(401, "Invalid API key"),
    Code.FORBIDDEN: Problem(403, "Forbidden"),
    Code.NOT_FOUND: Problem(404, "Not found"),
    Code.METHOD_NOT_ALLOWED: Problem(405, "Method not allowed"),
    Code.INSUFFICIENT_CREDITS: Problem(406, "Insufficient credits"),
    Code.NOT_CANCELABLE: Problem(409, "Not cancelable"),
    Code.CANCELED: Problem(409, "Canceled"),
    Code.ERASED: Problem(410, "Erased"),
    Code.TOO_LARGE: Problem(413, "Too large"),
    Code.UNSUPPORTED_MEDIA_TYPE: Problem(415, "Unsupported media type"),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(422, "Idempotency key reused"),
    Code.RATE_LIMITED: Problem(429, "Rate limited", retryable=True),
    Code.ALLOWANCE_SPENT: Problem(429, "Allowance spent", retryable=True),
    Code.SPEND_CAP_REACHED: Problem(429, "Spend cap reached", retryable=True),
    Code.INTERNAL: Problem(500, "Internal error", retryable=True),
    Code.PROVIDER_ERROR: Problem(502, "Provider error", retryable=True),
    Code.PROVIDER_REJECTED_KEY: Problem(502, "Provider rejected this site's key"),
    Code.PROVIDER_OUT_OF_CREDITS: Problem(502, "Provider out of credits"),
    Code.BAD_PROVIDER_ANSWER: Problem(502, "Bad provider answer", retryable=True),
    Code.BUSY: Problem(503, "Busy", retryable=True, retry_after_s=1),
    Code.PROVIDER_UNAVAILABLE: Problem(503, "Provider unavailable", retryable=True, retry_after_s=60),
    Code.PROVIDER_TIMEOUT: Problem(504, "Provider timeout", retryable=True),
    Code.OUTCOME_UNKNOWN: Problem(504, "Outcome unknown", retryable=True),
    Code.WAITED_TOO_LONG: Problem(504, "Waited too long", retryable=True),
    Code.STILL_RUNNING: Problem(504, "Still running"),
}


# What still runs is held, and billed only if it brings pictures; and who knows how far we came when we broke.
UNDECIDED = (Code.STILL_RUNNING, Code.INTERNAL)
A_KEY_WOULD_HELP = (Code.MISSING_API_KEY, Code.INVALID_API_KEY, Code.INSUFFICIENT_CREDITS, Code.ALLOWANCE_SPENT)


def problem(
    code: Code, detail: str, *, request_id: str | None = None, headers: dict[str, str] | None = None, **more: Any
) -> Response[str]:
    """The answer for an error. `error` repeats the detail: it is the one member that Segmind's SDK reads."""
    known = PROBLEMS[code]
    body = {
        "type": f"urn:sasha:problem:{code}",
        "title": known.title,
        "status": known.status,
        "detail": detail,
        "code": code,
        "billed": None if code in UNDECIDED else False,
        "retryable": known.retryable,
        **({"request_id": request_id} if request_id else {}),
        **more,
        "error": detail,
    }
    retry_after = {"Retry-After": str(known.retry_after_s)} if known.retry_after_s else {}
    return Response(
        status_code=known.status,
        content_type=PROBLEM_JSON,
        body=json.dumps(body),
        headers={**retry_after, **(headers or {})},
    )


def rate_limit(policy: str, allowed: int, left: int, window_s: int, ends_in_s: int) -> dict[str, str]:
    """A limit in the IETF's header fields (draft-ietf-httpapi-ratelimit-headers-10); times in seconds."""
    return {
        "RateLimit-Policy": f'"{policy}";q={allowed};w={window_s}',
        "RateLimit": f'"{policy}";r={left};t={ends_in_s}',
    }


def problem_of(error: SashaError, get_key_url: str = "") -> Response[str]:
    """The answer for an error that was raised. `get_key_url` is where the owner hands out keys and credits, if told."""
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if PROBLEMS[error.code].status == 401:
        headers["WWW-Authenticate"] = 'ApiKey realm="sasha", header="x-api-key"'
    match error:
        case InvalidParameters():
            more["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults]
        case MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
        case ProviderUnavailable():
            headers["Retry-After"] = str(error.retry_after_s)
        case LimitReached():
            headers |= rate_limit(error.policy, error.allowed, error.left, error.window_s, error.ends_in_s)
            if error.passes:
                headers["Retry-After"] = str(min(error.ends_in_s, LONGEST_RETRY_AFTER_S))
            more["retryable"] = error.passes
            headers["x-rate-limit-reset-at-utc"] = iso(error.ends_at)
            more["limit"] = {"name": error.policy, "allowed": error.allowed, "left": error.left}
            more["limit"]["resets_at"] = iso(error.ends_at)
    where = f" Keys and credits: {get_key_url}" if get_key_url and error.code in A_KEY_WOULD_HELP else ""
    return problem(error.code, error.detail + where, headers=headers, **more)
