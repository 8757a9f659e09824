"""Where a call goes that does not reach Segmind: ports and names of this machine, for as long as a test runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

from local.emulator.faults import Fault
from local.emulator.server import SegmindEmulator
from tests.guarantees.matrix import Way

# More resets than any test can meet.
RESETS = 10_000


class Greeting(BaseRequestHandler):
    """Speaks first, and no TLS."""

    def handle(self) -> None:
        self.request.sendall(b"220 this is no TLS\r\n")


class PlainServer(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def ways(segmind: SegmindEmulator, resetting: SegmindEmulator) -> Iterator[Mapping[Way, str]]:
    """The address of each way."""
    resetting.reset()
    resetting.script(Fault("reset"), times=RESETS)
    with PlainServer(("127.0.0.1", 0), Greeting) as plain:
        thread = Thread(target=plain.serve_forever, kwargs={"poll_interval": 0.02}, name="plain port", daemon=True)
        thread.start()
        yield {
            Way.SEGMIND: segmind.url,
            Way.UNKNOWN_NAME: "http://segmind.invalid",
            Way.CLOSED_PORT: "http://127.0.0.1:9",
            Way.PLAIN_PORT: f"https://127.0.0.1:{plain.server_address[1]}",
            Way.RESETTING: resetting.url,
        }
        plain.shutdown()
        thread.join()
