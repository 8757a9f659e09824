"""Plays the template's CloudFront distribution: which path goes where, with which headers there and back."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.intrinsics import Resolver
from local.messages import Answer, Request, Responder
from local.stack import Stack
from local.template import Template

_ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# AWS's managed policies, as its documentation lists them.
_MANAGED_RESPONSE_HEADERS = {
    "67f7725c-6f97-4210-82d7-5512b31e9d03": {  # Managed-SecurityHeadersPolicy
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "X-XSS-Protection": "1; mode=block",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
}
# CloudFront compresses answers of these kinds and sizes (its list is longer; the page has no others).
_COMPRESSED = ("text/", "application/json", "application/javascript", "application/xml", "image/svg+xml")
_COMPRESSED_BYTES = range(1_000, 10_000_001)
# What CloudFront asks an origin with even where a policy lets no header through.
_ALWAYS_FORWARDED = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"}
)


@dataclass(frozen=True, slots=True)
class Behavior:
    """One cache behaviour. `forwards_viewer` and `forwards_query` are its origin request policy, reduced to ours."""

    pattern: str
    origin: str
    methods: tuple[str, ...]
    forwards_viewer: bool = False
    forwards_query: bool = False
    viewer_function: bool = False
    compresses: bool = False
    response_headers: Mapping[str, str] = field(default_factory=dict)

    def matches(self, path: str) -> bool:
        wildcards = {"*": ".*", "?": "."}
        pattern = "".join(wildcards.get(letter, re.escape(letter)) for letter in self.pattern)
        return re.fullmatch(pattern, path) is not None


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin of the distribution: `kind` is what the template connects it to."""

    id: str
    kind: str  # "site", "bucket" or "api"
    bucket: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The parts of a distribution that a request can notice."""

    root_object: str
    behaviors: tuple[Behavior, ...]
    origins: tuple[Origin, ...]


def distribution(stack: Stack) -> Distribution:
    """Read the template's one distribution. Raises ValueError for a policy or origin that is not known here."""
    template, resolver = stack.template, stack.resolver
    (name,) = template.of_type("AWS::CloudFront::Distribution")
    config = template.properties(name)["DistributionConfig"]
    behaviors = [_behavior(each, template, resolver) for each in config["CacheBehaviors"]]
    behaviors.append(_behavior({**config["DefaultCacheBehavior"], "PathPattern": "*"}, template, resolver))
    return Distribution(
        root_object=config.get("DefaultRootObject", ""),
        behaviors=tuple(behaviors),
        origins=tuple(_origin(each, stack) for each in config["Origins"]),
    )


class CloudFront:
    """Answers a viewer's request with the origin of the first behaviour whose pattern matches the path."""

    def __init__(self, distribution: Distribution, origins: Mapping[str, Responder]) -> None:
        """`origins` has what stands behind each of the distribution's origins, by its id."""
        self._distribution = distribution
        self._responders = origins
        self._custom_headers = {origin.id: dict(origin.headers) for origin in distribution.origins}

    def respond(self, request: Request) -> Answer:
        behavior = next(each for each in self._distribution.behaviors if each.matches(request.path))
        if request.method not in behavior.methods:
            return Answer(403, (("content-type", "text/html"),), _METHOD_REFUSED).with_headers(
                behavior.response_headers
            )
        answer = self._responders[behavior.origin](self._origin_request(request, behavior))
        if behavior.compresses and "gzip" in request.headers.get("accept-encoding", ""):
            answer = _compressed(answer)
        return answer.with_headers(behavior.response_headers)

    def _origin_request(self, request: Request, behavior: Behavior) -> Request:
        path = f"/{self._distribution.root_object}" if request.path == "/" else request.path
        if behavior.forwards_viewer:
            headers = {name: value for name, value in request.headers.items() if name != "host"}
        else:
            headers = {name: request.headers[name] for name in _ALWAYS_FORWARDED if name in request.headers}
            headers["user-agent"] = "Amazon CloudFront"
        if behavior.viewer_function:  # what ViewerFunction's few lines do, whatever the viewer had claimed
            headers["x-viewer-host"] = request.headers.get("host", "")
            headers["x-viewer-address"] = request.client_address
        forwarded_for = [*filter(None, [headers.get("x-forwarded-for")]), request.client_address]
        headers["x-forwarded-for"] = ", ".join(forwarded_for)
        headers |= self._custom_headers[behavior.origin]
        query = request.query if behavior.forwards_viewer or behavior.forwards_query else ""
        return replace(request, path=path, query=query, headers=headers)


