"""AWS that keeps a record of what each function does, and refuses a call in words of a test's choosing.

All of it goes over HTTP, beside AWS itself: GET /_deeds is the record; POST /_refusals says what is refused, and GET
how much of that is still to come; PUT /_status says what CloudFormation is doing with the stack.
"""

import io
import json
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from moto.cloudformation.models import cloudformation_backends

from local.aws import refuse, signer, target
from local.clients import ACCESS_KEY_ID
from local.intrinsics import ACCOUNT_ID, REGION
from local.permissions import Deed, Role, deeds
from local.presigned import S3Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DEEDS_PATH, REFUSALS_PATH, STATUS_PATH = "/_deeds", "/_refusals", "/_status"  # no bucket can be called so
# What Lambda does in a function's name: the first two are needed to log at all, the others to read a queue.
LAMBDAS_OWN = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
NOT_A_FUNCTION = ("", ACCESS_KEY_ID)
# S3's calls name theirs by the verb alone.
S3_OPERATIONS = {"PUT": "PutObject"}


@dataclass
class Refusal:
    """What a function's call of an operation that mentions `about` is answered with, `after` more, so many `times`."""

    function: str
    operation: str
    message: str
    after: int = 0
    times: int = 1
    code: str = "InvalidRequest"
    about: str = ""


Grant = tuple[str, str]


def unused(granted: Iterable[Grant], done: Iterable[Deed]) -> list[Grant]:
    """Of (action, resource's ARN) that a role allows, what its function never did, and Lambda does not do for it."""
    deeds_done = list(done)
    roles = {grant: Role(({"Effect": "Allow", "Action": grant[0], "Resource": grant[1]},)) for grant in granted}
    return [
        grant
        for grant, role in roles.items()
        if grant[0] not in LAMBDAS_OWN and all(role.forbids([deed]) for deed in deeds_done)
    ]


class ObservedApplication:
    """AWS, save for the calls that are refused."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._lock = threading.Lock()
        self._done: set[tuple[str, Deed]] = set()
        self._refusals: list[Refusal] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == DEEDS_PATH:
            start_response("200 OK", [("content-type", "application/json")])
            return [json.dumps([[function, *astuple(deed)] for function, deed in self._done]).encode()]
        if environ["PATH_INFO"] == REFUSALS_PATH:
            if environ["REQUEST_METHOD"] == "POST":
                self._refusals.append(Refusal(**json.loads(environ["wsgi.input"].read())))
            start_response("200 OK", [("content-type", "application/json")])
            return [json.dumps(len(self._refusals)).encode()]
        if environ["PATH_INFO"] == STATUS_PATH:
            for stack in cloudformation_backends[ACCOUNT_ID][REGION].stacks.values():
                stack.status = environ["wsgi.input"].read().decode()
            start_response("204 No Content", [])
            return []
        function, _ = signer(environ)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        refusal = self._refusal(function, environ, body)
        if refusal:
            return refuse(S3Refusal(400, refusal.code, refusal.message), environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith("2"):
                path, _, query = environ["RAW_URI"].partition("?")
                done = deeds(target(environ), environ["REQUEST_METHOD"], path, query, body)
                with self._lock:
                    self._done |= {(function, deed) for deed in done}
            return start_response(status, headers, exc_info)

        return self._application(environ, start_response if function in NOT_A_FUNCTION else start)

    def _refusal(self, function: str, environ: "WSGIEnvironment", body: bytes) -> Refusal | None:
        operation = target(environ).rpartition(".")[2] or S3_OPERATIONS.get(environ["REQUEST_METHOD"], "")
        with self._lock:
            for refusal in self._refusals:
                if (refusal.function, refusal.operation) == (function, operation) and refusal.about.encode() in body:
                    refusal.after -= 1
                    if refusal.after < 0:
                        refusal.times -= 1
                        self._refusals = [each for each in self._refusals if each.times]
                        return refusal
        return None
