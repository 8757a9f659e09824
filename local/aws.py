"""AWS on one machine: moto's server, made atomic under threads, and as strict as S3 and IAM are."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local.clients import ACCESS_KEY_ID, SAM_CLI_KEYS, SECRET_ACCESS_KEY, SESSION_TOKEN, Clients
from local.http_server import HttpServer, SlowAnswersHandler
from local.intrinsics import REGION
from local.permissions import Role, deeds
from local.presigned import Credential, PresignedRequest, S3Refusal, refusal
from local.stack import ANSWERS_BUCKET
from local.transactions import undo_by_item

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_CREDENTIALS = {
    ACCESS_KEY_ID: Credential(SECRET_ACCESS_KEY, SESSION_TOKEN),
    SAM_CLI_KEYS[0]: Credential(SAM_CLI_KEYS[1]),
}
_SCOPE = re.compile(r"Credential=([^/,&]+)/\d{8}/[a-z0-9-]+/([a-z0-9-]+)/aws4_request")
_logger = logging.getLogger(__name__)


class AwsApplication:
    """moto's WSGI application behind the four things that it lacks.

    - Calls to one service come one after the other: moto's DynamoDB is not atomic under threads, and would sell the
      same credits twice.
    - S3 refuses unsigned and wrongly presigned requests; moto answers them all.
    - Who was admitted with a role can do what the role allows, and nothing else.
    - `on_message` is called when a message was put into a queue, so that nobody needs to poll for it.
    """

    def __init__(
        self,
        moto: Any,
        on_message: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._moto = moto
        self._on_message = on_message
        self._now = now
        self._credentials = dict(_CREDENTIALS)
        self._roles: dict[str, Role] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def admit(self, access_key_id: str, role: Role) -> None:
        """From now on this access key exists (its secret and token are everybody's) and has this role."""
        self._credentials[access_key_id] = Credential(SECRET_ACCESS_KEY, SESSION_TOKEN)
        self._roles[access_key_id] = role

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key_id, service = signer(environ)
        refused = self._unsigned(environ) or self._forbidden(environ, key_id)
        if refused:
            return refuse(refused, environ, start_response)
        if service == "s3":
            environ["HTTP_HOST"] = "localhost"  # whatever name it was reached by, the bucket's is in the path
        status = []

        def start(code: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            status.append(code)
            own = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(code, own, exc_info)

        with self._locks[service]:
            body = b"".join(self._moto(environ, start))
        if target(environ).startswith("AmazonSQS.SendMessage") and status[0].startswith("200"):
            self._on_message()
        return [body]

    def _unsigned(self, environ: WSGIEnvironment) -> S3Refusal | None:
        """S3's refusal of a request that no header signs. A signature in a header is believed: the SDK made it."""
        path, _, query = environ["RAW_URI"].partition("?")
        if "HTTP_AUTHORIZATION" in environ or path.startswith("/moto-api/"):
            return None
        if environ["REQUEST_METHOD"] == "PUT" and path.startswith(f"/{ANSWERS_BUCKET}/"):
            return None  # events/ cannot hold a URL that is presigned for whenever they are used
        given = parse_qs(query)
        if "Signature" in given and "AWSAccessKeyId" in given:
            text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            return S3Refusal(400, "InvalidRequest", text)
        if not any(name.startswith("X-Amz-") for name in given):
            return S3Refusal(403, "AccessDenied", "Access Denied")
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        request = PresignedRequest(environ["REQUEST_METHOD"], path, query, headers)
        return refusal(request, self._credentials, REGION, self._now())

    def _forbidden(self, environ: WSGIEnvironment, key_id: str) -> S3Refusal | None:
        """The refusal of a call that its signer's role does not allow; who has no role may do anything."""
        role = self._roles.get(key_id)
        if role is None:
            return None
        path, _, query = environ["RAW_URI"].partition("?")
        body = b""
        if target(environ) or environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
        try:
            forbidden = role.forbids(deeds(target(environ), environ["REQUEST_METHOD"], path, query, body))
        except ValueError as error:
            _logger.warning("%s: %s", key_id, error)
            return S3Refusal(403, "AccessDenied", str(error))
        if forbidden is None:
            return None
        _logger.warning("%s's role in template.yaml does not allow %s", key_id, forbidden)
        return S3Refusal(403, "AccessDenied", f"{key_id} is not authorized to perform: {forbidden}")


class LocalAws:
    """An AWS account on one port, its state in memory.

    moto keeps one state per process, so a second of these in the same process shows the same account.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        on_message: Callable[[], None] = lambda: None,
        around: Callable[[Any], Any] = lambda moto: moto,
    ) -> None:
        """Bind the port. Raises PortInUse. `around` may wrap moto's own application, to see what reaches it."""
        self._server = HttpServer(host, port)
        # moto takes a second to import: not for those who only want this module's names.
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )

        undo_by_item()

        class Handler(SlowAnswersHandler, MotoRequestHandler):
            """Keeps connections open, has patience, and moto's way with S3's metadata headers."""

        self._application = AwsApplication(around(DomainDispatcherApplication(create_backend_app)), on_message)
        self.admit = self._application.admit
        self._handler = Handler
        self.url = self._server.url
        self.address = self._server.address
        self.clients = Clients.local(self.url)

    def start(self) -> None:
        self._server.start(self._application, self._handler)

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> LocalAws:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def refuse(refused: S3Refusal, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The refusal in the form of the service that was called."""
    if target(environ):
        start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.0")])
        return [json.dumps({"__type": f"{refused.code}Exception", "message": refused.message}).encode()]
    start_response(f"{refused.status} {refused.code}", [("Content-Type", "application/xml")])
    return [refused.xml()]


def signer(environ: WSGIEnvironment) -> tuple[str, str]:
    """The access key that signed a request, and for which service: in a header, else in the query of S3's URLs."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or _SCOPE.search(unquote(environ["QUERY_STRING"]))
    return (found[1], found[2]) if found else ("", "s3")


def target(environ: WSGIEnvironment) -> str:
    return str(environ.get("HTTP_X_AMZ_TARGET", ""))
