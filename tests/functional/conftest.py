"""One stack for all functional tests, made from template.yaml; emptied after each test."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.clients import Clients
from local.emulator.server import SegmindEmulator
from local.stack import Stack, create_stack
from local.template import load_template
from tests.functional.strict_aws import StrictAWS
from tests.functional.world import SEGMIND_KEY, World


class ThriftySession(boto3.Session):
    """Makes each client once: a client takes longer to make than most tests to run."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._clients: dict[tuple[str, int], Any] = {}

    def client(self, service_name: str, *_: Any, config: Any = None, **more: Any) -> Any:
        name = (service_name, id(config))
        if name not in self._clients:
            self._clients[name] = super().client(service_name, config=config, **more)  # type: ignore[call-overload]
        return self._clients[name]


@pytest.fixture(scope="session")
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield ThriftySession(
            aws_access_key_id="test", aws_secret_access_key="test", aws_session_token="test", region_name="us-east-1"
        )


@pytest.fixture(scope="session")
def strict_aws(session: boto3.Session) -> StrictAWS:
    aws = StrictAWS()
    aws.watch(session)
    return aws


@pytest.fixture(scope="session")
def clients(session: boto3.Session, strict_aws: StrictAWS) -> Clients:
    return Clients(session)


@pytest.fixture(scope="session")
def stack(clients: Clients) -> Stack:
    return create_stack(load_template(), clients, {"SegmindApiKey": SEGMIND_KEY})


@pytest.fixture(scope="session")
def emulator() -> Iterator[SegmindEmulator]:
    with SegmindEmulator(api_keys=(SEGMIND_KEY,)) as segmind:
        yield segmind


@pytest.fixture
def world(
    session: boto3.Session, clients: Clients, stack: Stack, strict_aws: StrictAWS, emulator: SegmindEmulator
) -> Iterator[World]:
    """The stack for one test; at its end, no account's balance may differ from its ledger."""
    emulator.reset()
    emulator.configure(picture_format="png", picture_style="plain")
    world = World(stack, session, strict_aws, clients, emulator)
    strict_aws.reset()
    yield world
    world.close()
