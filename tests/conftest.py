"""Shared by the suites that call a running stack; and the fault matrix's table, printed where xdist gathers."""

from collections.abc import Iterator

import pytest

from tests.guarantees.matrix_table import pytest_sessionfinish, pytest_terminal_summary
from tests.running import Running, run_locally

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "running"]


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One running local stack for all of them."""
    with run_locally("--latency", "0.3") as stack:
        yield stack
