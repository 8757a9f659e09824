"""Whatever the runtime suite starts ends with it, even when it is killed."""

import contextlib
import os
import subprocess
import sys
import time

import pytest

from local.functions import ROOT
from tests.runtime.leash import leashed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only for the runtime suite, which needs Linux")

GONE_WITHIN_S = 10
# A process with a child that has left its group and its session, as far from its reach as can be.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(50)"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(50)
"""
STARTER = """
import sys
from tests.runtime.leash import leashed
with leashed([sys.executable, "-c", sys.argv[1]]) as process:
    process.wait()
"""


def test_what_was_started_is_gone_after_its_block():
    with leashed([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True) as process:
        family = _told(process)
        assert _alive(family) == family

    assert _alive(family) == set()


def test_what_was_started_does_not_outlive_a_killed_starter():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STARTER, FAMILY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        family = _told(starter)
        starter.kill()

    give_up_at = time.monotonic() + GONE_WITHIN_S
    while _alive(family) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert _alive(family) == set()


def test_a_command_that_ends_by_itself_gives_its_exit_code():
    with leashed([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        assert process.wait(GONE_WITHIN_S) == 3


def _told(process: subprocess.Popen[str]) -> set[int]:
    assert process.stdout is not None
    return {int(pid) for pid in process.stdout.readline().split()}


def _alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            found.add(pid)
    return found
