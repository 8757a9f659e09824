"""Settings → adapters → ports: the only place that joins them."""

import time
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any

import boto3
from botocore.config import Config

from sasha.adapters.dynamodb.accounts import DynamoDBAccounts, DynamoDBProviderStates
from sasha.adapters.dynamodb.ledger import DynamoDBLedger
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.adapters.s3 import S3Pictures
from sasha.adapters.secrets import GatewaySecret, SegmindKey
from sasha.adapters.sqs import SQSQueue
from sasha.core.ports import ApiPorts, Clock, Ports, Site, Terms, WorkerPorts
from sasha.core.quota import Limits
from sasha.core.sweep import AT_ONCE
from sasha.settings import ApiSettings, Settings, WorkerSettings

# An answer that takes longer is worth asking for again; botocore repeats the identical call.
AWS_CALLS = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=AT_ONCE,  # the sweeper's; others use fewer
)
# The bucket's regional host and the current signature: us-east-1 would presign with the old one by default.
S3_CALLS = AWS_CALLS.merge(
    Config(
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 2},
        signature_version="s3v4",
        s3={"us_east_1_regional_endpoint": "regional"},
    )
)
# Best effort, while a caller waits.
SQS_CALLS = AWS_CALLS.merge(Config(retries={"mode": "standard", "total_max_attempts": 2}))


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
# Of URLs that are never made: only the API makes them, for as long as its settings say.
NO_URLS_S = 60


def sweeper_ports(settings: Settings, session: boto3.Session, clock: Clock = SYSTEM_CLOCK) -> Ports:
    """What the sweeper works with."""
    return Ports(**_shared(_table(settings, session, clock), settings, session, clock, NO_URLS_S))


def api_ports(settings: ApiSettings, session: boto3.Session, clock: Clock = SYSTEM_CLOCK) -> ApiPorts:
    """What the API works with."""
    table = _table(settings, session, clock)
    return ApiPorts(
        **_shared(table, settings, session, clock, settings.url_lifetime_seconds),
        ledger=DynamoDBLedger(table),
        limits=Limits(
            requests_per_minute=settings.requests_per_minute,
            guest_images_per_day=settings.guest_images_per_day,
            guest_images_per_day_total=settings.guest_images_per_day_total,
            monthly_spend_limit_micros=settings.monthly_spend_limit_micros,
            segmind_price_micros=settings.segmind_price_micros_per_image,
            blocked_terms=tuple(settings.blocked_terms.split(",")),
            url_lifetime_s=settings.url_lifetime_seconds,
        ),
        site=Site(
            name=settings.site_name,
            contact_url=settings.contact_url,
            get_key_url=settings.get_key_url,
            terms_url=settings.terms_url,
            privacy_url=settings.privacy_url,
        ),
    )


def worker_ports(settings: WorkerSettings, session: boto3.Session, clock: Clock = SYSTEM_CLOCK) -> WorkerPorts:
    """What a worker works with."""
    # Only the worker pays for loading the HTTP client and the picture decoders.
    from sasha.adapters.segmind import Segmind  # noqa: PLC0415

    key = SegmindKey(session.client("secretsmanager", config=AWS_CALLS), settings.segmind_secret_id, clock.now)
    return WorkerPorts(
        **_shared(_table(settings, session, clock), settings, session, clock, NO_URLS_S),
        provider=Segmind(settings.segmind_url, key, clock.now),
        provider_timeout_s=settings.provider_timeout_seconds,
    )


def gateway_secret(settings: ApiSettings, session: boto3.Session, clock: Clock = SYSTEM_CLOCK) -> GatewaySecret:
    """What tells whether a call came through CloudFront."""
    return GatewaySecret(session.client("secretsmanager", config=AWS_CALLS), settings.gateway_secret_id, clock.now)


def _shared(
    table: Table, settings: Settings, session: boto3.Session, clock: Clock, url_lifetime_s: int
) -> dict[str, Any]:
    def credentials_expire_at() -> datetime | None:
        # botocore knows it where the environment tells it (AWS_CREDENTIAL_EXPIRATION), and keeps it to itself.
        expiry = getattr(session.get_credentials(), "_expiry_time", None)
        return expiry if isinstance(expiry, datetime) else None

    s3 = session.client("s3", config=S3_CALLS)
    return {
        "requests": DynamoDBRequests(table, clock.now),
        "pictures": S3Pictures(s3, settings.outputs_bucket, url_lifetime_s, clock.now, credentials_expire_at),
        "queue": SQSQueue(session.client("sqs", config=SQS_CALLS), settings.queue_url),
        "accounts": DynamoDBAccounts(table),
        "states": DynamoDBProviderStates(table),
        "clock": clock,
        "random": SystemRandom(),
        "terms": Terms(
            price_micros=settings.price_micros_per_image,
            retention_s=settings.retention_days * 24 * 3600,
        ),
    }


def _table(settings: Settings, session: boto3.Session, clock: Clock) -> Table:
    return Table(session.client("dynamodb", config=AWS_CALLS), settings.table_name, clock.sleep)
