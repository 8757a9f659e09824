"""A built function under Lambda's own runtime interface emulator and client, called as Lambda's Invoke API is."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.clients import SECRET_ACCESS_KEY, SESSION_TOKEN
from local.intrinsics import REGION
from local.stack import LambdaFunction
from tests.runtime.leash import leashed

INVOKE = "2015-03-31/functions/function/invocations"
READY_WITHIN_S = 10
LOGGED_WITHIN_S = 5
PLATFORM_LINES = ("START RequestId:", "END RequestId:", "REPORT RequestId:")


class FunctionError(Exception):
    """The handler raised, or could not be loaded; the arguments are what the emulator says of it, and the log's end."""


class EmulatedFunction:
    """One environment of a function, from `start` to `kill`, and after these another one.

    It initialises at the first call, takes one call at a time, and stays warm. `code` is its folder of the artifact,
    `runtime` has the packages that Lambda's own Python has, and bytecode is kept beside it, so that one that is killed
    is soon back; `is_read_only` keeps none, as Lambda's own file system does not. No other package can be imported:
    without `site`, this environment's are out of reach.
    """

    def __init__(
        self,
        function: LambdaFunction,
        code: Path,
        runtime: Path,
        emulator: Path,
        aws_endpoint_url: str,
        logs: Path,
        *,
        is_read_only: bool = False,
    ) -> None:
        self._function = function
        self._code = code
        self._emulator = emulator
        self.environment = _environment(function, code, runtime, aws_endpoint_url)
        if is_read_only:
            self.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        else:
            self.environment["PYTHONPYCACHEPREFIX"] = str(runtime.with_name("bytecode"))
        self._logs = logs
        self._starts = 0
        self._life = ExitStack()

    def start(self) -> None:
        """Have an environment, whose log is empty."""
        self._starts += 1
        self._calls = 0
        self._log = self._logs / f"{self._function.name}.{self._starts}.log"
        self._emulator_log = self._log.with_suffix(".emulator.log")
        invoke_address, runtime_address = _free_addresses(2)
        self._url = f"http://{invoke_address}/{INVOKE}"
        options = ["--runtime-interface-emulator-address", invoke_address, "--runtime-api-address", runtime_address]
        python = [sys.executable, "-S", "-m", "awslambdaric", self._function.handler]
        with ExitStack() as life:
            output = life.enter_context(self._log.open("wb"))
            errors = life.enter_context(self._emulator_log.open("wb"))
            command = leashed(
                [self._emulator, *options, *python],
                cwd=self._code,
                env=self.environment,
                stdout=output,
                stderr=errors,
            )
            process = life.enter_context(command)
            _await(invoke_address, process, self._emulator_log)
            self._life = life.pop_all()

    def kill(self) -> None:
        """End each of its processes with SIGKILL, whatever it is doing; they are gone when this returns."""
        self._life.close()

    def invoke(self, event: Any) -> Any:
        """What the handler returns for the event. Raises FunctionError."""
        self._calls += 1
        answer = httpx.post(self._url, json=event, timeout=self._function.timeout_s + READY_WITHIN_S, trust_env=False)
        told = answer.json() if answer.is_success else {"errorType": answer.status_code, "errorMessage": answer.text}
        if isinstance(told, dict) and "errorType" in told:
            raise FunctionError(told, self._log.read_text(encoding="utf-8")[-2000:])
        return told

    def logged(self) -> list[str]:
        """Every line that the function itself has put into its log."""
        give_up_at = time.monotonic() + LOGGED_WITHIN_S
        while True:  # the emulator writes the log after the answer
            lines = self._log.read_text(encoding="utf-8").splitlines()
            if sum(line.startswith("REPORT") for line in lines) >= self._calls:
                return [line for line in lines if line and not line.startswith(PLATFORM_LINES)]
            assert time.monotonic() < give_up_at, "the emulator reports fewer calls than there were"
            time.sleep(0.02)

    def logged_in_all_lives(self) -> list[str]:
        """The same of every environment that it has had."""
        self.logged()
        logs = [self._logs / f"{self._function.name}.{life}.log" for life in range(1, self._starts + 1)]
        lines = [line for log in logs for line in log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line and not line.startswith(PLATFORM_LINES)]

    @property
    def init_s(self) -> float:
        """How long it took to load the runtime and the handler."""
        found = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", self._emulator_log.read_text(encoding="utf-8"))
        assert found, "the function has not been called yet"
        return float(found[1]) / 1000


@contextmanager
def emulated(
    function: LambdaFunction,
    code: Path,
    runtime: Path,
    emulator: Path,
    aws_endpoint_url: str,
    logs: Path,
    *,
    is_read_only: bool = False,
) -> Iterator[EmulatedFunction]:
    """The function, started, until the block ends."""
    running = EmulatedFunction(function, code, runtime, emulator, aws_endpoint_url, logs, is_read_only=is_read_only)
    try:
        running.start()
        yield running
    finally:
        running.kill()


def _environment(function: LambdaFunction, code: Path, runtime: Path, aws_endpoint_url: str) -> dict[str, str]:
    """The whole environment, of which nothing is the developer's own."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **function.environment,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": function.name,  # by which local/aws.py knows its role
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_s),  # the emulator's own: it keeps it
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONPATH": str(runtime),
    }


def _free_addresses(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def _await(address: str, process: subprocess.Popen[Any], emulator_log: Path) -> None:
    host, _, port = address.partition(":")
    give_up_at = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            told = emulator_log.read_text(encoding="utf-8")
            assert process.poll() is None, f"the emulator ended: {told}"
            assert time.monotonic() < give_up_at, f"the emulator does not listen: {told}"
            time.sleep(0.02)
