"""The whole gateway in one process: real handlers, moto in place of AWS, the emulator in place of Segmind."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3

from cli.stack import OwnedStack, Where
from local.clients import Clients
from local.emulator.faults import Fault
from local.emulator.server import SegmindEmulator
from local.http_api import proxy_answer, proxy_event
from local.messages import Request
from local.presigned import Credential, PresignedRequest, refusal
from local.stack import Stack
from sasha.adapters.dynamodb.table import from_item
from sasha.adapters.secrets import SegmindKey
from sasha.adapters.segmind import Segmind
from sasha.core.account import Account, ApiKey, Guest, PresentedKey, new_key
from sasha.core.audit import Difference, audit
from sasha.core.breaker import change
from sasha.core.errors import SashaError
from sasha.core.fulfil import Fate
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Clock, Picture, WorkerPorts
from sasha.core.read import cancel
from sasha.core.request import GenerationRequest
from sasha.core.submit import submit
from sasha.core.sweep import Sweep, sweep
from sasha.messages import take
from sasha.settings import ApiSettings, Settings, WorkerSettings
from sasha.web.app import create_api
from sasha.wiring import api_ports, gateway_secret, sweeper_ports, worker_ports
from tests.books import Books
from tests.functional import faults
from tests.functional.strict_aws import Died, StrictAWS

SEGMIND_KEY = "SG_0123456789abcdef"
MOST_WRITES = 25
API_HOST = "api.test"
PAGE_HOST = "page.test"


@dataclass
class Context:
    """A Lambda context with this long to live."""

    seconds: float = 29.0
    aws_request_id: str = "a-lambda-request-id"
    function_name: str = "sasha"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:sasha"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: header names in lower case, the body as `json` or `content` by what it is."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class FakeClock:
    """Time that passes only when told to. While something waits, the workers work."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self.while_waiting: Callable[[], object] = lambda: None
        # How far a pause leaps at least: a test that waits long need not look often.
        self.leap_s = 0.0

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(max(seconds, self.leap_s))
        self.while_waiting()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def set(self, text: str) -> None:
        """To a moment in ISO 8601, UTC."""
        self._now = datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True)
