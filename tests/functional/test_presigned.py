"""Presigned URLs, checked by an implementation that is not the signer's: S3's rules, then moto's server behind them."""

import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from local.aws import LocalAws
from local.presigned import Credential, PresignedRequest, refusal

# The example of AWS's own documentation ("Authenticating Requests: Using Query Parameters"), its key pair included.
AWS_EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
AWS_EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EXAMPLE = PresignedRequest(
    method="GET",
    path="/test.txt",
    query="X-Amz-Algorithm=AWS4-HMAC-SHA256"
    f"&X-Amz-Credential={AWS_EXAMPLE_KEY}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers={"host": "examplebucket.s3.amazonaws.com"},
)
SIGNED_AT = datetime(2013, 5, 24, tzinfo=UTC)


def refused(
    request: PresignedRequest = EXAMPLE,
    now: datetime = SIGNED_AT,
    token: str | None = None,
    region: str = "us-east-1",
) -> tuple[int, str] | None:
    answer = refusal(request, {AWS_EXAMPLE_KEY: Credential(AWS_EXAMPLE_SECRET, token)}, region, now)
    return (answer.status, answer.code) if answer else None


def changed(old: str, new: str) -> PresignedRequest:
    assert old in EXAMPLE.query
    return replace(EXAMPLE, query=EXAMPLE.query.replace(old, new))


def test_the_example_of_the_documentation_verifies() -> None:
    assert refused() is None


@pytest.mark.parametrize(
    "request_",
    [
        replace(EXAMPLE, method="HEAD"),
        replace(EXAMPLE, path="/test.text"),
        replace(EXAMPLE, headers={"host": "otherbucket.s3.amazonaws.com"}),
        changed("Expires=86400", "Expires=86401"),
        changed("Signature=ae", "Signature=af"),
        replace(EXAMPLE, query=EXAMPLE.query + "&response-content-type=text%2Fhtml"),
    ],
)
def test_whatever_the_signature_covers_cannot_be_changed(request_: PresignedRequest) -> None:
    assert refused(request_) == (403, "SignatureDoesNotMatch")


def test_a_url_works_until_the_moment_it_expires() -> None:
    assert refused(now=SIGNED_AT + timedelta(seconds=86_399)) is None
    assert refused(now=SIGNED_AT + timedelta(seconds=86_400)) == (403, "AccessDenied")


def test_a_url_from_the_future_is_not_valid_yet() -> None:
    assert refused(now=SIGNED_AT - timedelta(minutes=16)) == (403, "AccessDenied")


def test_the_refusal_of_an_expired_url_says_so() -> None:
    answer = refusal(EXAMPLE, {AWS_EXAMPLE_KEY: Credential("any")}, "us-east-1", SIGNED_AT + timedelta(days=2))

    assert answer is not None
    assert b"<Message>Request has expired</Message>" in answer.xml()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("X-Amz-Expires=86400", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=86400", "X-Amz-Expires=-1"),
        ("&X-Amz-Expires=86400", ""),
        ("20130524T000000Z", "2013-05-24"),
        ("%2F20130524%2F", "%2F20130525%2F"),
        ("%2Fs3%2F", "%2Fsqs%2F"),
        ("SignedHeaders=host", "SignedHeaders=range"),
    ],
)
def test_a_malformed_query_is_400(old: str, new: str) -> None:
    assert refused(changed(old, new)) == (400, "AuthorizationQueryParametersError")


def test_another_regions_url_is_400() -> None:
    assert refused(region="eu-central-1") == (400, "AuthorizationQueryParametersError")


def test_an_unknown_key_is_refused() -> None:
    assert refused(changed(AWS_EXAMPLE_KEY, "somebody")) == (403, "InvalidAccessKeyId")


def test_temporary_credentials_need_their_token() -> None:
    assert refused(token="t") == (400, "InvalidToken")


def test_a_header_of_amazons_must_be_signed() -> None:
    loose = replace(EXAMPLE, headers={**EXAMPLE.headers, "x-amz-meta-mine": "1"})

    assert refused(loose) == (403, "AccessDenied")


@pytest.mark.parametrize("key", ["outputs/3f/0", "outputs/a b+c/ü~(1)'*.png", "outputs//twice"])
def test_what_boto3_signs_verifies(key: str) -> None:
    session = boto3.Session(AWS_EXAMPLE_KEY, AWS_EXAMPLE_SECRET, "a token/+=", region_name="us-east-1")
    config = Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"})
    url = session.client("s3", config=config).generate_presigned_url(
        "get_object",
        Params={"Bucket": "pictures", "Key": key, "ResponseContentDisposition": 'inline; filename="ü.png"'},
    )
    parts = urlsplit(url)
    request = PresignedRequest("GET", parts.path, parts.query, {"host": parts.netloc, "range": "bytes=0-1"})

    assert refused(request, datetime.now(UTC), "a token/+=") is None


# ---------------------------------------------------------- behind a server --


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        aws.clients.s3.create_bucket(Bucket="presigned-tests")
        aws.clients.s3.put_object(Bucket="presigned-tests", Key="outputs/a b/0", Body=b"a picture")
        yield aws


def fetch(url: str, method: str = "GET") -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:  # noqa: S310
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def presign(aws: LocalAws, expires_s: int = 60) -> str:
    params = {"Bucket": "presigned-tests", "Key": "outputs/a b/0"}
    return aws.clients.s3.generate_presigned_url("get_object", Params=params, ExpiresIn=expires_s)


def test_a_rightly_signed_url_gets_the_object(aws: LocalAws) -> None:
    assert fetch(presign(aws)) == (200, b"a picture")


def test_an_expired_url_gets_s3s_own_refusal(aws: LocalAws) -> None:
    status, body = fetch(presign(aws, expires_s=0))

    assert (status, b"Request has expired" in body) == (403, True)


def test_nothing_is_public(aws: LocalAws) -> None:
    status, body = fetch(presign(aws).partition("?")[0])

    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


def test_the_old_signature_is_refused(aws: LocalAws) -> None:
    status, body = fetch(presign(aws).partition("?")[0] + "?AWSAccessKeyId=local&Signature=x&Expires=9999999999")

    assert (status, b"AWS4-HMAC-SHA256" in body) == (400, True)


# ------------------------------------------------------------- moto's server --


def test_a_connection_is_used_for_many_calls(aws: LocalAws) -> None:
    connection = HTTPConnection(urlsplit(aws.url).netloc)
    sockets = []
    for _ in range(3):
        connection.request("GET", "/presigned-tests/anything")
        assert connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()

    assert sockets[0] is not None
    assert sockets == [sockets[0]] * 3


def test_conditional_writes_at_once_do_not_oversell(aws: LocalAws) -> None:
    dynamodb = aws.clients.dynamodb
    dynamodb.create_table(
        TableName="credits",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName="credits", Item={"pk": {"S": "a"}, "left": {"N": "20"}})

    def spend(_: int) -> bool:
        try:
            dynamodb.update_item(
                TableName="credits",
                Key={"pk": {"S": "a"}},
                UpdateExpression="SET #l = #l - :one",
                ConditionExpression="#l >= :one",
                ExpressionAttributeNames={"#l": "left"},
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as spenders:
        spent = sum(spenders.map(spend, range(40)))

    assert spent == 20
    assert dynamodb.get_item(TableName="credits", Key={"pk": {"S": "a"}})["Item"]["left"] == {"N": "0"}
