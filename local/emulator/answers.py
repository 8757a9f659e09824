"""What the emulator answers, byte for byte: Segmind's error envelope, its pages, and the forms of a success."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

# Segmind has no stable codes, only texts: these are the contract's where it has them.
TEXTS = {
    400: "Bad request: invalid parameters",
    403: "Forbidden: your account may not call this model",
    404: "Model not found",
    410: "This model has been retired",
    429: "Rate limit exceeded. Please try again later",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}
MISSING_KEY = "Missing Authorization or x-api-key in header"
INVALID_KEY = "Unauthorized. API key is invalid or may have expired..."
INVALID_CONTENT_TYPE = "Invalid content type. Only application/json is supported"
INSUFFICIENT_CREDITS = "Insufficient credits. Please add credits to your account"
TEAM_LIMIT = "Team spending limit reached. Please contact your team's administrator"
TEXT_TYPES = {"<": "text/html; charset=utf-8", "{": "application/json", "[": "application/json"}
PAGES = frozenset({405, 502, 504})  # these come as HTML: the wrong verb's page, and what stands before Segmind


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer. `padding` zero bytes follow the body and count as part of it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    padding: int = 0

    def with_headers(self, headers: Mapping[str, str | None]) -> "Answer":
        """With these besides, or in the place of those of the same name; None takes one away."""
        merged = {**self.headers, **{name.lower(): value for name, value in headers.items()}}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json"})


def error(status: int, text: str) -> Answer:
    """Segmind's envelope."""
    return as_json({"error": text}, status)


def page(status: int) -> Answer:
    """An HTML page, as a proxy or a web framework writes it."""
    phrase = HTTPStatus(status).phrase
    html = (
        f"<!doctype html>\n<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"
    )
    return Answer(status, html.encode(), {"content-type": "text/html; charset=utf-8"})


def usual_answer(status: int) -> Answer:
    """What the contract has for this status."""
    return page(status) if status in PAGES else error(status, TEXTS.get(status, HTTPStatus(status).phrase))


def answer_with(status: int, body: Any) -> Answer:
    """A scripted body: bytes and text (HTML, JSON by its looks) as they are, anything else as JSON, None: the usual."""
    if body is None:
        return usual_answer(status)
    if isinstance(body, bytes):
        return Answer(status, body, {"content-type": "application/octet-stream"})
    if isinstance(body, str):
        content_type = TEXT_TYPES.get(body.lstrip()[:1], "text/plain; charset=utf-8")
        return Answer(status, body.encode(), {"content-type": content_type})
    return as_json(body, status)


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
