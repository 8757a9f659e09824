"""Joins the local CloudFront, HTTP API, page and pictures, as the template connects them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloudfront import CloudFront, distribution
from local.functions import Invocation
from local.http_api import Cors, HttpApi
from local.messages import Responder
from local.origins import BucketOrigin, SiteFiles
from local.stack import Stack


@dataclass(frozen=True, slots=True)
class Gateway:
    """`page` answers as CloudFront does, `api` as the HTTP API's own host."""

    page: Responder
    api: Responder
    stop: Callable[[], None]


def gateway(
    stack: Stack, invoke: Callable[[Any], Invocation], api_address: str, aws_address: str, site: Path
) -> Gateway:
    """The gateway of a stack. Addresses are `host:port`; `invoke` calls the API function; `site` holds the page."""
    api = HttpApi(invoke, api_address, _cors(stack))
    described = distribution(stack)
    origins: dict[str, Responder] = {}
    for origin in described.origins:
        if origin.kind == "api":
            origins[origin.id] = api.respond
        elif origin.kind == "bucket":
            origins[origin.id] = BucketOrigin(aws_address, origin.bucket).respond
        else:
            origins[origin.id] = SiteFiles(site).respond
    return Gateway(CloudFront(described, origins).respond, api.respond, api.stop)


def _cors(stack: Stack) -> Cors | None:
    (name,) = stack.template.of_type("AWS::Serverless::HttpApi")
    body = stack.template.properties(name)["DefinitionBody"]
    definition = stack.resolver.resolve(body.get("x-amazon-apigateway-cors"))
    return Cors.of(definition) if definition else None
