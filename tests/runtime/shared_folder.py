"""A folder that several processes share: filled by the first to come, deleted by the last to leave."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def shared_folder(folder: Path, fill: Callable[[Path], None]) -> Iterator[Path]:
    """The folder, filled, for as long as the block runs. Who comes while it is being filled waits.

    The door lets one in or out at a time; in between, everybody holds on to a lock that all can share.
    """
    door = _alone_at_the_door(folder)
    try:
        with (folder / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if not (folder / "filled").exists():
                    fill(folder)
                    (folder / "filled").touch()
                fcntl.flock(door, fcntl.LOCK_UN)
                yield folder
            finally:
                fcntl.flock(door, fcntl.LOCK_EX)
                with contextlib.suppress(BlockingIOError):  # others are in it
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
    finally:
        os.close(door)


def _alone_at_the_door(folder: Path) -> int:
    """The folder as an open file, locked by this process alone."""
    while True:
        folder.mkdir(exist_ok=True)
        door = os.open(folder, os.O_RDONLY)
        fcntl.flock(door, fcntl.LOCK_EX)
        if folder.exists() and os.path.samestat(os.fstat(door), folder.stat()):
            return door
        os.close(door)  # the last to leave has deleted it
