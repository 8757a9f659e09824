"""Who is asking, under which address, and whether through CloudFront."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from sasha.core.account import Account
from sasha.core.doorkeeper import Doorkeeper
from sasha.core.errors import Forbidden, InvalidApiKey, MissingApiKey
from sasha.core.ports import PresignedUrl

Proves = Callable[[str], bool]


@dataclass(frozen=True)
class Visit:
    """Where the caller sees this gateway. `base_url` has no slash at its end."""

    base_url: str
    through_cloudfront: bool

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


def visit(event: APIGatewayProxyEventV2, proves: Proves) -> Visit:
    """Only the gateway's secret proves that the viewer's headers are CloudFront's. Raises Forbidden for a wrong one."""
    scheme = "http" if event.headers.get("x-forwarded-proto") == "http" else "https"
    secret = event.headers.get("x-gateway-secret")
    if secret is None:
        # API Gateway answers under its own names only, so that this is one of them.
        host = event.headers.get("host") or event.request_context.domain_name
        return Visit(f"{scheme}://{host}", through_cloudfront=False)
    if not proves(secret):
        raise Forbidden("The header x-gateway-secret is not for callers: leave it out.")
    return Visit(f"{scheme}://{event.headers.get('x-viewer-host', '')}", through_cloudfront=True)


def account(event: APIGatewayProxyEventV2, door: Doorkeeper) -> Account:
    """The account behind `x-api-key`. Raises MissingApiKey, InvalidApiKey, Forbidden."""
    key = event.headers.get("x-api-key", "").strip()
    if not key:
        raise MissingApiKey("Missing API key: send it in the header x-api-key.")
    # API Gateway joins a header that was sent twice.
    if "," in key:
        raise InvalidApiKey("The header x-api-key was sent twice: send one key.")
    return door.caller(key)