class SkewedClock:
    """A clock that goes before or behind another one."""

    clock: FakeClock
    seconds: float

    def now(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


@dataclass
class World:
    """One test's view of the stack. Everything goes through the handlers, as in the cloud."""

    stack: Stack
    session: boto3.Session
    aws: StrictAWS
    clients: Clients
    segmind: SegmindEmulator
    clock: FakeClock = field(default_factory=FakeClock)
    _meanwhile: threading.Timer | None = None

    def __post_init__(self) -> None:
        self.aws.now = self.clock.now
        self.api_settings = ApiSettings.read(self.environment("ApiFunction"))
        self.api_ports = api_ports(self.api_settings, self.session, self.clock)
        self.worker_ports = self._new_worker_ports()
        self.sweeper_ports = sweeper_ports(Settings.read(self.environment("SweeperFunction")), self.session, self.clock)
        change(self.api_ports.states, lambda state: state.keyed(True))
        self.api = self.new_api()
        self.context = Context()

    def environment(self, function: str) -> dict[str, str]:
        return dict(self.stack.functions[function].environment)

    def new_api(self) -> Any:
        """The API as it is after a cold start: nothing cached."""
        secret = gateway_secret(self.api_settings, self.session, self.clock)
        secret.read()
        return create_api(self.api_ports, secret)

    def limit(self, **changes: Any) -> None:
        """Other limits of the owner's, by their names in core.quota.Limits; the API starts anew."""
        self.api_ports = replace(self.api_ports, limits=replace(self.api_ports.limits, **changes))
        self.api = self.new_api()

    def skew(self, worker_s: float, sweeper_s: float) -> None:
        """These clocks go before the API's, or behind it."""
        self.worker_ports = self._new_worker_ports(SkewedClock(self.clock, worker_s))
        settings = Settings.read(self.environment("SweeperFunction"))
        self.sweeper_ports = sweeper_ports(settings, self.session, SkewedClock(self.clock, sweeper_s))

    def charge(self, price_micros: int) -> None:
        """Another price for what is asked from now on."""
        self.api_ports = replace(self.api_ports, terms=replace(self.api_ports.terms, price_micros=price_micros))
        self.api = self.new_api()

    # -- callers

    def open_account(self, balance_micros: int = 1_000_000, account_id: str | None = None) -> str:
        """A new account's API key."""
        account_id = account_id or uuid4().hex[:10]
        account = Account(id=account_id, name="A test", balance_micros=balance_micros, opened_at=self.clock.now())
        self.api_ports.accounts.open(account)
        return self.issue_key(account_id)

    def issue_key(self, account_id: str, *, revoked: bool = False) -> str:
        key = new_key(account_id)
        record = ApiKey.of(key, issued_at=self.clock.now())
        if revoked:
            record = record.model_copy(update={"revoked_at": self.clock.now()})
        self.api_ports.accounts.add_key(record)
        return key

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        host: str = API_HOST,
        context: Context | None = None,
    ) -> Answer:
        """Call the API as API Gateway would. A body that is no text or bytes goes as JSON."""
        raw_path, _, query = path.partition("?")
        sent = {"content-type": "application/json"} if body is not None else {}
        if key is not None:
            sent["x-api-key"] = key
        content = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        request = Request(method, raw_path, query, {**sent, **(headers or {})}, b"" if body is None else content)
        event = proxy_event(request, host, self.clock.now().timestamp())
        answer = proxy_answer(self.api(event, context or self.context))
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)

    def through_cloudfront(self, address: str = "192.0.2.1") -> dict[str, str]:
        """The headers that CloudFront adds."""
        return {
            "x-gateway-secret": self.stack.gateway_secret,
            "x-viewer-host": PAGE_HOST,
            "x-viewer-address": address,
        }

    def as_guest(self, address: str = "192.0.2.1") -> dict[str, str]:
        """The headers of the page's visitor without a key."""
        return {**self.through_cloudfront(address), "sasha-guest": "1"}

    def guest_asks(self, address: str = "192.0.2.1", **parameters: Any) -> Answer:
        """POST /v2 from the page, without a key."""
        body = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512, **parameters}
        return self.call("POST", "/v2/BigDug-Sasha", body, headers=self.as_guest(address))

    def counters(self) -> dict[str, int]:
        """What is counted, by counter."""
        items = map(from_item, self.items("COUNTER#"))
        return {item["pk"].removeprefix("COUNTER#"): item["used"] for item in items}

    def submit(self, key: str, **parameters: Any) -> str:
        """A request's id, by POST /v2."""
        body = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512, **parameters}
        answer = self.call("POST", "/v2/BigDug-Sasha", body, key=key)
        assert answer.status == 200, answer.json
        return str(answer.json["request_id"])

    def submit_by_core(self, key: str, **parameters: Any) -> str:
        """ "accepted", or the name of what was raised. Unlike the handlers, many threads may call it at once."""
        return self.submit_by_core_as(presented(key), **parameters)

    def submit_by_core_as(self, who: PresentedKey | Guest, **parameters: Any) -> str:
        wanted = GenerationParameters.model_validate({"prompt": "a red fox in the snow", **parameters})
        try:
            submit(wanted, who, None, self.clock.now(), self.api_ports)
        except SashaError as error:
            return type(error).__name__
        return "accepted"

    def cancel_by_core(self, request_id: str) -> None:
        """As a second caller would, while the first one waits in its handler."""
        cancel(self.request(request_id), self.api_ports)

    def revoke(self, key: str) -> None:
        self.api_ports.accounts.revoke_key(ApiKey.of(key, issued_at=self.clock.now()), self.clock.now())

    def disable(self, key: str) -> None:
        self.api_ports.accounts.amend(key.split("_")[1], {"status": "disabled"})

    # -- Segmind

    def segmind_fails(self, fault: str, *, seed: int | None = None, times: int = 1) -> None:
        """The next calls (for this seed) meet the fault of this name."""
        if fault == "refused":
            nowhere = Segmind(
                "http://127.0.0.1:9",
                SegmindKey(self.clients.secretsmanager, self._segmind_secret, self.clock.now),
                self.clock.now,
            )
            self.worker_ports = replace(self.worker_ports, provider=nowhere)
        else:
            self.segmind.script(faults.named(fault, self.clock.now(), seed), times=times)

    def segmind_recovers(self) -> None:
        self.worker_ports = self._new_worker_ports()

    def while_segmind_works(self, do: Callable[[], object], *, seed: int | None = None) -> None:
        """The next call (for this seed) takes its time; meanwhile, this is done."""
        self.segmind.script(Fault("delay", delay_s=0.8, seed=seed))
        self._meanwhile = threading.Timer(0.4, do)
        self._meanwhile.start()

    def rotate_segmind_key(self, key: str) -> None:
        self.clients.secretsmanager.put_secret_value(
            SecretId=self._segmind_secret, SecretString=json.dumps({"api_key": key})
        )
        self.segmind.configure(api_keys=(key,) if key else ())

    def enter_segmind_key(self, key: str) -> None:
        """As the owner's command does."""
        owned = OwnedStack(Where(), self.session, self.clock.now)
        owned.enter_segmind_key(key)

    def rotate_gateway_secret(self, secret: str) -> None:
        self.clients.secretsmanager.put_secret_value(
            SecretId=self.stack.gateway_secret_id, SecretString=json.dumps({"origin": secret})
        )

    def without_segmind_key(self) -> None:
        """As after a deploy without one."""
        self.rotate_segmind_key("")
        change(self.api_ports.states, lambda state: state.keyed(False))
        self.api = self.new_api()

    def die_before_posting(self) -> None:
        self.worker_ports = replace(self.worker_ports, provider=DyingProvider(self.aws))

    # -- the machinery behind

    def s3_accepts(self, url: str) -> bool:
        """Whether S3 takes the URL, whose host CloudFront would have set to the bucket's own."""
        parts = urlsplit(url)
        host = f"{self.stack.outputs_bucket}.s3.us-east-1.amazonaws.com"
        asked = PresignedRequest("GET", parts.path, parts.query, {"host": host})
        return refusal(asked, {"test": Credential("test", "test")}, "us-east-1", datetime.now(UTC)) is None

    def lose_messages(self) -> None:
        self.aws.messages.clear()

    def open_requests(self) -> list[str]:
        """Ids of all requests that are not settled."""
        return [item["pk"]["S"].removeprefix("REQUEST#") for item in self.items("REQUEST#") if "open" in item]

    def put(self, item: dict[str, Any]) -> None:
        """Write an item as it is stored."""
        self.clients.dynamodb.put_item(TableName=self.stack.table_name, Item=item)

    def pay(self, key: str, amount_micros: int) -> None:
        """Take so much from a balance, behind the ledger's back."""
        balance = self.balance(key) - amount_micros
        self._set(f"ACCOUNT#{key.split('_')[1]}", "ACCOUNT", "balance_micros", {"N": str(balance)})

    def break_item(self, request_id: str) -> None:
        self._set(f"REQUEST#{request_id}", "REQUEST", "samples", {"S": "many"})

    def mend_item(self, request_id: str, samples: int) -> None:
        self._set(f"REQUEST#{request_id}", "REQUEST", "samples", {"N": str(samples)})

    def hints(self) -> list[str]:
        """The ids in the queue's messages, sent and not yet taken."""
        return [json.loads(message["MessageBody"]).get("request_id", "") for message in self.aws.messages]

    def deliver(self, seconds_left: float = 180.0) -> list[Fate | None]:
        """Give every message whose delay is over to a worker; those sent meanwhile stay in the queue."""
        ready = [message for message in self.aws.messages if self._is_visible(message)]
        self.aws.messages[:] = [message for message in self.aws.messages if message not in ready]
        works = [take(message["MessageBody"], lambda: seconds_left, self.worker_ports) for message in ready]
        return [work.fate if work else None for work in works]

    def deliver_one(self) -> list[Fate | None]:
        """The same with the first message alone."""
        message = self.aws.messages.pop(0)
        work = take(message["MessageBody"], lambda: 180.0, self.worker_ports)
        return [work.fate if work else None]

    def hint(self, request_id: str) -> None:
        """Another message for the request."""
        self.api_ports.queue.hint(self.request(request_id))

    def sweep(self, seconds_left: float = 50.0) -> Sweep:
        return sweep(lambda: seconds_left, self.sweeper_ports)

    def request(self, request_id: str) -> GenerationRequest:
        request = self.api_ports.requests.get(request_id)
        assert request is not None
        return request

    def balance(self, key: str) -> int:
        account = self.api_ports.accounts.get(key.split("_")[1])
        assert account is not None
        return account.balance_micros

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """All items of the table whose pk begins so, as they are stored."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.stack.table_name)
        return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(prefix)]

    def ledger(self, key: str) -> list[dict[str, Any]]:
        """The account's movements, oldest first."""
        own = [item for item in self.items(f"ACCOUNT#{key.split('_')[1]}") if item["sk"]["S"].startswith("LEDGER#")]
        return sorted(own, key=lambda item: item["sk"]["S"])

    def pictures(self) -> list[str]:
        """The keys in the outputs bucket."""
        listed = self.clients.s3.list_objects_v2(Bucket=self.stack.outputs_bucket)
        return [one["Key"] for one in listed.get("Contents", [])]

    def close(self) -> None:
        """Leave an empty stack to the next test. Fails where an account's balance is not what it must be."""
        if self._meanwhile:
            self._meanwhile.join()
        self.aws.reset()
        items = self.items()
        writes = [{"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}} for item in items]
        for start in range(0, len(writes), MOST_WRITES):
            batch: Any = {self.stack.table_name: writes[start : start + MOST_WRITES]}
            self.clients.dynamodb.batch_write_item(RequestItems=batch)
        for key in self.pictures():
            self.clients.s3.delete_object(Bucket=self.stack.outputs_bucket, Key=key)
        if self.segmind.settings.api_keys != (SEGMIND_KEY,):
            self.rotate_segmind_key(SEGMIND_KEY)
        assert self.audited([from_item(item) for item in items]) == []

    def audited(self, items: list[dict[str, Any]]) -> list[Difference]:
        """What the owner's audit finds in these items."""
        books = Books(items)
        return audit(
            books.accounts,
            books.ledger,
            books.requests,
            retention_s=self.api_ports.terms.retention_s,
            now=self.clock.now(),
            pause=lambda: None,
        )

    def _is_visible(self, message: dict[str, Any]) -> bool:
        visible_at: datetime = message["sent_at"] + timedelta(seconds=message.get("DelaySeconds", 0))
        return visible_at <= self.clock.now()

    @property
    def _segmind_secret(self) -> str:
        return self.stack.segmind_secret_id

    def _new_worker_ports(self, clock: Clock | None = None) -> WorkerPorts:
        settings = WorkerSettings.read(self.environment("WorkerFunction") | {"SEGMIND_URL": self.segmind.url})
        return worker_ports(settings, self.session, clock or self.clock)

    def _set(self, pk: str, sk: str, name: str, value: dict[str, str]) -> None:
        self.clients.dynamodb.update_item(
            TableName=self.stack.table_name,
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},  # type: ignore[dict-item]
        )


@dataclass(frozen=True)
class DyingProvider:
    """A worker that dies just before it asks Segmind."""

    aws: StrictAWS

    def has_key(self) -> bool:
        return True

    def generate(self, wanted: GenerationParameters, seed: int, timeout_s: float) -> Picture:
        self.aws.dead = True
        raise Died("before the POST")


def presented(key: str) -> PresentedKey:
    read = PresentedKey.read(key)
    assert read is not None
    return read
