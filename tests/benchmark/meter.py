"""What one call of a function costs: CPU, the calls to AWS with their bytes, memory. Imported in functions' processes.

A function is measured from outside: botocore's own events tell of each call to AWS. `Meter` has to be made before the
function's module is imported, since that makes its clients.
"""

import re
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore
from botocore.awsrequest import AWSPreparedRequest

Handler = Callable[[Any, Any], Any]


class Meter:
    """Watches every client that is made from now on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._reset()
        botocore.register_initializer(self._watch)

    def measured(self, handler: Handler) -> Handler:
        """The handler, which then answers {"answer", "cpu_ms", "calls", "bytes", "peak_bytes"}.

        `cpu_ms` is the process's CPU time without what the calls to AWS took of it: making a request, sending it and
        reading its answer. `calls` are the names of their operations.
        """

        def handle(event: Any, context: Any) -> dict[str, Any]:
            self._reset()
            began = time.process_time()
            answer = handler(event, context)
            cpu_s = time.process_time() - began - self._in_calls_s
            return {
                "answer": answer,
                "cpu_ms": cpu_s * 1000,
                "calls": self._calls,
                "bytes": self._bytes,
                "peak_bytes": peak_resident_bytes(),
            }

        return handle

    def _reset(self) -> None:
        self._in_calls_s = 0.0
        self._calls: list[str] = []
        self._bytes = 0

    def _watch(self, session: Any) -> None:
        events = session.get_component("event_emitter")
        # The first and the last event of a call; a URL that is presigned meets the first one only.
        events.register_first("provide-client-params", self._begun)
        events.register("before-send", self._sent)
        events.register_last("after-call", self._answered)
        events.register_last("after-call-error", self._ended)

    def _begun(self, **_: Any) -> None:
        self._thread.began = time.thread_time()

    def _sent(self, request: AWSPreparedRequest, **_: Any) -> None:
        self._count(_size(request.headers))

    def _answered(self, model: Any, http_response: Any, **_: Any) -> None:
        self._count(_size(http_response.headers))
        self._ended()
        with self._lock:
            self._calls.append(model.name)

    def _ended(self, **_: Any) -> None:
        took_s = time.thread_time() - self._thread.began
        with self._lock:
            self._in_calls_s += took_s

    def _count(self, size: int) -> None:
        with self._lock:
            self._bytes += size


def peak_resident_bytes() -> int:
    """The most that this process ever had in memory."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux has it there too, but counts in what the parent had in memory when it started this process.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak, "this kernel does not tell a process's peak memory"
    return int(peak[1]) * 1024


def _size(headers: Any) -> int:
    """Bytes on the wire, headers and body: the headers tell the body's length, which may be read later."""
    return sum(len(f"{name}: {value}\r\n") for name, value in headers.items()) + int(headers.get("content-length", 0))
