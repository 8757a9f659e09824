"""The local AWS on a machine that is too busy for it: whoever waits is told that the answer is coming."""

import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local.http_server import HttpServer, SlowAnswersHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_whoever_waits_hears_that_the_answer_is_coming_and_then_gets_it() -> None:
    goes_on = threading.Event()

    def slow(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        goes_on.wait()
        start_response("200 OK", [])
        return [b"at last"]

    server = HttpServer("127.0.0.1", 0)
    server.start(slow, SlowAnswersHandler)
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as caller, caller.makefile("rb") as heard:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n")
            assert [heard.readline(), heard.readline()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
            goes_on.set()
            status, _, rest = heard.read().rpartition(b"HTTP/1.1 100 Continue\r\n\r\n")[2].partition(b"\r\n")
    finally:
        goes_on.set()
        server.stop()

    assert status == b"HTTP/1.1 200 OK"
    assert rest.endswith(b"\r\n\r\nat last")
