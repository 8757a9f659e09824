"""Shared by the suites that call a running stack."""

from collections.abc import Iterator

import pytest

from tests.running import Running, run_locally


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One running local stack for all of them."""
    with run_locally("--latency", "0.3") as stack:
        yield stack
