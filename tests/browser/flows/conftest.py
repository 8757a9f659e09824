"""A stack of the flows' own: few workers, so that there is a queue; accounts that no other test uses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from local.clients import Clients
from local.emulator.server import SegmindEmulator
from sasha.adapters.dynamodb.accounts import DynamoDBAccounts
from sasha.adapters.dynamodb.table import Table, to_item
from sasha.core.account import Account, ApiKey, new_key
from tests.browser.conftest import OpenPage
from tests.browser.flows.parties import Door, Guest, Payer, Segmind
from tests.browser.flows.visit import Visit
from tests.running import Running, run_locally

LATENCY_S = 0.2
GET_KEY_URL = "https://owner.example/keys"
OpenVisit = Callable[..., Visit]


@pytest.fixture(scope="session")
def emulator() -> Iterator[SegmindEmulator]:
    with SegmindEmulator(latency_s=LATENCY_S, picture_style="plain") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def door(emulator: SegmindEmulator) -> Iterator[Door]:
    door = Door(emulator)
    yield door
    door.stop()


@pytest.fixture(scope="session")
def running(emulator: SegmindEmulator, door: Door) -> Iterator[Running]:
    """Two requests are worked on at once, all others wait."""
    upstream = ("--segmind-url", f"http://127.0.0.1:{door.port}", "--segmind-key", emulator.api_key)
    overrides = ("WorkerConcurrency=2", "RequestsPerMinute=1000", f"GetKeyUrl={GET_KEY_URL}")
    with run_locally(*upstream, "--parameter-overrides", *overrides) as stack:
        yield stack


@pytest.fixture(scope="session")
def clients(running: Running) -> Clients:
    return Clients.local(running.aws_endpoint_url)


@pytest.fixture(scope="session")
def table_name(clients: Clients) -> str:
    (name,) = clients.dynamodb.list_tables()["TableNames"]
    return name


@pytest.fixture(scope="session")
def accounts(clients: Clients, table_name: str) -> DynamoDBAccounts:
    return DynamoDBAccounts(Table(clients.dynamodb, table_name))


@pytest.fixture
def new_payer(running: Running, accounts: DynamoDBAccounts) -> Callable[[], Payer]:
    def make() -> Payer:
        now = datetime.now(UTC)
        account = Account(id=f"p{uuid4().hex[:12]}", name="Payer", balance_micros=Payer.OPENING_MICROS, opened_at=now)
        key = new_key(account.id)
        accounts.open(account)
        accounts.add_key(ApiKey.of(key, issued_at=now))
        return Payer(key, account.id, running, accounts)

    return make


@pytest.fixture
def payer(new_payer: Callable[[], Payer]) -> Payer:
    """An account with a dollar and a key."""
    return new_payer()


@pytest.fixture
def guest(running: Running, clients: Clients, table_name: str) -> Guest:
    """The visitor without a key, who has all free pictures of the day again."""
    used = Table(clients.dynamodb, table_name).scan(
        FilterExpression="begins_with(pk, :counter)",
        ExpressionAttributeValues=to_item({":counter": "COUNTER#guest"}),
    )
    for item in list(used):
        clients.dynamodb.delete_item(TableName=table_name, Key=to_item({"pk": item["pk"], "sk": item["sk"]}))
    return Guest(running)


@pytest.fixture
def segmind(emulator: SegmindEmulator, door: Door) -> Segmind:
    emulator.reset()
    return Segmind(emulator, door)


@pytest.fixture
def visit(open_page: OpenPage, running: Running) -> OpenVisit:
    """Somebody comes with a fresh profile: `visit()`, or `visit(payer)` on a device that remembers that account's key.

    `before` is a script that runs before the page's own.
    """

    def come(payer: Payer | None = None, *, before: str = "", **options: object) -> Visit:
        if payer:
            remembered = {"origin": running.page, "localStorage": [{"name": "sasha.key", "value": payer.key}]}
            options["storage_state"] = {"cookies": [], "origins": [remembered]}
        page: Page = open_page(**{"locale": "en-GB", "timezone_id": "UTC", **options})
        page.add_init_script(before)
        visit = Visit(page, running)
        visit.arrive()
        return visit

    return come
