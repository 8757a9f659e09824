"""Runs the functions as Lambda does: in processes of their own, one event at a time, with real limits."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from local.bootstrap import read_frame, write_frame
from local.clients import SECRET_ACCESS_KEY, SESSION_TOKEN
from local.intrinsics import ACCOUNT_ID, REGION
from local.stack import LambdaFunction

ROOT = Path(__file__).resolve().parent.parent
_MOST_REQUEST_BYTES = 6_291_456  # Lambda quotas: 6 MB each way for synchronous calls
_MOST_RESPONSE_BYTES = 6_291_556
_INIT_LIMIT_S = 30.0  # Lambda's own is 10 s, on a machine that is not starting everything else at once
_FROM_THE_DEVELOPER = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE")
_logger = logging.getLogger(__name__)


class PayloadTooLarge(Exception):
    """The event is over Lambda's 6 MB; the function was not called."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """How a call ended: with what the handler returned, or with `error` in the form that Lambda reports errors in."""

    request_id: str
    result: Any = None
    error: Mapping[str, Any] | None = None


class _Broken(Exception):
    """The process can take no more events; the argument is the error to report."""


class FunctionPool:
    """A function's environments: started on demand up to a maximum, kept warm, replaced when they die."""

    def __init__(
        self,
        function: LambdaFunction,
        endpoint_url: str,
        maximum: int,
        log: Path | None = None,
        code: Path = ROOT / "functions",
    ) -> None:
        """`log` gets what the handlers print (None: this process's standard error); `code` is where they lie."""
        self.function = function
        self._environment = _environment(function, endpoint_url, code)
        self._log = log
        self._places = threading.BoundedSemaphore(maximum)
        self._lock = threading.Lock()
        self._idle: list[_Environment] = []
        self._all: set[_Environment] = set()
        self._stopped = False
        # So far: the calls that came to an answer, and the processor's seconds that they took.
        self.invocations = 0
        self.cpu_s = 0.0

    def warm(self) -> Mapping[str, Any] | None:
        """Start one environment and keep it for the first caller. Returns Lambda's error if the handler won't load."""
        try:
            environment = self._start()
        except _Broken as broken:
            return dict(broken.args[0])
        self._keep(environment)
        return None

    def invoke(self, event: Any) -> Invocation:
        """Call the handler and wait, first for a free environment if all are busy. Raises PayloadTooLarge."""
        payload = json.dumps(event).encode()
        if len(payload) > _MOST_REQUEST_BYTES:
            raise PayloadTooLarge(len(payload))
        outcome = self._invoke(payload, str(uuid.uuid4()))
        if outcome.error and not self._stopped:
            _logger.warning("%s failed: %s", self.function.name, outcome.error.get("errorType"))
        return outcome

    def _invoke(self, payload: bytes, request_id: str) -> Invocation:
        with self._places:
            try:
                environment = self._take() or self._start()
                kind, answer, cpu_s = environment.call(payload, request_id, self.function.timeout_s)
            except _Broken as broken:
                return Invocation(request_id, error=broken.args[0])
            self._keep(environment)
            with self._lock:
                self.invocations += 1
                self.cpu_s += cpu_s
        if kind == "error":
            return Invocation(request_id, error=json.loads(answer))
        if len(answer) > _MOST_RESPONSE_BYTES:
            text = f"Response payload size exceeded maximum allowed payload size ({_MOST_RESPONSE_BYTES} bytes)."
            return Invocation(request_id, error=_error("Function.ResponseSizeTooLarge", text))
        return Invocation(request_id, result=json.loads(answer))

    def stop(self) -> None:
        """End every environment, at once."""
        with self._lock:
            self._stopped = True
            busy, idle = self._all - set(self._idle), self._idle
            self._all, self._idle = set(), []
        for environment in busy:
            environment.kill()
        for environment in idle:
            environment.close()

    def _take(self) -> _Environment | None:
        with self._lock:
            return self._idle.pop() if self._idle else None  # the one used last, as Lambda does: the others grow old

    def _start(self) -> _Environment:
        with self._lock:
            if self._stopped:
                raise _Broken(_error("Runtime.Stopped", "the local stack is stopping"))
            environment = _Environment(self.function, self._environment, self._log)
            self._all.add(environment)
        environment.await_ready()
        return environment

    def _keep(self, environment: _Environment) -> None:
        with self._lock:
            self._all = {known for known in self._all if known.alive()}
            if not self._stopped:
                self._idle.append(environment)
                return
        environment.close()


class _Environment:
    """One process of a function."""

    def __init__(self, function: LambdaFunction, variables: Mapping[str, str], log: Path | None) -> None:
        self._function = function
        stream = log.open("ab") if log else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module
                [sys.executable, "-m", "local.bootstrap", function.handler],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=dict(variables),
                start_new_session=True,  # Ctrl-C is for the parent, which then ends this one
            )
        finally:
            if stream:
                stream.close()
        self._stdin = cast("BinaryIO", self._process.stdin)
        self._stdout = cast("BinaryIO", self._process.stdout)

    def alive(self) -> bool:
        return self._process.poll() is None

    def await_ready(self) -> None:
        kind, answer, _ = self._receive(time.monotonic() + _INIT_LIMIT_S, "import of the handler")
        if kind == "error":
            self.close()
            raise _Broken(json.loads(answer))

    def call(self, payload: bytes, request_id: str, timeout_s: int) -> tuple[str, bytes, float]:
        """Send one event and wait for its end: ("result" or "error", JSON, the processor's seconds that it took).

        Raises _Broken, the process gone.
        """
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self._function.name}"
        deadline_ms = int((time.time() + timeout_s) * 1000)
        head = {"aws_request_id": request_id, "invoked_function_arn": arn, "deadline_ms": deadline_ms}
        deadline = time.monotonic() + timeout_s
        try:
            write_frame(self._stdin, head, payload)
        except OSError:
            raise self._exited() from None
        return self._receive(deadline, f"{request_id} Task")

    def kill(self) -> None:
        """End the process. Whoever waits for its answer learns of it by the end of the pipe."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # an event that was never read
                stream.close()

    def _receive(self, deadline: float, what: str) -> tuple[str, bytes, float]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            if not selector.select(max(deadline - time.monotonic(), 0)):
                self.close()
                now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
                text = f"{now} {what} timed out after {self._function.timeout_s:.2f} seconds"
                raise _Broken(_error("Sandbox.Timedout", text))
        frame = read_frame(self._stdout)
        if frame is None:
            raise self._exited()
        head, answer = frame
        return head["kind"], answer, float(head.get("cpu_s", 0))

    def _exited(self) -> _Broken:
        self.close()
        status = self._process.returncode
        how = f"signal: {-status}" if status < 0 else f"exit status {status}"
        return _Broken(_error("Runtime.ExitError", f"Runtime exited with error: {how}"))


def _environment(function: LambdaFunction, endpoint_url: str, code: Path) -> dict[str, str]:
    """A function's whole environment. Of the developer's own hardly anything: no AWS setting may leak in."""
    variables = {name: os.environ[name] for name in _FROM_THE_DEVELOPER if name in os.environ}
    variables |= function.environment
    variables |= {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": function.name,  # by which local/aws.py knows its role
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TZ": ":UTC",
    }
    return variables


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"errorType": kind, "errorMessage": message}
