"""An HTTP request and its answer, as the parts of the gateway hand them to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BODY_BYTES = 10 * 1024 * 1024  # API Gateway quotas: the payload of an HTTP API


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `query` are as on the wire; header names are in lower case, repeated ones joined by commas.

    `body` is None if it was over 10 MB: nobody reads such a one to the end.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    client_address: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        return replace(self, headers=headers)


@dataclass(frozen=True, slots=True)
class Answer:
    """Headers are pairs, since `Set-Cookie` may repeat."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """The same answer with these headers in place of its own of the same names."""
        names = {name.lower() for name in headers}
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in names)
        return replace(self, headers=kept + tuple(headers.items()))

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


Responder = Callable[[Request], Answer]


def wsgi(respond: Responder) -> WSGIApplication:
    """A WSGI application that answers with `respond`."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = respond(_request(environ))
        start_response(f"{answer.status} {_phrase(answer.status)}", list(answer.headers))
        return [answer.body]

    return application


def _request(environ: WSGIEnvironment) -> Request:
    path, _, query = environ["RAW_URI"].partition("?")
    if not path.startswith("/"):  # the absolute form, as proxies get it
        path = "/" + path.partition("://")[2].partition("/")[2]
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            headers[name.replace("_", "-").lower()] = environ[name]
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=query,
        headers=headers,
        body=_body(environ),
        client_address=environ["REMOTE_ADDR"],
        protocol=environ["SERVER_PROTOCOL"],
    )


def _body(environ: WSGIEnvironment) -> bytes | None:
    if int(environ.get("CONTENT_LENGTH") or 0) > MOST_BODY_BYTES:
        return None
    parts, length = [], 0
    while part := environ["wsgi.input"].read(65536):
        parts.append(part)
        length += len(part)
        if length > MOST_BODY_BYTES:
            return None
    return b"".join(parts)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
