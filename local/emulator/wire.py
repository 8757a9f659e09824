"""HTTP as the emulator speaks it: reads calls, and delivers answers whole, cut short, slowly, or not at all."""

import select
import socket
import struct
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from local.emulator import answers
from local.emulator.answers import Answer
from local.emulator.control import control
from local.emulator.upstream import Delivery

if TYPE_CHECKING:
    from local.emulator.server import ConnectionServer

MAX_BODY = 10_000_000
BLOCK = 1 << 16
DRIP_INTERVAL_S = 0.02
HANGUP_INTERVAL_S = 0.1
CREDITS_PATH = "/v1/get-user-credits"
CONTROL_PREFIX = "/_emulator"


class SegmindHandler(BaseHTTPRequestHandler):
    """One connection, any number of calls."""

    protocol_version = "HTTP/1.1"
    server_version = "segmind-emulator"
    sys_version = ""
    timeout = 75  # an idle connection is closed, as servers do
    disable_nagle_algorithm = True  # else the head of an answer waits 40 ms for the last answer's acknowledgement
    server: "ConnectionServer"

    def __getattr__(self, name: str) -> Any:
        """The standard library looks for do_GET, do_POST and so on: one method answers every verb."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """Answer one call of any verb."""
        path = self.path.partition("?")[0]
        if path.startswith(CONTROL_PREFIX):
            body = self._read_body()
            if body is not None:
                self._send(control(self.server.upstream, self.command, path.removeprefix(CONTROL_PREFIX), body))
        elif path == CREDITS_PATH:
            self._answer_read(self.server.upstream.credits(self._headers()))
        elif not path.startswith("/v1/"):
            self._answer_read(answers.error(404, "Not found"), any_method=True)
        elif self.command == "POST":
            self._generate(path)
        else:
            known = path.removeprefix("/v1/") in self.server.upstream.settings.slugs
            self._answer_read(answers.usual_answer(405 if known else 404), any_method=True)

    def _answer_read(self, answer: Answer, *, any_method: bool = False) -> None:
        """The answer to a GET; to another method 405, unless the answer is the same for any."""
        if self._read_body() is not None:
            self._send(answer if any_method or self.command in ("GET", "HEAD") else answers.usual_answer(405))

    def _generate(self, path: str) -> None:
        upstream = self.server.upstream
        headers = self._headers()
        number = upstream.books.receive(path, headers)
        fault = upstream.script.take_reset()
        if fault and not fault.is_billed:
            upstream.wait(fault.delay_s)
            upstream.books.note(number, fault=fault.kind)
            return self._reset(number)
        body = self._read_body()
        if body is None:
            return upstream.books.note(number, outcome="unread", ended_at=upstream.books.now())
        delivery = upstream.generate(number, path.removeprefix("/v1/"), headers, body, fault)
        if delivery.manner == "reset":
            return self._reset(number)
        if delivery.manner == "silent":
            return self._say_nothing(number)
        # Noted before the last byte leaves: who has the answer may look into the books at once.
        outcome = "truncated" if delivery.manner == "truncated" else "answered"
        upstream.books.note(number, status=delivery.answer.status, outcome=outcome, ended_at=upstream.books.now())
        try:
            self._deliver(delivery)
        except OSError:
            upstream.books.note(number, outcome="client gone")
            self.close_connection = True
        return None

    def _headers(self) -> Mapping[str, str]:
        """By lower-case name; a header that comes twice is joined, as HTTP says."""
        return {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}

    def _read_body(self) -> bytes | None:
        """The whole body; None, and an answer sent, if it can't be read."""
        if "transfer-encoding" in self.headers:
            self._send(answers.error(411, "Length Required"), close=True)
            return None
        try:
            length = int(self.headers.get("content-length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            self._send(answers.error(413 if length > 0 else 400, "Request body too large or of no length"), close=True)
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        return body

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        if close:
            answer = answer.with_headers({"connection": "close"})
            self.close_connection = True
        self._deliver(Delivery(answer))

    def _deliver(self, delivery: Delivery) -> None:
        answer = delivery.answer
        self.send_response(answer.status)
        for name, value in {"content-length": str(len(answer.body) + answer.padding), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if delivery.manner == "drip":
            self._drip(answer.body, delivery.bytes_per_s)
        elif delivery.manner == "truncated":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(answer.body)
            for sent in range(0, answer.padding, BLOCK):
                self.wfile.write(bytes(min(BLOCK, answer.padding - sent)))

    def _drip(self, body: bytes, bytes_per_s: float) -> None:
        step = max(1, round(bytes_per_s * DRIP_INTERVAL_S))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.server.upstream.wait(step / bytes_per_s)
            if self.server.upstream.stopping.is_set():
                self.close_connection = True
                return

    def _say_nothing(self, number: int) -> None:
        """Until the caller hangs up, which makes the connection readable."""
        while not self.server.upstream.stopping.is_set():
            if select.select([self.connection], [], [], HANGUP_INTERVAL_S)[0]:
                break
        books = self.server.upstream.books
        books.note(number, outcome="client gone", ended_at=books.now())
        self.close_connection = True

    def _reset(self, number: int) -> None:
        """Close so that the client sees a TCP reset: closing with a linger time of 0 drops the connection."""
        books = self.server.upstream.books
        books.note(number, outcome="reset", ended_at=books.now())
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.reset_on_close(self.connection)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the standard library's)
        """Silent: the books tell more."""
