"""AWS that stops in the middle of a call, for as long as a test needs to kill the caller there.

One call at a time is held, and told of over HTTP, beside AWS itself: PUT /_hold says which, GET waits until it is
there, DELETE lets go. Whoever was held is dead by then, so that nobody is answered.
"""

import io
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from local.aws import LocalAws
from tests.runtime.observed import ObservedApplication

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTROL_PATH = "/_hold"  # no bucket can be called so
HELD_WITHIN_S = 20
LETS_GO_AFTER_S = 30


@dataclass(frozen=True)
class Hold:
    """The `nth` of a function's calls of an operation that mention `about`: before it is carried out, or after that."""

    function: str
    operation: str
    about: str
    nth: int = 1
    moment: Literal["before", "after"] = "before"


@dataclass
class _Holding:
    hold: Hold
    seen: int = 0
    is_held: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)


class HoldingAws(LocalAws):
    """The local AWS behind a hold, observed."""

    def start(self) -> None:
        self._server.start(HoldingApplication(ObservedApplication(self._application)), self._handler)


class HoldingApplication:
    """AWS, save for the call that is held."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._lock = threading.Lock()
        self._holding: _Holding | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == CONTROL_PATH:
            start_response(self._control(environ), [])
            return []
        holding = self._holding
        if holding is None or not self._is_meant(environ, holding):
            return self._application(environ, start_response)
        if holding.hold.moment == "after":
            b"".join(self._application(environ, _nobody_is_answered))
        holding.is_held.set()
        holding.is_over.wait(LETS_GO_AFTER_S)
        raise ConnectionAbortedError("the caller was held here, and is dead")

    def _control(self, environ: "WSGIEnvironment") -> str:
        match environ["REQUEST_METHOD"], self._holding:
            case "PUT", None:
                self._holding = _Holding(Hold(**json.loads(environ["wsgi.input"].read())))
            case "GET", _Holding() as holding if holding.is_held.wait(HELD_WITHIN_S):
                pass
            case "DELETE", _Holding() as holding:
                self._holding = None
                holding.is_over.set()
            case _:
                return "409 Conflict"
        return "204 No Content"

    def _is_meant(self, environ: "WSGIEnvironment", holding: _Holding) -> bool:
        hold = holding.hold
        signed_by = f"Credential={hold.function}/"  # a function's name is its access key
        if signed_by not in environ.get("HTTP_AUTHORIZATION", "") or _operation(environ) != hold.operation:
            return False
        if hold.about not in _subject(environ):
            return False
        with self._lock:
            holding.seen += 1
            return holding.seen == hold.nth


def _operation(environ: "WSGIEnvironment") -> str:
    """S3's calls name theirs by the verb alone: of these, only what stores an object is known here."""
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    return target.rpartition(".")[2] or {"PUT": "PutObject"}.get(environ["REQUEST_METHOD"], "")


def _subject(environ: "WSGIEnvironment") -> str:
    """Where a call says what it is about: S3's in the path, all others' in the body."""
    if "HTTP_X_AMZ_TARGET" not in environ:
        return str(environ["PATH_INFO"])
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    return str(body.decode())


def _nobody_is_answered(_status: str, _headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
    return lambda _part: None
