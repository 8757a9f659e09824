"""What `sam local`'s containers need of a running stack: an env file that they can use, and a way in."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.containers import Relay, host_for_containers, loopback_ports, write_environment
from local.intrinsics import Resolver
from local.stack import LambdaFunction, Stack
from local.template import load_template

WORKER = LambdaFunction(
    "WorkerFunction",
    "sasha.worker.handler",
    180,
    512,
    {
        "AWS_ENDPOINT_URL": "",
        "SEGMIND_URL": "http://127.0.0.1:8003",
        "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
    },
)
AWS = "http://127.0.0.1:8002"


@pytest.fixture
def worker_alone() -> Stack:
    resolver = Resolver({})
    return Stack(load_template(), resolver, {"WorkerFunction": WORKER}, (), (), "t", "q", "d", "o", "s", "g", "secret")


def written(stack: Stack, folder: Path, host: str | None) -> dict[str, Any]:
    write_environment(stack, AWS, folder / "new" / "env.json", host)
    environment: dict[str, Any] = json.loads((folder / "new" / "env.json").read_text())["WorkerFunction"]
    return environment


def test_a_container_is_given_addresses_that_it_can_reach(worker_alone: Stack, tmp_path: Path) -> None:
    environment = written(worker_alone, tmp_path, "host.docker.internal")

    assert environment["AWS_ENDPOINT_URL"] == "http://host.docker.internal:8002"
    assert environment["SEGMIND_URL"] == "http://host.docker.internal:8003"
    assert environment["QUEUE_URL"] == WORKER.environment["QUEUE_URL"]


def test_without_docker_the_addresses_are_the_loopbacks(worker_alone: Stack, tmp_path: Path) -> None:
    assert written(worker_alone, tmp_path, None)["AWS_ENDPOINT_URL"] == AWS


def test_the_ports_to_let_in_are_those_that_functions_call(worker_alone: Stack) -> None:
    assert loopback_ports(worker_alone, AWS) == {8002, 8003}


def test_on_a_mac_docker_has_a_name_for_the_host() -> None:
    assert host_for_containers("darwin") == "host.docker.internal"


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it got, in capitals, until its caller has no more to say."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(1000):
                    connection.sendall(data.upper())

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    with contextlib.suppress(OSError):  # not every system wakes a waiting accept so
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_relay_carries_both_ways_until_both_ends_are_done(echo_port: int) -> None:
    relay = Relay(("127.0.0.1", 0), echo_port)
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as caller:
        caller.sendall(b"a red fox")
        caller.shutdown(socket.SHUT_WR)
        heard = b""
        while data := caller.recv(1000):
            heard += data
    relay.stop()

    assert heard == b"A RED FOX"


def test_a_stopped_relay_lets_nobody_in_and_hangs_up(echo_port: int) -> None:
    relay = Relay(("127.0.0.1", 0), echo_port)
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as caller:
        caller.sendall(b"x")
        assert caller.recv(1) == b"X"
        relay.stop()
        assert caller.recv(1) == b""

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", relay.port), timeout=5)
