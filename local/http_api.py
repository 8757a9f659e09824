"""Plays an API Gateway HTTP API: one $default route to one function, payload format 2.0, with API Gateway's limits."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.functions import Invocation, PayloadTooLarge
from local.intrinsics import ACCOUNT_ID
from local.messages import Answer, Request

# What reaches a function as text. All else is base64, a missing type and a form too; seen on AWS, not documented.
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript")
_HOP_BY_HOP = ("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade")
_INTEGRATION_TIMEOUT_S = 30.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cors:
    """The HTTP API's CorsConfiguration (`x-amazon-apigateway-cors`)."""

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    max_age: int

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> Cors:
        return cls(
            allow_origins=tuple(definition.get("allowOrigins", ())),
            allow_methods=tuple(definition.get("allowMethods", ())),
            allow_headers=tuple(definition.get("allowHeaders", ())),
            expose_headers=tuple(definition.get("exposeHeaders", ())),
            max_age=int(definition.get("maxAge", 0)),
        )

    def headers(self, request: Request) -> dict[str, str]:
        """What to add to the answer: nothing for an origin that is not allowed."""
        origin = request.headers.get("origin", "")
        if origin not in self.allow_origins and "*" not in self.allow_origins:
            return {}
        headers = {"access-control-allow-origin": origin, "vary": "Origin"}
        if self.expose_headers:
            headers["access-control-expose-headers"] = ",".join(self.expose_headers)
        if is_preflight(request):
            headers |= {
                "access-control-allow-methods": ",".join(self.allow_methods),
                "access-control-allow-headers": ",".join(self.allow_headers),
                "access-control-max-age": str(self.max_age),
            }
        return headers


class HttpApi:
    """`domain_name` is the API's own host, port included: where CloudFront's requests arrive, which name no host."""

    def __init__(
        self,
        invoke: Callable[[Any], Invocation],
        domain_name: str,
        cors: Cors | None = None,
        timeout_s: float = _INTEGRATION_TIMEOUT_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._invoke = invoke
        self._domain_name = domain_name
        self._cors = cors
        self._timeout_s = timeout_s
        self._now = now
        self._callers = ThreadPoolExecutor(64, thread_name_prefix="http-api")

    def respond(self, request: Request) -> Answer:
        if self._cors is None:
            return self._integration(request)
        if is_preflight(request):
            return Answer(204, tuple(self._cors.headers(request).items()))
        answer = self._integration(request)
        # With CORS configured, API Gateway drops what the function says of it.
        own = tuple(pair for pair in answer.headers if not pair[0].lower().startswith("access-control-"))
        return Answer(answer.status, own, answer.body).with_headers(self._cors.headers(request))

    def stop(self) -> None:
        self._callers.shutdown(wait=False, cancel_futures=True)

    def _integration(self, request: Request) -> Answer:
        if request.body is None:
            return _message(413, "Request Too Long")
        event = proxy_event(request, request.headers.get("host", self._domain_name), self._now())
        try:
            invocation = self._callers.submit(self._invoke, event).result(self._timeout_s)
        except PayloadTooLarge:
            return _message(413, "Request Entity Too Large")
        except TimeoutError:
            return _message(503, "Service Unavailable")
        if invocation.error:
            return _message(500, "Internal Server Error")
        try:
            answer = proxy_answer(invocation.result)
        except (TypeError, ValueError, binascii.Error):
            _logger.warning("the API function's answer is no HTTP answer")
            return _message(500, "Internal Server Error")
        return answer.with_headers({"apigw-requestid": event["requestContext"]["requestId"]})


def proxy_event(request: Request, domain_name: str, now: float) -> dict[str, Any]:
    """The event of payload format 2.0. Its rawPath is decoded and its rawQueryString is not, as on AWS."""
    path = unquote(request.path)
    forwarded_for = [*filter(None, [request.headers.get("x-forwarded-for")]), request.client_address]
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    headers |= {
        "host": domain_name,
        "x-forwarded-for": ", ".join(forwarded_for),
        "x-forwarded-port": domain_name.rpartition(":")[2],
        "x-forwarded-proto": "http",
    }
    request_id = base64.urlsafe_b64encode(uuid.uuid4().bytes[:11]).decode()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": "local",
            "domainName": domain_name,
            "domainPrefix": domain_name.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.client_address,
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if "cookie" in request.headers:
        event["cookies"] = [cookie.strip() for cookie in request.headers["cookie"].split(";")]
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    if parameters:
        event["queryStringParameters"] = parameters
    if request.body:
        event |= _event_body(request.body, request.headers.get("content-type", ""))
    return event


def proxy_answer(result: Any) -> Answer:
    """The HTTP answer that a function's result stands for. Raises TypeError or ValueError for none.

    A result without `statusCode` is the JSON body of a 200. `multiValueHeaders` belongs to format 1.0 and is ignored.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        return Answer(200, (("content-type", "application/json"),), json.dumps(result).encode())
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError("no such status")
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("the body must be a string")
    content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    headers = {str(name): _text(value) for name, value in (result.get("headers") or {}).items()}
    if "content-type" not in {name.lower() for name in headers} and content:
        headers["content-type"] = "text/plain; charset=utf-8"
    pairs = [(name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP]
    pairs += [("set-cookie", _text(cookie)) for cookie in result.get("cookies") or ()]
    return Answer(status, tuple(pairs), content)


def is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and {"origin", "access-control-request-method"} <= request.headers.keys()


def _event_body(body: bytes, content_type: str) -> dict[str, Any]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in _TEXT_TYPES:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        text = str(value)
        if "\r" in text or "\n" in text:
            raise ValueError("a header has one line")
        return text
    raise TypeError("a header's value must be a string")


def _message(status: int, text: str) -> Answer:
    return Answer(status, (("content-type", "application/json"),), json.dumps({"message": text}).encode())
