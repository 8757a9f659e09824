"""What a fresh local stack holds: a demo account, one finished request and one that waits. events/ names them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.clients import Clients
from local.emulator.pictures import make_picture
from local.stack import Stack
from sasha.adapters.dynamodb.accounts import DynamoDBAccounts
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.adapters.s3 import S3Pictures
from sasha.core.account import Account, ApiKey
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Picture
from sasha.core.request import GenerationRequest

DEMO_ACCOUNT = "demo"
DEMO_KEY = "sasha_demo_0123456789abcdef0123456789abcdef"
DEMO_CREDITS_MICROS = 5_000_000
FINISHED_REQUEST = "11111111-1111-4111-8111-111111111111"
QUEUED_REQUEST = "22222222-2222-4222-8222-222222222222"
A_LONG_TIME = timedelta(days=365)
SECONDS_IT_TOOK = 3.2


@dataclass(frozen=True)
class Seeded:
    """What the developer is told."""

    api_key: str


def seed(stack: Stack, clients: Clients) -> Seeded:
    """Fill an empty stack. The demo account has five dollars left after its two requests."""
    now = datetime.now(UTC)
    environment = stack.functions["ApiFunction"].environment
    price_micros = int(environment["PRICE_MICROS_PER_IMAGE"])
    table = Table(clients.dynamodb, stack.table_name)
    accounts, requests = DynamoDBAccounts(table), DynamoDBRequests(table, lambda: now)
    pictures = S3Pictures(clients.s3, stack.outputs_bucket, 60, lambda: now, lambda: None)

    balance_micros = DEMO_CREDITS_MICROS + 2 * price_micros
    accounts.open(Account(id=DEMO_ACCOUNT, name="Demo", balance_micros=balance_micros, opened_at=now))
    accounts.add_key(ApiKey.of(DEMO_KEY, issued_at=now))

    # Nobody works on this one unless told to: it waits for `sam local invoke WorkerFunction -e events/worker.json`.
    waiting = _queued(QUEUED_REQUEST, "a lighthouse in the fog, soft light", 7, price_micros, now)
    far_off = now + A_LONG_TIME
    requests.accept(waiting.model_copy(update={"due_at": far_off, "give_up_at": far_off}), (), None)

    began = now - timedelta(minutes=2)
    finished = _queued(FINISHED_REQUEST, "a red fox in the snow, morning light", 42, price_micros, began)
    requests.accept(finished, (), None)
    claimed = finished.claimed("seeded", until=now, at=began)
    requests.replace(finished, claimed)
    image = pictures.put(finished.id, 0, _picture(finished))
    ended_at = began + timedelta(seconds=SECONDS_IT_TOOK)
    retention_s = int(environment["RETENTION_DAYS"]) * 24 * 3600
    requests.settle(claimed, claimed.settled([image], [], at=ended_at, retention_s=retention_s))
    return Seeded(DEMO_KEY)


def _queued(request_id: str, prompt: str, seed: int, price_micros: int, at: datetime) -> GenerationRequest:
    parameters = GenerationParameters(prompt=prompt, seed=seed, img_width=768, img_height=512)
    return GenerationRequest.queued(
        request_id=request_id, account=DEMO_ACCOUNT, parameters=parameters, price_micros=price_micros, at=at
    )


def _picture(request: GenerationRequest) -> Picture:
    wanted = request.parameters
    if wanted is None:
        raise AssertionError("a new request has its parameters")
    content = make_picture(wanted, "landscape", "png")
    return Picture(content, "image/png", wanted.img_width, wanted.img_height, wanted.seed, SECONDS_IT_TOOK)
