"""Schemathesis's hooks: counts every call, and says which of its findings are the protocol's own intent, and why.

Schemathesis loads this in an environment of its own (.schemathesis). It must not import what it tests: what a caller
may write in which form stands here a second time, from the README and not from the code.
"""

import json
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import schemathesis

CALLS = Path(os.environ["FUZZ_CALLS"])
SUBMITS = ("POST /v1/BigDug-Sasha", "POST /v2/BigDug-Sasha")
# A valid request may meet these all the same; what it meets depends on what was asked before it.
REFUSED_BY_WHAT_WENT_BEFORE = ("idempotency_key_reused", "erased", "not_cancelable", "insufficient_credits")
# What a schema cannot say: a cursor is one that the API gave, and a period begins before it ends.
REFUSED_BY_MEANING = {"cursor", "from", "to"}
MAX_SEED = 999_999_999_999_999
ROOM_FOR_AN_ID = 200
TEXTS = ("prompt", "negative_prompt", "scheduler")
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
YES, NO = ("true", "t", "yes", "y", "on", "1", "1.0"), ("false", "f", "no", "n", "off", "0", "0.0")
BOOLEANS = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
CLOUDFRONTS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """A key of its own for each request: else most submits would meet the one that another case was bound to."""
    key = (case.headers or {}).get("Idempotency-Key")
    if key and len(key) < ROOM_FOR_AN_ID:
        case.headers["Idempotency-Key"] = f"{key}-{uuid.uuid4()}"


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """One line for each call, whatever is thought of it later."""
    mode = case.meta.generation.mode.value if case.meta else "probe"
    call = {"operation": case.operation.label, "status": response.status_code, "mode": mode}
    with CALLS.open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(call) + "\n")


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Exception,
    case: schemathesis.Case,
    response: schemathesis.Response,
) -> bool:
    """Whether a finding is one. Each exception is a promise of the API's."""
    return not any(intended(failure, case, response) for intended in INTENDED.get(type(failure).__name__, ()))


def is_understood(failure: Exception, case: schemathesis.Case, response: schemathesis.Response) -> bool:
    """Old clients send numbers as strings, booleans as words or 0 and 1, and null for what they leave out."""
    is_of_the_body = "in body" in getattr(failure, "message", "")
    if case.operation.label not in SUBMITS or not is_of_the_body or not isinstance(case.body, dict):
        return False
    read = {name: as_meant(value, name) for name, value in case.body.items() if value is not None}
    schema = case.operation.schema.raw_schema
    asked = schema["components"]["schemas"]["GenerationParameters"]
    return bool(jsonschema_rs.validator_for(asked).is_valid(read))


def as_meant(value: Any, name: str) -> Any:
    if name == "base64":
        return BOOLEANS.get(str(value).strip().lower(), value)
    if isinstance(value, str) and name not in TEXTS and DECIMAL.fullmatch(value.strip()):
        return float(value)
    return value


def is_refused_by_what_went_before(
    failure: Exception, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Its key names another request, it was erased, it ended without a picture (422, as Segmind tells it)."""
    told = response.json()
    return told.get("code") in REFUSED_BY_WHAT_WENT_BEFORE or (
        response.status_code == 422 and told.get("status") == "FAILED"
    )


def is_refused_by_meaning(failure: Exception, case: schemathesis.Case, response: schemathesis.Response) -> bool:
    told = response.json()
    pointers = {fault["pointer"] for fault in told.get("errors", [])}
    asked = case.body if isinstance(case.body, dict) else {}
    if not str(asked.get("prompt", "-")).strip():  # what is blank to Python and not to a regular expression
        pointers.discard("/prompt")
    if asked.get("seed", 0) + (asked.get("samples") or 1) - 1 > MAX_SEED:
        pointers.discard("")
    return told.get("code") == "invalid_parameters" and pointers <= REFUSED_BY_MEANING


def is_the_status_of_what_was_erased(
    failure: Exception, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Erasing takes pictures, prompt and parameters; that there was a request, and how it ended, stays on record."""
    return case.operation.label == "GET /v2/requests/{request_id}/status"


def is_refused_by_cloudfront(failure: Exception, case: schemathesis.Case, response: schemathesis.Response) -> bool:
    """It never reaches the API: CloudFront knows seven methods."""
    return response.request.method not in CLOUDFRONTS and response.status_code == 403


def is_allowed_to_take_its_time(failure: Exception, case: schemathesis.Case, response: schemathesis.Response) -> bool:
    """A call to v1 waits for its pictures; and how fast the others are is measured elsewhere."""
    return True


INTENDED: dict[str, tuple[Callable[..., bool], ...]] = {
    "AcceptedNegativeData": (is_understood,),
    "RejectedPositiveData": (is_refused_by_what_went_before, is_refused_by_meaning),
    "ResponseTimeExceeded": (is_allowed_to_take_its_time,),
    "UseAfterFree": (is_the_status_of_what_was_erased,),
    "UnsupportedMethodResponse": (is_refused_by_cloudfront,),
}
