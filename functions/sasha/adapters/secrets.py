"""The two secrets: Segmind's key, which only the worker may read, and the one that proves CloudFront."""

import hmac
import ipaddress
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sasha.core.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# What one household or office has of IPv6.
IPV6_PREFIX = 56
KEY_FORM = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# An owner who enters another key need not wait longer for it to be the one that pays.
KEY_BELIEVED_FOR = timedelta(seconds=60)
# A wrong header makes us look for a new version, but not more often than this.
LOOK_AGAIN_AFTER = timedelta(seconds=10)
logger = logging.getLogger("sasha")


class SegmindKey:
    """The key in the worker's memory, for a minute. The secret is JSON {"api_key": "…"} or the bare key."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._secret_id = secret_id
        self._now = now
        self._key: str | None = None
        self._read_at: datetime | None = None

    def get(self, *, afresh: bool = False) -> str | None:
        """The key, or None while none has been entered."""
        is_old = self._read_at is None or self._now() - self._read_at > KEY_BELIEVED_FOR
        if afresh or self._key is None or is_old:
            try:
                self._key = _api_key_in(self._client.get_secret_value(SecretId=self._secret_id)["SecretString"])
                self._read_at = self._now()
            except Exception:
                if afresh or self._key is None:
                    raise
                logger.warning("Segmind's key could not be read again; the one before is used", exc_info=True)
        return self._key


class GatewaySecret:
    """Tells whether a call came through CloudFront, and hashes addresses.

    The current and the previous version count, for rotation. The hashes change with the current one, so that visitors
    then have their free pictures of the day once more.
    """

    def __init__(self, client: "SecretsManagerClient", secret_id: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._secret_id = secret_id
        self._now = now
        self._versions: tuple[str, ...] = ()
        self._read_at: datetime | None = None

    def proves(self, header: str) -> bool:
        """Whether the header is the secret. Raises Busy while there is none to compare it with."""
        if not self._matches(header) and self._may_look_again():
            self.read()
        if not self._versions:
            raise Busy("Who is calling cannot be told just now; please try again.")
        return self._matches(header)

    def visitor(self, address: str, at: datetime) -> str:
        """The visitor behind an address on that day: 32 hexadecimal digits, from which no one else can tell either.

        Raises ValueError for what is no address, and while the secret cannot be read.
        """
        if not self._versions:
            raise ValueError("no secret to hash with")
        said = f"{at.astimezone(UTC):%Y-%m-%d} {_network(address)}"
        return hmac.new(self._versions[0].encode(), said.encode(), "sha256").hexdigest()[:32]

    def read(self) -> None:
        """Look up both versions. What goes wrong is logged, and the versions known so far stay."""
        try:
            self._versions = tuple(self._stages()) or self._versions
        except Exception:
            logger.exception("The gateway's secret could not be read")
        self._read_at = self._now()

    def _matches(self, header: str) -> bool:
        return any(hmac.compare_digest(header.encode(), version.encode()) for version in self._versions)

    def _may_look_again(self) -> bool:
        return not self._versions or self._read_at is None or self._now() - self._read_at > LOOK_AGAIN_AFTER

    def _stages(self) -> Iterator[str]:
        for stage in ("AWSCURRENT", "AWSPREVIOUS"):
            try:
                secret = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
            except self._client.exceptions.ResourceNotFoundException:
                continue
            origin = _origin_in(secret["SecretString"])
            if origin is None:
                logger.error('The gateway\'s secret is not {"origin": "…"} (%s)', stage)
            else:
                yield origin


def _api_key_in(secret: str) -> str | None:
    try:
        parsed = json.loads(secret)
    except ValueError:
        parsed = secret
    key = parsed.get("api_key") if isinstance(parsed, dict) else parsed
    key = key.strip() if isinstance(key, str) else ""
    # Anything else cannot be sent in a header, and is a slip of whoever entered it.
    return key if KEY_FORM.fullmatch(key) else None


def _origin_in(secret: str) -> str | None:
    """None for what whoever sends nothing, or guesses, would prove."""
    try:
        parsed = json.loads(secret)
    except ValueError:
        return None
    origin = parsed.get("origin") if isinstance(parsed, dict) else None
    return origin if isinstance(origin, str) and origin.strip() else None


def _network(address: str) -> str:
    """Whose address it is: itself for IPv4, however it is written, the site's network for IPv6. Raises ValueError."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(ip), IPV6_PREFIX), strict=False))
        ip = ip.ipv4_mapped
    return str(ip)
