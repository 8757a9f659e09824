"""What the API says of itself: the model's description for the page, and the OpenAPI document."""

from dataclasses import asdict
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from sasha.core.doorkeeper import Closed
from sasha.core.money import as_number
from sasha.core.parameters import MODEL, GenerationParameters
from sasha.core.ports import Site, Terms
from sasha.core.quota import Limits


def describe_model(terms: Terms, limits: Limits, site: Site, closed: Closed | None) -> dict[str, Any]:
    """All that the page needs to build its form and its links. Prices in dollars and micro-dollars.

    `closed` is why nobody is taken on now.
    """
    return {
        "name": MODEL,
        "price": {
            "per_image": as_number(terms.price_micros),
            "micros_per_image": terms.price_micros,
            "currency": "USD",
        },
        "retention_days": terms.retention_s // (24 * 3600),
        "limits": {
            "requests_per_minute": limits.requests_per_minute,
            "guest_images_per_day": limits.guest_images_per_day if limits.guests_are_welcome else 0,
            "url_lifetime_s": limits.url_lifetime_s,
        },
        "availability": describe_availability(closed),
        "site": asdict(site),
        "links": {"documentation": "/openapi.json"},
        "parameters": _parameters_schema(),
    }


def describe_availability(closed: Closed | None) -> dict[str, Any]:
    """Whether anybody is taken on; if not, why, and in how many seconds to ask again."""
    if closed is None:
        return {"accepting": True, "detail": None, "retry_after_s": None}
    return {"accepting": False, **asdict(closed)}


def openapi_document(app: APIGatewayHttpResolver, base_url: str) -> dict[str, Any]:
    """OpenAPI 3.1, from the routes and the same pydantic models that validate."""
    return {**_openapi(app), "servers": [{"url": base_url}]}


@cache
def _parameters_schema() -> dict[str, Any]:
    return GenerationParameters.model_json_schema()


@cache
def _openapi(app: APIGatewayHttpResolver) -> dict[str, Any]:
    # The shapes of all answers are loaded for this alone.
    from sasha.web.openapi import describe  # noqa: PLC0415

    return describe(app)
