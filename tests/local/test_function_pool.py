"""Functions in processes of their own: what ends an invocation, and what becomes of the process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.functions import ROOT, FunctionPool, PayloadTooLarge
from local.stack import LambdaFunction

HANDLER = """
import os, sys, time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "answer_bytes" in event:
        return "x" * event["answer_bytes"]
    if "unserialisable" in event:
        return object()
    if "stdin" in event:
        return sys.stdin.read()
    return {"pid": os.getpid(), "calls": calls}
"""

MakePool = Callable[..., FunctionPool]


@pytest.fixture
def make_pool(tmp_path: Path) -> Iterator[MakePool]:
    pools = []

    def make(code: str = HANDLER, timeout_s: int = 10, maximum: int = 2) -> FunctionPool:
        (tmp_path / "deed.py").write_text(code)
        function = LambdaFunction("Deed", "deed.handler", timeout_s, 128, {"TABLE_NAME": "t"})
        pools.append(FunctionPool(function, "http://127.0.0.1:9", maximum, tmp_path / "log", tmp_path))
        return pools[-1]

    yield make
    for pool in pools:
        pool.stop()


def test_a_process_is_kept_for_the_next_event(make_pool: MakePool) -> None:
    pool = make_pool()
    first, second = pool.invoke({}).result, pool.invoke({}).result

    assert (second["pid"], second["calls"]) == (first["pid"], 2)


def test_a_handler_that_takes_too_long_is_killed_and_its_call_fails(make_pool: MakePool) -> None:
    pool = make_pool(timeout_s=1)
    pid = pool.invoke({}).result["pid"]
    outcome = pool.invoke({"sleep": 60})

    assert outcome.error is not None
    assert outcome.error["errorType"] == "Sandbox.Timedout"
    assert "timed out after 1.00 seconds" in outcome.error["errorMessage"]
    assert not alive(pid)
    assert pool.invoke({}).result["calls"] == 1


def test_a_process_that_dies_fails_its_call_and_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool()
    outcome = pool.invoke({"exit": 3})

    assert outcome.error is not None
    assert outcome.error["errorMessage"] == "Runtime exited with error: exit status 3"
    assert pool.invoke({}).result["calls"] == 1


def test_an_exception_is_reported_as_lambda_does_and_the_process_lives_on(make_pool: MakePool) -> None:
    pool = make_pool()
    outcome = pool.invoke({"unserialisable": True})

    assert outcome.error is not None
    assert outcome.error["errorType"] == "TypeError"
    assert pool.invoke({}).result["calls"] == 2


def test_a_handler_that_cannot_be_imported_says_why(make_pool: MakePool) -> None:
    fault = make_pool("import nothing_of_this_name").warm()

    assert fault is not None
    assert fault["errorMessage"] == "No module named 'nothing_of_this_name'"


def test_an_answer_over_6_mb_is_an_error(make_pool: MakePool) -> None:
    pool = make_pool()

    assert len(pool.invoke({"answer_bytes": 6_000_000}).result) == 6_000_000
    outcome = pool.invoke({"answer_bytes": 6_300_000})
    assert outcome.error is not None
    assert outcome.error["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_event_over_6_mb_is_not_delivered(make_pool: MakePool) -> None:
    with pytest.raises(PayloadTooLarge):
        make_pool().invoke({"text": "x" * 6_300_000})


def test_a_handler_cannot_read_what_is_not_for_it(make_pool: MakePool) -> None:
    assert make_pool().invoke({"stdin": True}).result == ""


def test_more_callers_than_processes_wait_for_their_turn(make_pool: MakePool) -> None:
    pool = make_pool(maximum=2)
    with ThreadPoolExecutor() as callers:
        results = [outcome.result for outcome in callers.map(pool.invoke, [{"sleep": 0.05}] * 6)]

    assert len({result["pid"] for result in results}) == 2


def test_stopping_ends_a_process_in_the_middle_of_its_work(make_pool: MakePool) -> None:
    pool = make_pool()
    pid = pool.invoke({}).result["pid"]
    with ThreadPoolExecutor() as callers:
        call = callers.submit(pool.invoke, {"sleep": 60})
        time.sleep(0.1)
        pool.stop()
        outcome = call.result(5)

    assert outcome.error is not None
    assert not alive(pid)


def test_processes_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "deed.py").write_text(HANDLER)
    parent = f"""
import pathlib, sys, threading
from local.functions import FunctionPool
from local.stack import LambdaFunction
pool = FunctionPool(LambdaFunction("Deed", "deed.handler", 60, 128, {{}}), "", 1, None, pathlib.Path({str(tmp_path)!r}))
print(pool.invoke({{}}).result["pid"], flush=True)
pool.invoke({{"sleep": 60}})
"""
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