def _behavior(config: Mapping[str, Any], template: Template, resolver: Resolver) -> Behavior:
    if config["CachePolicyId"] not in (_CACHING_DISABLED, _CACHING_OPTIMIZED):
        raise ValueError(f"the local CloudFront does not know the cache policy {config['CachePolicyId']}")
    policy = resolver.resolve(config.get("OriginRequestPolicyId"))
    custom = template.resources.get(policy or "", {}).get("Properties", {}).get("OriginRequestPolicyConfig")
    if policy not in (None, _ALL_VIEWER_EXCEPT_HOST) and custom is None:
        raise ValueError(f"the local CloudFront does not know the origin request policy {policy}")
    return Behavior(
        pattern=config["PathPattern"],
        origin=config["TargetOriginId"],
        methods=tuple(config.get("AllowedMethods", ("GET", "HEAD"))),
        forwards_viewer=policy == _ALL_VIEWER_EXCEPT_HOST,
        forwards_query=bool(custom) and custom["QueryStringsConfig"]["QueryStringBehavior"] == "all",
        viewer_function=any(each["EventType"] == "viewer-request" for each in config.get("FunctionAssociations", ())),
        # Only a cache policy that keeps compressed copies apart lets CloudFront make them.
        compresses=bool(config.get("Compress")) and config["CachePolicyId"] == _CACHING_OPTIMIZED,
        response_headers=_response_headers(resolver.resolve(config.get("ResponseHeadersPolicyId")), template),
    )


def _compressed(answer: Answer) -> Answer:
    kind = answer.header("content-type") or ""
    if answer.status != 200 or not kind.startswith(_COMPRESSED) or len(answer.body) not in _COMPRESSED_BYTES:
        return answer
    headers = {"content-encoding": "gzip", "vary": "Accept-Encoding"}
    return replace(answer, body=gzip.compress(answer.body, mtime=0)).with_headers(headers)


def _origin(config: Mapping[str, Any], stack: Stack) -> Origin:
    secret = f"{{{{resolve:secretsmanager:{stack.gateway_secret_id}:SecretString:origin}}}}"
    custom = stack.resolver.resolve(config.get("OriginCustomHeaders", []))
    headers = {each["HeaderName"].lower(): each["HeaderValue"].replace(secret, stack.gateway_secret) for each in custom}
    if "OriginAccessControlId" in config:
        return Origin(config["Id"], "site", headers=headers)
    match config["DomainName"]:
        case {"Fn::GetAtt": [bucket, "RegionalDomainName"]}:
            return Origin(config["Id"], "bucket", bucket=stack.resolver.names[bucket], headers=headers)
        case {"Fn::Sub": str(text)} if any(f"${{{api}}}" in text for api in stack.template.of_type(_HTTP_API)):
            return Origin(config["Id"], "api", headers=headers)
    raise ValueError(f"the local CloudFront does not know what the origin {config['Id']} is")


def _response_headers(policy: str | None, template: Template) -> dict[str, str]:
    if policy is None or policy in _MANAGED_RESPONSE_HEADERS:
        return dict(_MANAGED_RESPONSE_HEADERS.get(policy or "", {}))
    config = template.properties(policy)["ResponseHeadersPolicyConfig"]
    security = config.get("SecurityHeadersConfig", {})
    headers = {item["Header"]: item["Value"] for item in config.get("CustomHeadersConfig", {}).get("Items", ())}
    if "ContentSecurityPolicy" in security:
        headers["Content-Security-Policy"] = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    if "ContentTypeOptions" in security:
        headers["X-Content-Type-Options"] = "nosniff"
    if "FrameOptions" in security:
        headers["X-Frame-Options"] = security["FrameOptions"]["FrameOption"]
    if "ReferrerPolicy" in security:
        headers["Referrer-Policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    if "StrictTransportSecurity" in security:
        headers["Strict-Transport-Security"] = (
            f"max-age={security['StrictTransportSecurity']['AccessControlMaxAgeSec']}"
        )
    return headers


_HTTP_API = "AWS::Serverless::HttpApi"
_METHOD_REFUSED = (
    b"<!DOCTYPE html><title>ERROR: The request could not be satisfied</title>\n"
    b"<p>This distribution is not configured to allow the HTTP request method that was used for this request.</p>\n"
)
