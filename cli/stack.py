"""Finds a deployed stack (or a running `make run`) by name, and joins its adapters for the owner."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from secrets import token_hex
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session as BotocoreSession

from cli.problems import Problem
from sasha.adapters.dynamodb.accounts import DynamoDBAccounts, DynamoDBProviderStates
from sasha.adapters.dynamodb.ledger import DynamoDBLedger
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.core.breaker import change
from sasha.core.ports import Accounts, Ledger, Requests
from sasha.core.quota import Limits

# Where `make run` plays AWS: the third of its four ports.
LOCAL_ENDPOINT_URL = "http://127.0.0.1:8002"
LOCAL_REGION = "us-east-1"
AWS_CALLS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
# Whatever proxy the developer has: it does not lead to this machine itself.
LOCAL_CALLS = AWS_CALLS.merge(
    Config(connect_timeout=2, retries={"mode": "standard", "total_max_attempts": 1}, proxies={})
)


@dataclass(frozen=True)
class Where:
    """Which stack is meant. With an endpoint URL it is one of `make run`, and no real credentials are used."""

    stack_name: str = "sasha"
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True)
class GatewaySecretVersion:
    """With which generation it is to be handed to CloudFront; what a stack begins with is the first."""

    generation: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """Of what is broken nothing is known; it is as good as the first."""
        try:
            told = json.loads(text).get("generation", 1)
        except (ValueError, AttributeError):
            return cls()
        return cls(told if isinstance(told, int) else 1)


def session(where: Where) -> boto3.Session:
    """The owner's own credentials; for a stack on this machine, made-up ones."""
    if where.endpoint_url:
        return boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 it opens nothing: the local stack takes any
            region_name=where.region or LOCAL_REGION,
            # Whatever AWS_PROFILE names: it need not exist for this.
            botocore_session=BotocoreSession(session_vars={"profile": (None, None, None, None)}),
        )
    return boto3.Session(profile_name=where.profile, region_name=where.region)


class OwnedStack:
    """A stack as its owner may handle it. Nothing is called before it is needed.

    Raises Problem where there is no such stack, and botocore's own errors.
    """

    def __init__(self, where: Where, session: boto3.Session, now: Callable[[], datetime]) -> None:
        self._where = where
        self._session = session
        self._now = now

    @cached_property
    def accounts(self) -> Accounts:
        return DynamoDBAccounts(self._table)

    @cached_property
    def ledger(self) -> Ledger:
        return DynamoDBLedger(self._table)

    @cached_property
    def requests(self) -> Requests:
        return DynamoDBRequests(self._table, self._now)

    @property
    def retention_s(self) -> int:
        return self._number("RetentionDays") * 24 * 3600

    @property
    def limits(self) -> Limits:
        """As the stack's parameters have them."""
        return Limits(
            requests_per_minute=self._number("RequestsPerMinute"),
            guest_images_per_day=self._number("GuestImagesPerDay"),
            guest_images_per_day_total=self._number("GuestImagesPerDayTotal"),
            monthly_spend_limit_micros=self._number("MonthlySpendLimitMicros"),
            segmind_price_micros=self._number("SegmindPriceMicrosPerImage"),
            blocked_terms=tuple(self._parameter("BlockedTerms").split(",")),
            url_lifetime_s=self._number("UrlLifetimeSeconds"),
        )

    def enter_segmind_key(self, key: str) -> None:
        """Put the key where the worker reads it, and say that there is one: requests are taken on from now on."""
        secret = json.dumps({"api_key": key})
        self._client("secretsmanager").put_secret_value(SecretId=self._output("SegmindSecretArn"), SecretString=secret)
        change(DynamoDBProviderStates(self._table), lambda state: state.keyed(True))

    @property
    def gateway_secret(self) -> GatewaySecretVersion:
        """What the secret says of itself, without what it is."""
        secret = self._client("secretsmanager").get_secret_value(SecretId=self._output("GatewaySecretArn"))
        return GatewaySecretVersion.read(secret["SecretString"])

    @property
    def gateway_generation(self) -> int:
        """The one that CloudFront was told at the last deploy."""
        return self._number("GatewaySecretGeneration")

    def renew_gateway_secret(self, generation: int) -> None:
        """Put another secret in its place; the one before stays as the previous version."""
        secret = json.dumps({"origin": token_hex(24), "generation": generation})
        self._client("secretsmanager").put_secret_value(SecretId=self._output("GatewaySecretArn"), SecretString=secret)

    @cached_property
    def _table(self) -> Table:
        return Table(self._client("dynamodb"), self._output("TableName"))

    @cached_property
    def _description(self) -> Mapping[str, Any]:
        name = self._where.stack_name
        try:
            stacks = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            stacks = []
        if not stacks:
            where = self._where.endpoint_url or self._session.region_name
            raise Problem(
                f"There is no stack {name!r} in {where}: check --stack-name, --region and --profile, or deploy it."
            )
        return dict(stacks[0])

    def _output(self, name: str) -> str:
        return self._told("Output", name)

    def _parameter(self, name: str) -> str:
        return self._told("Parameter", name)

    def _number(self, name: str) -> int:
        return int(self._parameter(name))

    def _told(self, kind: str, name: str) -> str:
        told = {one[f"{kind}Key"]: one[f"{kind}Value"] for one in self._description.get(f"{kind}s", [])}
        if name not in told:
            raise Problem(
                f"The stack {self._where.stack_name!r} ({self._description['StackStatus']}) has no "
                f"{kind.lower()} {name}: is it this product's? Deploy the present version, and wait until it is done."
            )
        return str(told[name])

    def _client(self, service: str) -> Any:
        # The name is a variable here, so the stubs cannot say which client it is.
        make: Any = self._session.client
        url = self._where.endpoint_url
        return make(service, config=LOCAL_CALLS, endpoint_url=url) if url else make(service, config=AWS_CALLS)
