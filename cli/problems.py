"""What can go wrong for the owner, each as one sentence that says what to do; never a traceback."""

import botocore.exceptions as aws
import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from sasha.core.errors import SashaError

SIGN_IN_AGAIN = (
    "The AWS credentials have expired: sign in again (`aws login`, `aws sso login`), then repeat the command."
)
UNKNOWN_CREDENTIALS = "AWS does not know these credentials: check the profile (--profile) or the AWS_… variables."
BY_CODE = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), SIGN_IN_AGAIN),
    **dict.fromkeys(
        (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "AuthFailure",
        ),
        UNKNOWN_CREDENTIALS,
    ),
}
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
UNREACHABLE = (
    aws.ConnectionError,  # EndpointConnectionError, timeouts, TLS and proxies too
    aws.HTTPClientError,
)
BY_KIND: dict[type[BotoCoreError], str] = {
    aws.NoCredentialsError: "There are no AWS credentials: sign in (`aws configure`, `aws sso login`) or name a "
    "--profile; for a running `make run`, add --local.",
    aws.PartialCredentialsError: "The AWS credentials are incomplete: both the key's id and its secret are needed.",
    aws.CredentialRetrievalError: "The AWS credentials cannot be had: check the profile, and sign in again.",
    aws.NoRegionError: "No AWS region is set: name the stack's with --region.",
    aws.ProfileNotFound: "There is no AWS profile of this name: `aws configure list-profiles` lists them.",
    aws.UnauthorizedSSOTokenError: SIGN_IN_AGAIN,
    aws.SSOTokenLoadError: SIGN_IN_AGAIN,
    aws.TokenRetrievalError: SIGN_IN_AGAIN,
    aws.LoginRefreshRequired: SIGN_IN_AGAIN,
    aws.LoginTokenLoadError: SIGN_IN_AGAIN,
}


class Problem(Exception):
    """One sentence that says what to do; nothing was changed."""


class Slip(typer.BadParameter):
    """What was typed cannot be meant; nothing was changed."""

    def format_message(self) -> str:
        return self.message


def sentence(error: Exception, endpoint_url: str | None) -> str | None:
    """What to tell the owner of an error, or None where it is a fault of this program."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, SashaError):
        return error.detail
    if isinstance(error, ValidationError):
        return f"A record in the table cannot be read ({error.title}): `sasha audit` says which."
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, UNREACHABLE):
        return _unreachable(error, endpoint_url)
    if isinstance(error, BotoCoreError):
        known = (text for kind, text in BY_KIND.items() if isinstance(error, kind))
        return next(known, f"The AWS call failed: {error}")
    return None


def _refused(error: ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    if code in DENIED:
        return f"These AWS credentials may not do {error.operation_name}: use others, or have it allowed. ({message})"
    return BY_CODE.get(code) or f"AWS refused {error.operation_name}: {message} ({code})"


def _unreachable(error: Exception, endpoint_url: str | None) -> str:
    if endpoint_url:
        return (
            f"Nothing answers at {endpoint_url}: start `make run`, or name the AWS address of one on other ports "
            "with --endpoint-url."
        )
    return f"AWS cannot be reached: check the network and --region. ({error})"
