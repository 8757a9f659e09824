"""What a caller may ask of the conversation itself: how long to wait, and under which key to remember the request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sasha.core.errors import Fault, InvalidParameters
from sasha.core.request import is_uuid

# API Gateway cuts a call off at 30 s; this leaves room to answer.
LONGEST_WAIT_S = 25
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Waiting:
    """How long to wait for the end, and what `Preference-Applied` says of it ("" where nothing was asked)."""

    seconds: int
    applied: str


def waiting(headers: Mapping[str, str], otherwise_s: int) -> Waiting:
    """From `Prefer` (RFC 7240): `wait=N`, then an answer without the end; `respond-async` alone does not wait.

    What cannot be understood is ignored, as the RFC says.
    """
    preferences = {
        name.strip().lower(): value.strip().strip('"')
        for name, _, value in (one.partition("=") for one in re.split(r"[,;]", headers.get("prefer", "")))
    }
    wait = preferences.get("wait", "")
    if wait.isdecimal() and wait.isascii():
        seconds = LONGEST_WAIT_S if len(wait) > 2 else min(int(wait), LONGEST_WAIT_S)
        return Waiting(seconds, f"wait={seconds}")
    return Waiting(0, "respond-async") if "respond-async" in preferences else Waiting(otherwise_s, "")


def idempotency_key(headers: Mapping[str, str], *, must_be_uuid: bool = False) -> str | None:
    """The `Idempotency-Key`, quoted or bare. Raises InvalidParameters for one that cannot be kept.

    Guests share one room for their keys, so that theirs `must_be_uuid`: nobody guesses another's.
    """
    if "idempotency-key" not in headers:
        return None
    key = headers["idempotency-key"].strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidParameters(
            Fault("Idempotency-Key", "Should be 1 to 255 visible ASCII characters, such as a UUID; send it once.")
        )
    if must_be_uuid and not is_uuid(key):
        raise InvalidParameters(
            Fault("Idempotency-Key", "Without an API key it should be a UUID, a new one for each request.")
        )
    return key.lower() if must_be_uuid else key
