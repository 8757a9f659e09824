"""Starts the whole product on this machine, in the right order, and ends it again."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from local.aws import LocalAws
from local.clients import Clients
from local.containers import Relay, host_for_containers, loopback_ports, write_environment
from local.events import QueuePoller, Timer, sqs_record
from local.functions import ROOT, FunctionPool
from local.gateway import gateway
from local.http_server import HttpServer
from local.messages import wsgi
from local.permissions import roles
from local.stack import Stack, create_stack
from local.template import TEMPLATE, load_template

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_LOOPBACK = "127.0.0.1"
_API_CONCURRENCY = 10  # what a new AWS account has, for all its functions together
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `port` is the page's; API, AWS and the Segmind emulator take the next three (0: any free ones)."""

    host: str = _LOOPBACK
    port: int = 8000
    segmind_url: str | None = None
    segmind_key: str | None = field(default=None, repr=False)
    parameter_overrides: Mapping[str, str] = field(default_factory=dict, repr=False)
    latency_s: float = 1.0
    verbose: bool = False
    state: Path = ROOT / ".local"
    template: Path = TEMPLATE
    code: Path = ROOT / "functions"
    site: Path = ROOT / "frontend"

    @property
    def emulates_segmind(self) -> bool:
        """False as soon as another upstream is named, be it by its key alone: that one is Segmind itself."""
        return self.segmind_url is None and self.segmind_key is None and "SegmindUrl" not in self.parameter_overrides

    def port_of(self, place: int) -> int:
        return self.port + place if self.port else 0

    def parameters(self, emulated: Mapping[str, str]) -> dict[str, str]:
        """The template's parameters as far as they differ from its defaults; `emulated` are the emulator's two."""
        given = {"SegmindUrl": self.segmind_url, "SegmindApiKey": self.segmind_key}
        return {**emulated, **self.parameter_overrides, **{n: value for n, value in given.items() if value is not None}}


class Seeded(Protocol):
    """What was put into the new stack, as far as a visitor has to know."""

    @property
    def api_key(self) -> str: ...


Seed = Callable[[Stack, Clients], Seeded]


@dataclass(frozen=True, slots=True)
class Running:
    """Where everything is, once it runs. Addresses are URLs without a path."""

    page: str
    api: str
    api_key: str = field(repr=False)
    aws_endpoint_url: str
    segmind_url: str
    stack: Stack
    clients: Clients
    functions: Mapping[str, FunctionPool]


def demo_seed(stack: Stack, clients: Clients) -> Seeded:
    """The demo account and requests of local/seed.py."""
    from local.seed import seed  # noqa: PLC0415 it imports the product itself: not for stacks that are seeded otherwise

    return seed(stack, clients)


