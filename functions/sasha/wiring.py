"""Settings → adapters → ports: the only place that joins them."""

import time
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any

import boto3
from botocore.config import Config

from sasha.adapters.dynamodb.accounts import DynamoDBAccounts, DynamoDBProviderStates
from sasha.adapters.dynamodb.requests import DynamoDBRequests
from sasha.adapters.dynamodb.table import Table
from sasha.adapters.s3 import S3Pictures
from sasha.adapters.secrets import GatewaySecret, SegmindKey
from sasha.adapters.sqs import SQSQueue
from sasha.core.ports import ApiPorts, Clock, Ports, Provider, Terms, WorkerPorts
from sasha.settings import Settings

# An answer that takes longer is worth asking for again; botocore repeats the identical call.
AWS_CALLS = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
# The bucket's regional host and the current signature: us-east-1 would presign with the old one by default.
S3_CALLS = AWS_CALLS.merge(
    Config(read_timeout=10, signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"})
)


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Wiring:
    """Makes each function's ports. Clients come from the session, so that tests can bring their own."""

    def __init__(self, settings: Settings, session: boto3.Session, clock: Clock | None = None) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock or SystemClock()
        self._table = Table(session.client("dynamodb", config=AWS_CALLS), settings.table_name, self._clock.sleep)

    def ports(self) -> Ports:
        """The sweeper's."""
        return Ports(**self._shared())

    def api_ports(self) -> ApiPorts:
        return ApiPorts(**self._shared(), accounts=DynamoDBAccounts(self._table))

    def worker_ports(self) -> WorkerPorts:
        return WorkerPorts(**self._shared(), provider=self._provider())

    def gateway_secret(self) -> GatewaySecret:
        return GatewaySecret(
            self._session.client("secretsmanager", config=AWS_CALLS),
            self._settings.gateway_secret_id,
            self._clock.now,
        )

    def _provider(self) -> Provider:
        # Only the worker pays for loading the HTTP client and the picture decoders.
        from sasha.adapters.segmind import Segmind  # noqa: PLC0415

        secrets = self._session.client("secretsmanager", config=AWS_CALLS)
        key = SegmindKey(secrets, self._settings.segmind_secret_id)
        return Segmind(self._settings.segmind_url, key, self._clock.now)

    def _shared(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "requests": DynamoDBRequests(self._table),
            "pictures": S3Pictures(
                self._session.client("s3", config=S3_CALLS),
                settings.outputs_bucket,
                settings.url_lifetime_seconds,
                self._clock.now,
                self._credentials_expire_at,
            ),
            "queue": SQSQueue(self._session.client("sqs", config=AWS_CALLS), settings.queue_url),
            "states": DynamoDBProviderStates(self._table),
            "clock": self._clock,
            "random": SystemRandom(),
            "terms": Terms(
                price_micros=settings.price_micros_per_image,
                retention_s=settings.retention_days * 24 * 3600,
                provider_timeout_s=settings.provider_timeout_seconds,
            ),
        }

    def _credentials_expire_at(self) -> datetime | None:
        # botocore knows it where the environment tells it (AWS_CREDENTIAL_EXPIRATION), and keeps it to itself.
        expiry = getattr(self._session.get_credentials(), "_expiry_time", None)
        return expiry if isinstance(expiry, datetime) else None
