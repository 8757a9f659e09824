"""One Lambda environment: a process that imports a handler once and then calls it for one event at a time.

Started by local/functions.py as `python -m local.bootstrap module.function`. It reads frames from standard input and
writes frames to standard output; what the handler prints goes to standard error. When its parent is gone, so is it.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO


class LambdaContext:
    """What Lambda's Python runtime hands to a handler beside the event (attribute for attribute, as awslambdaric)."""

    def __init__(self, aws_request_id: str, invoked_function_arn: str, deadline_ms: int) -> None:
        self.aws_request_id = aws_request_id
        self.invoked_function_arn = invoked_function_arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = None
        self._deadline_ms = deadline_ms

    def get_remaining_time_in_millis(self) -> int:
        return max(self._deadline_ms - int(time.time() * 1000), 0)


def write_frame(stream: BinaryIO, head: dict[str, Any], payload: bytes = b"") -> None:
    """One line of JSON that says how long the payload is, then the payload."""
    stream.write(json.dumps({**head, "length": len(payload)}).encode() + b"\n" + payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame's head and payload, or None at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    head = json.loads(line)
    payload = stream.read(head["length"])
    return (head, payload) if len(payload) == head["length"] else None


def main(handler_name: str) -> None:
    # The handler must not get at the two pipes: its own input is empty and its output goes where errors go.
    frames_in, frames_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        module, _, function = handler_name.rpartition(".")
        handler = getattr(importlib.import_module(module), function)
    except BaseException as error:
        write_frame(frames_out, {"kind": "error"}, _described(error))
        raise
    write_frame(frames_out, {"kind": "ready"})
    events: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(frames_in, events), daemon=True).start()
    while True:
        head, event = events.get()
        context = LambdaContext(head["aws_request_id"], head["invoked_function_arn"], head["deadline_ms"])
        began_s = time.process_time()
        try:
            kind, answer = "result", json.dumps(handler(json.loads(event), context)).encode()
        except Exception as error:
            traceback.print_exc()
            kind, answer = "error", _described(error)
        sys.stdout.flush()
        sys.stderr.flush()
        write_frame(frames_out, {"kind": kind, "cpu_s": time.process_time() - began_s}, answer)


def _receive(frames_in: BinaryIO, events: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    while frame := read_frame(frames_in):
        events.put(frame)
    os._exit(0)  # the parent is gone or done with us, whatever the handler is doing


def _described(error: BaseException) -> bytes:
    """An exception in the form that Lambda reports it in."""
    described = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return json.dumps(described).encode()


if __name__ == "__main__":
    main(sys.argv[1])
