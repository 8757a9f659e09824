"""Who is asking, under which address, and whether through CloudFront."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from sasha.core.account import Guest, PresentedKey
from sasha.core.errors import Forbidden, InvalidApiKey, MissingApiKey
from sasha.core.ports import PresignedUrl
from sasha.core.quota import Limits

SEND_A_KEY = "Missing API key: send it in the header x-api-key."


class Gatekeeper(Protocol):
    """What holds the secret that CloudFront sends."""

    def proves(self, header: str) -> bool:
        """Whether the header is the secret. Raises Busy while there is none to compare it with."""

    def visitor(self, address: str, at: datetime) -> str:
        """A keyed hash of the address for the day. Raises ValueError for what is no address."""


@dataclass(frozen=True)
class Visit:
    """Where the caller sees this gateway. `base_url` has no slash at its end; `address` only CloudFront can tell."""

    base_url: str
    through_cloudfront: bool
    address: str = ""

    def status_url(self, request_id: str) -> str:
        return f"{self.result_url(request_id)}/status"

    def result_url(self, request_id: str) -> str:
        return f"{self.base_url}/v2/requests/{request_id}"

    def image_url(self, request_id: str, index: int) -> str:
        """The permanent address of a picture."""
        return f"{self.result_url(request_id)}/images/{index}"

    def picture_url(self, presigned: PresignedUrl) -> str:
        """On the page's own host for who came that way: CloudFront asks S3 under the host that was signed."""
        return f"{self.base_url}{presigned.path}" if self.through_cloudfront else presigned.url


def visit(event: APIGatewayProxyEventV2, gatekeeper: Gatekeeper) -> Visit:
    """Only the gateway's secret proves that the viewer's headers are CloudFront's. Raises Forbidden for a wrong one."""
    scheme = "http" if event.headers.get("x-forwarded-proto") == "http" else "https"
    secret = event.headers.get("x-gateway-secret")
    if secret is None:
        # API Gateway answers under its own names only, so that this is one of them.
        host = event.headers.get("host") or event.request_context.domain_name
        return Visit(f"{scheme}://{host}", through_cloudfront=False)
    if not gatekeeper.proves(secret):
        raise Forbidden("The header x-gateway-secret is not for callers: leave it out.")
    address = event.headers.get("x-viewer-address", "")
    return Visit(f"{scheme}://{event.headers.get('x-viewer-host', '')}", through_cloudfront=True, address=address)


def presented_key(event: APIGatewayProxyEventV2) -> PresentedKey | None:
    """The key in `x-api-key`, None where there is none. Raises InvalidApiKey for what cannot be one."""
    text = event.headers.get("x-api-key", "").strip()
    if not text:
        return None
    # API Gateway joins a header that was sent twice.
    if "," in text:
        raise InvalidApiKey("The header x-api-key was sent twice: send one key.")
    key = PresentedKey.read(text)
    if key is None:
        raise InvalidApiKey("This is not an API key of this gateway: they look like sasha_<account>_<32 digits>.")
    return key


def says_guest(event: APIGatewayProxyEventV2) -> bool:
    """Whether it is the page that asks, for a visitor without a key. Nothing proves it."""
    return bool(event.headers.get("sasha-guest") == "1")


def guest(
    event: APIGatewayProxyEventV2, where: Visit, gatekeeper: Gatekeeper, limits: Limits, now: datetime
) -> Guest | None:
    """The page's visitor without a key, None where it is none.

    Only the page sends `sasha-guest`, and no other site may (template.yaml's CORS): a developer's forgotten key must
    be an error, not a drain on the visitors' pictures. Only CloudFront tells an address that cannot be made up.
    """
    if not says_guest(event):
        return None
    if not limits.guests_are_welcome:
        raise MissingApiKey(f"This site has no free pictures. {SEND_A_KEY}")
    if not where.through_cloudfront:
        raise MissingApiKey(f"Free pictures are made on the page's own address alone. {SEND_A_KEY}")
    try:
        return Guest(gatekeeper.visitor(where.address, now))
    except ValueError:
        raise MissingApiKey(f"Where you come from cannot be told, so no picture is free. {SEND_A_KEY}") from None