class LocalStack:
    """`with LocalStack(Options()) as running:` runs the product; leaving the block ends it, processes included.

    Raises PortInUse, ParameterError, and RuntimeError for a handler that cannot be loaded.
    """

    def __init__(
        self, options: Options, seed: Seed = demo_seed, around_aws: Callable[[Any], Any] = lambda moto: moto
    ) -> None:
        """`around_aws` may wrap what plays AWS, to see what reaches it."""
        self._options = options
        self._seed = seed
        self._around_aws = around_aws
        self._ending = contextlib.ExitStack()
        self._pollers: list[QueuePoller] = []

    def __enter__(self) -> Running:
        try:
            return self._start()
        except BaseException:
            self._ending.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    def _start(self) -> Running:
        options = self._options
        page, api = self._server(options.port_of(0)), self._server(options.port_of(1))
        aws = LocalAws(_LOOPBACK, options.port_of(2), on_message=self._wake, around=self._around_aws)
        self._ending.callback(aws.stop)
        emulated = self._emulator() if options.emulates_segmind else {}
        aws.start()
        stack = create_stack(load_template(options.template), aws.clients, options.parameters(emulated))
        for function, role in roles(stack).items():
            aws.admit(function, role)
        pools = self._pools(stack, aws.url)
        with ThreadPoolExecutor() as meanwhile:
            ready = meanwhile.submit(self._warm, stack, pools)
            api_key = self._seed(stack, aws.clients).api_key
            ready.result()
        front = gateway(stack, pools[_api_function(stack)].invoke, api.address, aws.address, options.site)
        self._ending.callback(front.stop)
        self._listen(stack, aws.clients, pools)
        page.start(wsgi(front.page))
        api.start(wsgi(front.api))
        self._open_to_containers(stack, aws.url)
        segmind_url = next(
            (f.environment["SEGMIND_URL"] for f in stack.functions.values() if "SEGMIND_URL" in f.environment), ""
        )
        return Running(page.url, api.url, api_key, aws.url, segmind_url, stack, aws.clients, pools)

    def _server(self, port: int) -> HttpServer:
        server = HttpServer(self._options.host, port)
        self._ending.callback(server.stop)
        return server

    def _emulator(self) -> dict[str, str]:
        """Start Segmind's emulator; returns the parameters that lead the worker to it."""
        from local.emulator.server import SegmindEmulator  # noqa: PLC0415 it loads numpy: not for a real upstream

        port = self._options.port_of(3)
        HttpServer(_LOOPBACK, port).stop()  # says that the port is taken, in the same words as for the other three
        emulator = SegmindEmulator(port=port, host=_LOOPBACK, latency_s=self._options.latency_s)
        self._ending.enter_context(emulator)
        return {"SegmindUrl": emulator.url, "SegmindApiKey": emulator.api_key}

    def _pools(self, stack: Stack, endpoint_url: str) -> dict[str, FunctionPool]:
        logs = self._options.state / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        concurrency = {source.function: source.maximum_concurrency for source in stack.queue_sources}
        concurrency |= {schedule.function: 1 for schedule in stack.schedules}
        pools = {}
        for name, function in stack.functions.items():
            log = None if self._options.verbose else logs / f"{name}.log"
            if log:
                log.write_bytes(b"")  # of this run alone
            maximum = concurrency.get(name, _API_CONCURRENCY)
            pools[name] = FunctionPool(function, endpoint_url, maximum, log, self._options.code)
            self._ending.callback(pools[name].stop)
        return pools

    def _warm(self, stack: Stack, pools: Mapping[str, FunctionPool]) -> None:
        """Start one environment of each function that someone will wait for; the queue's also looks at its key."""
        workers = {source.function: source for source in stack.queue_sources}
        first = [_api_function(stack), *workers]
        with ThreadPoolExecutor() as together:
            for name, fault in zip(first, together.map(lambda name: pools[name].warm(), first), strict=True):
                if fault:
                    raise RuntimeError(f"{name} cannot be loaded: {fault['errorType']}: {fault['errorMessage']}")
        for name, source in workers.items():
            message: MessageTypeDef = {
                "MessageId": "check",
                "ReceiptHandle": "check",
                "Body": json.dumps({"check": "provider"}),
            }
            pools[name].invoke({"Records": [sqs_record(message, source.queue_arn)]})

    def _listen(self, stack: Stack, clients: Clients, pools: Mapping[str, FunctionPool]) -> None:
        """Let the queue and the clock call their functions from now on."""
        for source in stack.queue_sources:
            poller = QueuePoller(source, clients, pools[source.function].invoke)
            self._pollers.append(poller)
            poller.start()
            self._ending.callback(poller.stop)
        for schedule in stack.schedules:
            timer = Timer(schedule, pools[schedule.function].invoke)
            timer.start()
            self._ending.callback(timer.stop)

    def _open_to_containers(self, stack: Stack, aws_endpoint_url: str) -> None:
        """For `sam local`: write its env file; on Linux let Docker's network in, where there is one.

        A stack on any free ports is a test's and stays on the loopback.
        """
        host = host_for_containers() if self._options.port else None
        if host and sys.platform == "linux":
            for port in loopback_ports(stack, aws_endpoint_url):
                try:
                    self._ending.callback(Relay((host, port), to_port=port).stop)
                except OSError as error:
                    _logger.warning("containers cannot reach port %d: %s", port, error)
        write_environment(stack, aws_endpoint_url, self._options.state / "env.json", host)

    def _wake(self) -> None:
        for poller in self._pollers:
            poller.wake()


def _api_function(stack: Stack) -> str:
    """The function that the HTTP API calls."""
    return next(
        name
        for name in stack.functions
        for event in stack.template.properties(name).get("Events", {}).values()
        if event["Type"] == "HttpApi"
    )
