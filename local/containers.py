"""Lets `sam local`'s containers reach a running stack: the env file that it takes, and a way in from Docker's network.

The SAM CLI puts its containers on Docker's bridge, where this machine's loopback is out of reach (its `--docker-network
host` is ignored). On a Mac Docker itself leads `host.docker.internal` to the loopback; on Linux a relay on the bridge's
own address does, which only this machine and its containers can reach.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from local.stack import Stack

_LOOPBACK = "127.0.0.1"
_SIOCGIFADDR = 0x8915  # netdevice(7): the address of an interface


class Relay:
    """Hands every connection on to a port of the loopback, byte for byte."""

    def __init__(self, address: tuple[str, int], to_port: int) -> None:
        """Listen on an address. Raises OSError if it cannot be had."""
        self._to_port = to_port
        self._listener = socket.create_server(address)
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name=f"relay-{to_port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        for each in (self._listener, *tuple(self._open)):
            _hang_up(each)
        self._listener.close()
        self._thread.join(1)

    def _accept(self) -> None:
        while True:
            try:
                outer, _ = self._listener.accept()
            except OSError:
                return
            try:
                inner = socket.create_connection((_LOOPBACK, self._to_port))
            except OSError:
                outer.close()
                continue
            self._open |= {outer, inner}
            threading.Thread(target=self._carry, args=(outer, inner), daemon=True).start()

    def _carry(self, outer: socket.socket, inner: socket.socket) -> None:
        back = threading.Thread(target=_copy, args=(inner, outer), daemon=True)
        back.start()
        _copy(outer, inner)
        back.join()
        self._open -= {outer, inner}
        outer.close()
        inner.close()


def host_for_containers(platform: str = sys.platform) -> str | None:
    """The name or address under which a container finds this machine, or None where there is none to be seen."""
    return "host.docker.internal" if platform == "darwin" else _address_of("docker0")


def write_environment(stack: Stack, aws_endpoint_url: str, path: Path, host: str | None) -> None:
    """Write what `sam local --env-vars` takes: each function's environment, with `host` for the loopback's address."""
    variables = {
        name: {
            variable: _reachable(value, host or _LOOPBACK)
            for variable, value in {**function.environment, "AWS_ENDPOINT_URL": aws_endpoint_url}.items()
        }
        for name, function in stack.functions.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")


def loopback_ports(stack: Stack, aws_endpoint_url: str) -> set[int]:
    """The ports of the loopback that the functions call: AWS, and Segmind if it is emulated here."""
    values = {aws_endpoint_url, *(value for each in stack.functions.values() for value in each.environment.values())}
    parts = [urlsplit(value) for value in values if value.startswith("http://")]
    return {part.port for part in parts if part.hostname == _LOOPBACK and part.port}


def _reachable(value: str, host: str) -> str:
    return value.replace(f"//{_LOOPBACK}:", f"//{host}:", 1) if value.startswith("http://") else value


def _address_of(interface: str) -> str | None:
    """The IPv4 address of a network interface of this Linux machine, if it has one."""
    try:
        import fcntl  # noqa: PLC0415 not everywhere

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            answer = fcntl.ioctl(any_socket.fileno(), _SIOCGIFADDR, struct.pack("256s", interface.encode()))
    except (ImportError, OSError):
        return None
    return socket.inet_ntoa(answer[20:24])


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        _hang_up(source)
    finally:
        _hang_up(target, socket.SHUT_WR)


def _hang_up(connection: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        return  # the other side was faster
