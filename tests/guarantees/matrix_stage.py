"""The fixtures of the fault matrix."""

import logging
from collections.abc import Iterator

import pytest

from local.emulator.server import SegmindEmulator
from tests.functional.world import World
from tests.guarantees.matrix_memory import TableMemory
from tests.guarantees.matrix_run import BALANCE_MICROS, Stage
from tests.guarantees.matrix_ways import ways

# Some day in the middle of a month, so that no cell sees a month's end, which gives nothing back.
SOME_DAY = "2026-11-10T12:00:00+00:00"
# All that writes into a worker's log. botocore's own is left out: at DEBUG it tells whatever AWS says.
LOGGERS = ("sasha", "httpx", "httpcore", "asyncio")


@pytest.fixture(scope="session")
def resetting() -> Iterator[SegmindEmulator]:
    """A second Segmind, which resets every connection."""
    with SegmindEmulator() as segmind:
        yield segmind


@pytest.fixture
def stage(world: World, resetting: SegmindEmulator, caplog: pytest.LogCaptureFixture) -> Iterator[Stage]:
    """What the cells of a test share: the log at its most talkative, two accounts, and nothing else."""
    world.clock.set(SOME_DAY)
    for logger in LOGGERS:
        caplog.set_level(logging.DEBUG, logger)
    caller = world.open_account(BALANCE_MICROS)
    stranger = world.open_account(0, "stranger")
    memory = TableMemory(world.stack.table_name)
    memory.keep()
    with ways(world.segmind, resetting) as urls:
        yield Stage(world, memory, resetting, urls, caplog, caller, stranger)
