"""The OpenAPI document: Powertools' own, from the routes and the parameters model, completed by what it cannot know."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sasha.core.parameters import MODEL
from sasha.web import schemas
from sasha.web.usage import COLUMNS as USAGE_COLUMNS

REF = "#/components/schemas/{model}"
JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
Models = dict[int, type[BaseModel] | None]

# By operation: the model of each answer that is no problem. None: no body, or none that has a schema.
ANSWERS: dict[tuple[str, str], Models] = {
    ("post", f"/v1/{MODEL}"): {200: schemas.Result, 202: schemas.Submitted, 303: None},
    ("post", f"/v2/{MODEL}"): {200: schemas.Submitted, 422: schemas.Result},
    ("get", "/v2/requests"): {200: schemas.History},
    ("get", "/v2/requests/{request_id}"): {200: schemas.Result, 422: schemas.Result},
    ("get", "/v2/requests/{request_id}/status"): {200: schemas.State, 422: schemas.State},
    ("get", "/v2/requests/{request_id}/images/{index}"): {303: None},
    ("post", "/v2/requests/{request_id}/cancel"): {200: schemas.State},
    ("delete", "/v2/requests/{request_id}"): {204: None},
    ("delete", "/v2/requests/{request_id}/images/{index}"): {204: None},
    ("get", "/v2/usage"): {200: schemas.Usage},
    ("get", "/v1/get-user-credits"): {200: schemas.Credits},
    ("get", f"/v1/models/{MODEL}"): {200: schemas.Model},
    ("get", "/openapi.json"): {200: None},
    ("get", "/healthz"): {200: schemas.Health},
}
PUBLIC = (f"/v1/models/{MODEL}", "/openapi.json", "/healthz")
# What is asked of one request: that of a visitor without a key is for whoever holds its id.
OF_ONE_REQUEST = "/v2/requests/{request_id}"
# What the page asks for a visitor without a key, by this header.
FOR_GUESTS = (("post", f"/v2/{MODEL}"), ("get", "/v1/get-user-credits"))
GUEST_HEADER = (
    "sasha-guest",
    "1: a visitor of the page, without a key; on the page's own address alone. Anything else says nothing",
    {"examples": ["1"]},
)
API_KEY: dict[str, list[str]] = {"api_key": []}
SUBMIT_HEADERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Idempotency-Key",
        "The same key and body within 24 hours are the same request",
        {"minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
    ),
    ("Prefer", "wait=N: wait up to N seconds, at most 25; respond-async: do not wait", {}),
)
LIMIT_HEADERS = {
    "RateLimit-Policy": "The limit that is nearest to the caller: its name, quota (q) and window in seconds (w)",
    "RateLimit": "What remains of it (r), and in how many seconds its window ends (t)",
}
# On every answer to what was taken on; beside a picture's bytes; on what was refused because of a limit.
TAKEN_ON_HEADERS = {
    "x-request-id": "The request, as it is known from now on",
    "x-held-credits": "US dollars held until it ends",
    "x-cost": "US dollars that it cost, once it has ended",
    "x-remaining-credits": "US dollars that the account has left",
    "Idempotent-Replayed": "true: the request of this Idempotency-Key, which was taken on before",
    "Preference-Applied": "What was heeded of Prefer",
    **LIMIT_HEADERS,
}
PICTURE_HEADERS = {
    "x-generation-time": "Of a picture that is sent by itself: the seconds that it took",
    "x-seed-value": "Of a picture that is sent by itself: its seed",
    "Content-Disposition": "Of a picture that is sent by itself: its file name",
    "Content-Location": "Of a picture that is sent by itself: where the whole result is",
}
PROBLEM_HEADERS = {
    "Retry-After": "Seconds, at most an hour, where asking again may be of use",
    "WWW-Authenticate": "How to authenticate, with a 401",
}
REFUSED_HEADERS = {
    "Retry-After": PROBLEM_HEADERS["Retry-After"],
    "x-rate-limit-reset-at-utc": "When the limit's window ends",
    **LIMIT_HEADERS,
}
# By status, whatever the operation; and by operation, on its answer that is no problem.
HEADERS_OF = {
    202: {"Location": "Where the result is", "Retry-After": "Seconds until it is worth asking"},
    303: {"Location": "A URL that works for a while"},
}
HEADERS = {
    ("get", "/v2/requests"): {"Link": "Where the following requests are"},
    ("get", "/v2/usage"): {"Link": "Where the following entries are", "Vary": "Accept decides between JSON and CSV"},
    ("get", "/v2/requests/{request_id}"): {"Retry-After": "Seconds, while it is unfinished"},
}
CSV = {
    "description": f"By `Accept: text/csv` (RFC 4180): a row per entry, with the columns {', '.join(USAGE_COLUMNS)}. "
    "What follows is in the header Link alone.",
    "type": "string",
}
BYTES = {"schema": {"type": "string", "format": "binary"}}
PICTURE = dict.fromkeys(("image/png", "image/jpeg", "image/webp"), BYTES)
DESCRIPTIONS = {200: "Done", 202: "Taken on, still running", 204: "Erased", 303: "Fetch its Location", 422: "It failed"}


def describe(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """The document, without `servers`: these depend on the host that was called."""
    document: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title="Sasha",
            version="1.0.0",
            description="Text to image with BigDug-Sasha: Segmind's own protocol, and nothing billed twice or lost.",
        )
    )
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method, path)
    used = {model for answers in ANSWERS.values() for model in answers.values() if model} | {schemas.Problem}
    ordered = sorted(used, key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "serialization") for model in ordered], ref_template=REF)
    asked = document["components"]["schemas"]["GenerationParameters"]
    document["components"]["schemas"] = {"GenerationParameters": asked, **definitions["$defs"]}
    document["components"]["securitySchemes"] = {"api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}
    return document


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    asked = (method, path)
    told = HEADERS.get(asked, {})
    operation["responses"] = {
        **{
            str(status): _answer(status, model, told | HEADERS_OF.get(status, {}))
            for status, model in ANSWERS[asked].items()
        },
        "default": {
            "description": "What went wrong",
            "headers": _headers(PROBLEM_HEADERS),
            "content": _content(PROBLEM_JSON, schemas.Problem),
        },
    }
    if path not in PUBLIC:
        keyless = path.startswith(OF_ONE_REQUEST) or asked in FOR_GUESTS
        operation["security"] = [API_KEY, {}] if keyless else [API_KEY]
    if path == "/v2/usage":
        operation["responses"]["200"]["content"]["text/csv"] = {"schema": CSV}
    if method == "post" and path.endswith(MODEL):
        _complete_submit(operation)
    if asked == ("post", f"/v1/{MODEL}"):
        answer = operation["responses"]["200"]
        answer["content"] |= PICTURE
        answer["headers"] |= _headers(PICTURE_HEADERS)
        operation["responses"]["303"]["headers"] |= _headers(PICTURE_HEADERS)
    if asked in FOR_GUESTS:
        operation.setdefault("parameters", []).append(_header(*GUEST_HEADER))


def _complete_submit(operation: dict[str, Any]) -> None:
    operation["parameters"] = [_header(*header) for header in SUBMIT_HEADERS]
    for answer in operation["responses"].values():
        answer["headers"] = answer.get("headers", {}) | _headers(TAKEN_ON_HEADERS)
    if "422" in operation["responses"]:
        # It failed, or its Idempotency-Key is another request's.
        operation["responses"]["422"]["content"] |= _content(PROBLEM_JSON, schemas.Problem)
    operation["responses"]["429"] = {
        **operation["responses"]["default"],
        "description": "A limit is reached",
        "headers": _headers(REFUSED_HEADERS),
    }


def _header(name: str, text: str, bounds: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": text, "schema": {"type": "string", **bounds}}


def _headers(told: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in told.items()}


def _answer(status: int, model: type[BaseModel] | None, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "description": DESCRIPTIONS[status],
        **({"headers": _headers(headers)} if headers else {}),
        **({"content": _content(JSON, model)} if model else {}),
    }


def _content(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": REF.format(model=model.__name__)}}}
