"""The OpenAPI document: Powertools' own, from the routes and the parameters model, completed by what it cannot know."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sasha.core.parameters import MODEL
from sasha.web import schemas

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
    ("get", "/v1/get-user-credits"): {200: schemas.Credits},
    ("get", f"/v1/models/{MODEL}"): {200: schemas.Model},
    ("get", "/openapi.json"): {200: None},
    ("get", "/healthz"): {200: schemas.Health},
}
PUBLIC = (f"/v1/models/{MODEL}", "/openapi.json", "/healthz")
SUBMIT_HEADERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Idempotency-Key", "The same key and body within 24 hours are the same request", {"maxLength": 255}),
    ("Prefer", "wait=N: wait up to N seconds, at most 25; respond-async: do not wait", {}),
)
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
    operation["responses"] = {
        **{str(status): _answer(status, model) for status, model in ANSWERS[method, path].items()},
        "default": {"description": "What went wrong", "content": _content(PROBLEM_JSON, schemas.Problem)},
    }
    if path not in PUBLIC:
        operation["security"] = [{"api_key": []}]
    if method == "post" and path.endswith(MODEL):
        operation["parameters"] = [
            {"name": name, "in": "header", "description": text, "schema": {"type": "string", **bounds}}
            for name, text, bounds in SUBMIT_HEADERS
        ]
    if (method, path) == ("post", f"/v1/{MODEL}"):
        operation["responses"]["200"]["content"] |= PICTURE


def _answer(status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    return {"description": DESCRIPTIONS[status], **({"content": _content(JSON, model)} if model else {})}


def _content(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": REF.format(model=model.__name__)}}}
