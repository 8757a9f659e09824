"""Runs a command and ends it, with every process that came of it, when whoever started it is done with it or dead.

The emulator puts the function that it runs into a process group of its own, so that killing one group would leave the
other. As a script this is the process in between: it holds a pipe to its parent, and adopts what loses its own parent.
"""

import collections
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
END_WITHIN_S = 15


@contextlib.contextmanager
def leashed(command: Sequence[str | Path], **settings: Any) -> Iterator[subprocess.Popen[Any]]:
    """Run a command until the block ends; `settings` are Popen's. Its exit code is that of what is yielded."""
    holder = [sys.executable, "-I", __file__, *map(str, command)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, start_new_session=True, **settings) as process:
        assert process.stdin is not None
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(END_WITHIN_S)


def hold(command: Sequence[str]) -> int:
    """Run the command until it ends or standard input does. Returns its exit code, or 0 if it was ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        ended = os.pidfd_open(child.pid)
        ready, _, _ = select.select([sys.stdin, ended], [], [])
        return child.wait() if ended in ready else 0
    finally:
        _end_all()


def _end_all() -> None:
    """Kill every process below this one, the youngest first, so that none sees another die. What loses its parent in
    the meantime has become this one's own child, and is met in the next round.
    """
    while True:
        for pid in reversed(_descendants(os.getpid())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _descendants(ancestor: int) -> list[int]:
    """The ids of all processes below one, parents before their children."""
    children = collections.defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it has just ended
                # proc(5): pid (name) state ppid …, and the name may hold anything
                state_and_parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                children[int(state_and_parent[1])].append(int(entry.name))
    found = [ancestor]
    for pid in found:
        found += children[pid]
    return found[1:]


if __name__ == "__main__":
    sys.exit(hold(sys.argv[1:]))
