"""Checks S3's presigned URLs as S3 does, written from AWS's specification so that it is no copy of the signer.

Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in the Amazon S3 API Reference.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

ALGORITHM = "AWS4-HMAC-SHA256"
_REQUIRED = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires")
_A_WEEK_S = 604_800


@dataclass(frozen=True, slots=True)
class Credential:
    """What S3 knows of an access key; temporary ones have a session token, which must come with the request."""

    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True, slots=True)
class PresignedRequest:
    """A request as it was on the wire: path and query still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class S3Refusal:
    """Why S3 refuses: the status, and the code, text and details of its XML body."""

    status: int
    code: str
    message: str
    details: Mapping[str, str] = field(default_factory=dict)

    def xml(self) -> bytes:
        parts = {"Code": self.code, "Message": self.message, **self.details}
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def refusal(
    request: PresignedRequest, credentials: Mapping[str, Credential], region: str, now: datetime
) -> S3Refusal | None:
    """None for a request whose query string is rightly signed and still valid at `now`, else S3's answer to it."""
    pairs = [_decoded_pair(part) for part in request.query.split("&") if part]
    given = dict(pairs)
    fault = _malformed(given, region)
    if fault:
        return S3Refusal(400, "AuthorizationQueryParametersError", fault)
    key_id = given["X-Amz-Credential"].split("/")[0]
    credential = credentials.get(key_id)
    if credential is None:
        text = "The AWS Access Key Id you provided does not exist in our records."
        return S3Refusal(403, "InvalidAccessKeyId", text, {"AWSAccessKeyId": key_id})
    if given.get("X-Amz-Security-Token") != credential.session_token:
        return S3Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    return _untimely(given, now) or _unsigned(request, pairs, given, credential)


def _malformed(given: Mapping[str, str], region: str) -> str | None:
    if given.get("X-Amz-Algorithm") != ALGORITHM:
        return f'X-Amz-Algorithm only supports "{ALGORITHM}"'
    missing = [name for name in _REQUIRED if not given.get(name)]
    if missing:
        return f"Query-string authentication version 4 requires the parameter {missing[0]}"
    return _misdated(given) or _misplaced(given, region)


def _misdated(given: Mapping[str, str]) -> str | None:
    if not re.fullmatch(r"\d{8}T\d{6}Z", given["X-Amz-Date"]):
        return "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    if not given["X-Amz-Expires"].isdigit():
        return "X-Amz-Expires should be a number"
    if int(given["X-Amz-Expires"]) > _A_WEEK_S:
        return "X-Amz-Expires must be less than a week (in seconds); that is, at most 604800 seconds"
    return None


def _misplaced(given: Mapping[str, str], region: str) -> str | None:
    scope = given["X-Amz-Credential"].split("/")
    if scope[1:] != [given["X-Amz-Date"][:8], region, "s3", "aws4_request"]:
        return "Error parsing the X-Amz-Credential parameter; expecting <key>/<date>/<region>/s3/aws4_request"
    if "host" not in given["X-Amz-SignedHeaders"].split(";"):
        return "X-Amz-SignedHeaders must name host"
    return None


def _untimely(given: Mapping[str, str], now: datetime) -> S3Refusal | None:
    signed_at = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    expires_at = signed_at + timedelta(seconds=int(given["X-Amz-Expires"]))
    if now >= expires_at:
        times = {"Expires": _iso(expires_at), "ServerTime": _iso(now)}
        return S3Refusal(403, "AccessDenied", "Request has expired", {"X-Amz-Expires": given["X-Amz-Expires"], **times})
    if signed_at > now + timedelta(minutes=15):
        return S3Refusal(403, "AccessDenied", "Request is not valid yet")
    return None


def _unsigned(
    request: PresignedRequest, pairs: list[tuple[str, str]], given: Mapping[str, str], credential: Credential
) -> S3Refusal | None:
    signed_names = given["X-Amz-SignedHeaders"].split(";")
    loose = [name for name in request.headers if name.startswith("x-amz-") and name not in signed_names]
    if loose:
        text = "There were headers present in the request which were not signed"
        return S3Refusal(403, "AccessDenied", text, {"HeadersNotSigned": ", ".join(loose)})
    canonical = "\n".join(
        [
            request.method,
            quote(unquote(request.path), safe="/-._~"),
            "&".join(
                sorted(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs if name != "X-Amz-Signature")
            ),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed_names),
            "",
            ";".join(signed_names),
            request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
    )
    _, date, region, service, terminator = given["X-Amz-Credential"].split("/")
    to_sign = "\n".join(
        [
            ALGORITHM,
            given["X-Amz-Date"],
            "/".join((date, region, service, terminator)),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{credential.secret_access_key}".encode()
    for part in (date, region, service, terminator):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    if hmac.compare_digest(signature, given["X-Amz-Signature"]):
        return None
    text = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return S3Refusal(403, "SignatureDoesNotMatch", text, {"StringToSign": to_sign, "CanonicalRequest": canonical})


def _decoded_pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote(name), unquote(value)


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
