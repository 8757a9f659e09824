"""The stack of tests/functional once more, in an AWS account of its own; and the fault matrix's fixtures."""

import gc
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.functional.conftest import ThriftySession, clients, emulator, stack, strict_aws, world
from tests.guarantees.matrix_stage import resetting, stage
from tests.guarantees.raw import AWS_ACCOUNT

__all__ = [
    "clients",
    "emulator",
    "resetting",
    "session",
    "stack",
    "stage",
    "strict_aws",
    "world",
]


@pytest.fixture(scope="session")
def session() -> Iterator[boto3.Session]:
    """As in tests/functional, which may have made a stack of the same name in this process before."""

    def in_own_account(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-moto-account-id"] = AWS_ACCOUNT

    with mock_aws():
        session = ThriftySession(
            aws_access_key_id="test", aws_secret_access_key="test", aws_session_token="test", region_name="us-east-1"
        )
        session.events.register("before-call", in_own_account)
        # moto copies its tables again and again: without this, every collection walks all that was ever imported.
        gc.collect()
        gc.freeze()
        yield session
        gc.unfreeze()
