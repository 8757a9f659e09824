"""What no log may hold, each with a mark by which it is known, and every way in which Segmind can repeat it."""

from collections.abc import Iterator
from typing import Any

PROMPT = "a red fox in the snow, marked cd93f1"
NEGATIVE_PROMPT = "fog, marked 5e07aa"
BLOCKED_PROMPT = "a purple elephant, marked 1b8d20"
WRONG_KEY = "sasha_nobody_00112233445566778899aabbccddeeff"
IDEMPOTENCY_KEY = "marked-0d4c77"
ADDRESSES = ("203.0.113.77", "2001:db8:77:77::77")
WRONG_GATEWAY_SECRET = "marked-93aa0e"
RESPONSE_SIGNATURE = "marked-c8f251"


def echoes(echo: str) -> Iterator[dict[str, Any]]:
    """Every way in which Segmind can repeat what it was asked."""
    for status in (400, 401, 403, 404, 406, 429, 500, 502, 503, 504):
        yield {"kind": "status", "status": status, "body": {"error": f"This cannot be made: {echo}"}}
    for status in (400, 500, 502, 504):  # of something in between
        yield {"kind": "status", "status": status, "body": f"<html>{echo}</html>"}
    for body in ({"image": echo}, {"ok": echo}, {"images": [{"url": f"https://[{echo}"}]}, echo):
        yield {"kind": "status", "status": 200, "body": body}
    yield {"kind": "json_urls", "url": f"http://127.0.0.2:9/{IDEMPOTENCY_KEY}?X-Amz-Signature={WRONG_GATEWAY_SECRET}"}
    spoken = dict.fromkeys(("x-seed-value", "x-generation-time", "x-rate-limit-reset-at-utc"), IDEMPOTENCY_KEY)
    yield {"kind": "delay", "delay_s": 0.01, "headers": spoken}
    yield {"kind": "status", "status": 429, "headers": spoken}
    for kind in ("reset", "reset_after_billing", "truncated", "half_picture", "json_url_unparsable"):
        yield {"kind": kind}
