"""The two secrets: Segmind's key, which only the worker may read, and the one that proves CloudFront."""

import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

READ_AGAIN_AFTER = timedelta(minutes=5)
# A wrong header makes us look for a new version, but not more often than this.
LOOK_AGAIN_AFTER = timedelta(seconds=10)


class SegmindKey:
    """The key in the worker's memory. The secret is JSON {"api_key": "…"} or the bare key."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id
        self._key: str | None = None

    def get(self, *, afresh: bool = False) -> str | None:
        """The key, or None while none has been entered."""
        if self._key is None or afresh:
            secret = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            self._key = _api_key_in(secret)
        return self._key


class GatewaySecret:
    """Tells whether a call came through CloudFront. The current and the previous version count, for rotation."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._secret_id = secret_id
        self._now = now
        self._versions: tuple[str, ...] = ()
        self._read_at: datetime | None = None

    def proves(self, header: str) -> bool:
        """Whether the header is the secret."""
        if self._is_older_than(READ_AGAIN_AFTER):
            self._read()
        if self._matches(header):
            return True
        if self._is_older_than(LOOK_AGAIN_AFTER):
            self._read()
        return self._matches(header)

    def _matches(self, header: str) -> bool:
        return any(hmac.compare_digest(header.encode(), version.encode()) for version in self._versions)

    def _is_older_than(self, age: timedelta) -> bool:
        return self._read_at is None or self._now() - self._read_at > age

    def _read(self) -> None:
        versions = []
        for stage in ("AWSCURRENT", "AWSPREVIOUS"):
            try:
                secret = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
            except self._client.exceptions.ResourceNotFoundException:
                continue
            versions.append(json.loads(secret["SecretString"])["origin"])
        self._versions, self._read_at = tuple(versions), self._now()


def _api_key_in(secret: str) -> str | None:
    try:
        parsed = json.loads(secret)
    except ValueError:
        parsed = secret
    key = parsed.get("api_key") if isinstance(parsed, dict) else parsed
    return key.strip() or None if isinstance(key, str) else None
