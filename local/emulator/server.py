"""The emulator as a server: a context manager for tests, a part of the local stack, and what `__main__` runs."""

import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

from local.emulator.books import BilledCall, Call, utc_now
from local.emulator.faults import Fault
from local.emulator.settings import Settings
from local.emulator.upstream import Upstream
from local.emulator.wire import SegmindHandler

FIVE_DOLLARS = 5_000_000


class ConnectionServer(ThreadingHTTPServer):
    """One thread per connection, each known, so that an end is an end: no thread and no socket stays behind."""

    request_queue_size = 512  # some hundred clients may knock at once
    daemon_threads = True

    def __init__(self, address: tuple[str, int], upstream: Upstream) -> None:
        self.upstream = upstream
        self._open: dict[socket.socket, threading.Thread] = {}
        self._resets: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, SegmindHandler)

    def server_bind(self) -> None:
        """Without the standard library's look-up of the host's name, which takes seconds on some machines."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, name="segmind", daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def reset_on_close(self, request: socket.socket) -> None:
        """Close this connection without the farewell that would come before a reset."""
        with self._lock:
            self._resets.add(request)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
            reset = request in self._resets
            self._resets.discard(request)
        if reset:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake every thread that reads or writes, and wait until it is gone."""
        with self._lock:
            connections = dict(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed already
        for thread in connections.values():
            thread.join(timeout=10)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class SegmindEmulator:
    """Segmind's v1 API on this machine, from `with` until its end.

    `url` goes where https://api.segmind.com would. Further settings by name: see Settings. A port of 0 takes a free
    one. `now` tells the time for the books and the rate limit. Raises OSError where the port is taken.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        credits_micros: int = FIVE_DOLLARS,
        now: Callable[[], datetime] = utc_now,
        **settings: Any,
    ) -> None:
        self._upstream = Upstream(Settings(**settings), credits_micros=credits_micros, now=now)
        self._server = ConnectionServer((host, port), self._upstream)
        self.port = self._server.server_port
        self.url = self._upstream.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="segmind-emulator", daemon=True
        )

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, cut every connection, wait for every thread. Calls under way are not waited for."""
        self._upstream.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.close_connections()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def api_key(self) -> str:
        """A key that works."""
        return self._upstream.settings.api_keys[0]

    @property
    def settings(self) -> Settings:
        return self._upstream.settings

    def configure(self, **changes: Any) -> None:
        """Change settings, or `credits_micros`, from the next call on. Raises ValueError."""
        self._upstream.configure(**changes)

    @property
    def latency_s(self) -> float:
        """A whole call's time, drawing included."""
        return self._upstream.settings.latency_s

    @latency_s.setter
    def latency_s(self, seconds: float) -> None:
        self.configure(latency_s=seconds)

    @property
    def credits_micros(self) -> int:
        """The balance left."""
        return self._upstream.books.credits_micros

    @credits_micros.setter
    def credits_micros(self, micros: int) -> None:
        self.configure(credits_micros=micros)

    @property
    def ledger(self) -> list[BilledCall]:
        """Every call that was billed, in order."""
        return self._upstream.books.ledger()

    @property
    def calls(self) -> list[Call]:
        """Every POST that was received, in order, those under way too."""
        return self._upstream.books.calls()

    def script(self, *faults: Fault, times: int = 1) -> None:
        """Let the next calls meet these faults, in this order; the whole series `times` times."""
        self._upstream.script.add(*faults, times=times)

    @property
    def pending_faults(self) -> list[Fault]:
        """What is scripted and has not happened yet."""
        return self._upstream.script.pending()

    def reset(self) -> None:
        """Forget calls, bills and faults; the credits are as at the start. Settings stay."""
        self._upstream.reset()
