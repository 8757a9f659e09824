"""A threaded WSGI server that keeps connections open: werkzeug's own closes each, which slows every AWS call."""

from __future__ import annotations

import errno
import io
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_MOST_TO_DRAIN = 32 * 1024 * 1024
_MOST_AT_ONCE = 256
_STILL_THERE_EVERY_S = 1.0
_logger = logging.getLogger(__name__)


class PortInUse(OSError):
    """Something else listens on that port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is in use")
        self.port = port


class KeepAliveHandler(WSGIRequestHandler):
    """Answers one request after the other on a connection.

    Every answer here is small enough to be held in memory, so it always has a Content-Length. What a handler left
    unread of a body is read and thrown away, since the next request begins behind it.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer waits 40 ms for the acknowledgement of its own headers
    wbufsize = -1  # headers and body leave in one packet
    timeout = 300

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self._continue()
        self.environ = environ = self.make_environ()
        if not environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = self._limited_input()
        unread = environ["wsgi.input"]  # an application may put another in its place
        status, headers, body = self._run(environ)
        if not _drained(unread):
            self.close_connection = True
        self._answer(status, headers, body)

    def _continue(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()

    def _limited_input(self) -> io.RawIOBase | io.BytesIO:
        length = self.headers.get("Content-Length", "")
        body: Any = self.rfile
        return LimitedStream(body, int(length)) if length.isdigit() else io.BytesIO()

    def _run(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return written.append

        written: list[bytes] = []
        try:
            chunks = self.server.app(environ, start_response)
            try:
                written.extend(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
            status, headers = started
        except ConnectionError:
            raise
        except Exception:
            _logger.exception("%s %s", self.command, self.path.partition("?")[0])
            written = [*InternalServerError()(environ, start_response)]
            status, headers = started
        return status, headers, b"".join(written)

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        bodiless = code in ("204", "304")
        if not bodiless and not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        _logger.debug("%s %s %s", self.command, self.path.partition("?")[0], code)  # a query may hold a signature

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 werkzeug's names
        _logger.debug(message, *args)


class SlowAnswersHandler(KeepAliveHandler):
    """Lets those who wait know, every second, that their answer is still coming (RFC 9110, 15.2).

    The functions' SDK takes a call for lost of which it hears nothing for 3 s, and sends it again: on a machine that is
    too busy to answer in time, that makes it busier.
    """

    _at_work = ThreadPoolExecutor(_MOST_AT_ONCE)

    def _run(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        coming = self._at_work.submit(super()._run, environ)
        while wait([coming], _STILL_THERE_EVERY_S).not_done:
            if self.request_version == "HTTP/1.1":
                self._continue()
        return coming.result()


class HttpServer:
    """One port, bound at once, and from `start` until `stop` an application that is served on it by threads."""

    def __init__(self, host: str, port: int) -> None:
        """Bind (port 0 takes a free one), so that a port in use is told before anything starts.

        Raises PortInUse.
        """
        self._host = host
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, backlog=128)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(host, port) from error
            raise
        self.port: int = self._socket.getsockname()[1]
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        self.address = f"{reachable}:{self.port}"
        self.url = f"http://{self.address}"
        self._server: BaseWSGIServer | None = None

    def start(self, app: WSGIApplication, handler: type[KeepAliveHandler] = KeepAliveHandler) -> None:
        self._server = make_server(
            self._host, self.port, app, threaded=True, request_handler=handler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._socket.close()


def _drained(stream: Any) -> bool:
    """Read the rest of a request's body and forget it. False if there was too much, or it broke off."""
    try:
        for _ in range(_MOST_TO_DRAIN // 65536):
            if not stream.read(65536):
                return True
    except Exception:  # whatever was wrong with the body, this connection is done
        _logger.debug("a request's body broke off", exc_info=True)
    return False
