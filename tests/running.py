"""A running local stack, as `make run` starts it, for tests that call it over HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STOP_WITHIN_S = 30


@dataclass(frozen=True)
class Running:
    """Where it listens, and the demo account's key."""

    page: str
    api: str
    api_key: str
    aws_endpoint_url: str
    segmind_url: str
    pid: int


@contextmanager
def run_locally(*arguments: str) -> Iterator[Running]:
    """`python -m local --json --port 0` with these arguments, until the block ends; it must then end well by itself."""
    command = [sys.executable, "-m", "local", "--json", "--port", "0", *arguments]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            assert told, f"the local stack did not start (exit code {process.wait()})"
            yield Running(**json.loads(told), pid=process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0
