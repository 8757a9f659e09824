"""`python -m local`, as `make run` and other programs start it."""

import itertools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.functions import ROOT

KEY = "SG_feedfacefeedface"


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "functions", "AWS_PROFILE": "a-profile-that-does-not-exist"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def words_of_welcome() -> Iterator[str]:
    """What the command prints until it is ready, while it runs. It must end cleanly, by Ctrl-C, and say no more."""
    process = start("--port", "0", "--latency", "0")
    assert process.stdout is not None
    lines: list[str] = []
    while not any("curl" in line for line in lines):
        lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()[1]
    yield "".join(lines)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out.split(), err) == (0, ["Ended."], "")


def test_the_curl_line_of_the_welcome_makes_a_picture(words_of_welcome: str) -> None:
    words = shlex.split(next(line for line in words_of_welcome.splitlines() if line.lstrip().startswith("curl")))
    headers = dict(re.split(": ", after, maxsplit=1) for flag, after in itertools.pairwise(words) if flag == "-H")
    request = urllib.request.Request(words[1], words[words.index("-d") + 1].encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        picture = answer.read()

    assert answer.status == 200
    assert picture.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def test_the_welcome_names_the_page(words_of_welcome: str) -> None:
    page = next(word for word in words_of_welcome.split() if word.startswith("http://127.0.0.1:"))
    with urllib.request.urlopen(page) as answer:  # noqa: S310
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@dataclass(frozen=True)
class Run:
    first_line: str
    rest: str
    errors: str
    exit_code: int


@pytest.fixture(scope="module")
def json_run() -> Run:
    """A run with `--json` and a key of another upstream, ended by SIGTERM as soon as it is ready."""
    process = start("--port", "0", "--json", "--segmind-key", KEY, "--segmind-url", "http://127.0.0.1:9")
    assert process.stdout is not None
    line = process.stdout.readline()
    process.terminate()
    rest, errors = process.communicate(timeout=15)
    return Run(line, rest, errors, process.returncode)


def test_json_is_one_line_that_says_where_everything_is(json_run: Run) -> None:
    told = json.loads(json_run.first_line)

    assert told.keys() == {"page", "api", "api_key", "aws_endpoint_url", "segmind_url"}
    assert told["segmind_url"] == "http://127.0.0.1:9"
    assert json_run.rest == ""


def test_sigterm_is_a_clean_end(json_run: Run) -> None:
    assert (json_run.exit_code, json_run.errors) == (0, "")


def test_a_key_is_never_printed(json_run: Run) -> None:
    assert KEY not in json_run.first_line + json_run.rest + json_run.errors


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        out, err = process.communicate(timeout=15)

    assert (process.returncode, out) == (1, "")
    assert f"port {port} on 127.0.0.1 is in use" in err
    assert "--port" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--parameter-overrides", "WorkerConcurrency=1"], "WorkerConcurrency must be a number from 2 to 1000"),
        (["--parameter-overrides", "LogLevel"], "takes Name=Value"),
        (["--segmind-url", "not a url"], "SegmindUrl must be"),
        (["--port", "65535"], "1 to 65532"),
        (["--latency", "-1"], "0 to 600 seconds"),
    ],
)
def test_a_bad_option_is_refused_in_a_line(words: list[str], told: str) -> None:
    process = start("--port", "0", *words)
    out, err = process.communicate(timeout=15)

    assert (process.returncode, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
