"""The local gateway: what it makes of requests and answers, seen through stand-in handlers behind the real template."""

import http.client
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.clients import Clients
from local.functions import ROOT
from local.intrinsics import PSEUDO_PARAMETERS
from local.stack import ANSWERS_BUCKET

ALLOWED_ORIGIN = "https://gallery.example"


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def send(base: str, method: str, target: str, headers: dict[str, str] | None = None, body: Any = None) -> Response:
    """One request on a connection of its own, its target and headers sent exactly as given."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=20)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class StandIn:
    page: str
    api: str
    clients: Clients
    outputs_bucket: str
    queue_url: str
    gateway_secret: str
    state: Path


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    state = tmp_path_factory.mktemp("state")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.standin", str(state), f"AllowedOrigins={ALLOWED_ORIGIN}"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "functions"),
            "AWS_PROFILE_OF_THE_DEVELOPER": "mine",
            "AWS_REGION": "eu-north-1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    yield StandIn(
        page=told["page"],
        api=told["api"],
        clients=Clients.local(told["aws_endpoint_url"]),
        outputs_bucket=told["outputs_bucket"],
        queue_url=told["queue_url"],
        gateway_secret=told["gateway_secret"],
        state=state,
    )
    process.stdin.close()
    process.stdout.close()
    assert process.wait(10) == 0


# ---------------------------------------------------------------- the event --


def test_an_event_has_the_form_of_payload_2_0(standin: StandIn) -> None:
    headers = {"content-type": "application/json", "cookie": "a=1; b=2", "X-Api-Key": "k", "user-agent": "test"}
    answer = send(standin.api, "POST", "/v2/thing?a=1&a=2&b=%20x", headers, body=b'{"prompt": "a red fox"}')

    event = answer.json()
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawQueryString"]) == ("2.0", "$default", "a=1&a=2&b=%20x")
    assert event["queryStringParameters"] == {"a": "1,2", "b": " x"}
    assert (event["headers"]["x-api-key"], event["cookies"]) == ("k", ["a=1", "b=2"])
    assert (event["body"], event["isBase64Encoded"]) == ('{"prompt": "a red fox"}', False)
    assert (context["http"]["method"], context["http"]["path"], context["stage"]) == ("POST", "/v2/thing", "$default")
    assert context["domainName"] == urlsplit(standin.api).netloc
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 5
    assert answer.headers["apigw-requestid"] == context["requestId"]


def test_the_path_is_decoded_and_the_query_is_not(standin: StandIn) -> None:
    event = send(standin.api, "GET", "/v2/a%20b%C3%A9?q=%C3%A9").json()

    assert (event["rawPath"], event["rawQueryString"]) == ("/v2/a bé", "q=%C3%A9")


def test_a_request_without_query_cookies_or_body_has_none_of_these_members(standin: StandIn) -> None:
    event = send(standin.api, "GET", "/").json()

    assert {"queryStringParameters", "cookies", "body"} & event.keys() == set()


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", "image/png", "application/json"])
def test_a_body_that_is_no_text_comes_as_base64(standin: StandIn, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    event = send(standin.api, "POST", "/v2/thing", headers, body=b"\xff\x00").json()

    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_a_repeated_header_is_joined_by_a_comma(standin: StandIn) -> None:
    connection = http.client.HTTPConnection(urlsplit(standin.api).netloc)
    connection.putrequest("GET", "/v2/thing")
    connection.putheader("x-api-key", "one")
    connection.putheader("x-api-key", "two")
    connection.endheaders()
    event = json.loads(connection.getresponse().read())
    connection.close()

    assert event["headers"]["x-api-key"] == "one,two"


def test_a_chunked_body_arrives_whole(standin: StandIn) -> None:
    event = send(standin.api, "POST", "/v2/thing", {"content-type": "text/plain"}, body=iter([b"ab", b"cd"])).json()

    assert event["body"] == "abcd"


# --------------------------------------------------------------- the answer --


def test_a_result_without_a_status_is_the_json_of_a_200(standin: StandIn) -> None:
    answer = send(standin.api, "GET", "/v1/bare")

    assert (answer.status, answer.headers["content-type"], answer.json()) == (
        200,
        "application/json",
        {"no": "status"},
    )


def test_bytes_leave_as_bytes(standin: StandIn) -> None:
    answer = send(standin.api, "GET", "/v1/bytes")

    assert (answer.headers["content-type"], answer.body) == ("image/png", b"\x89PNG\x00\xff")


def test_cookies_leave_as_one_header_each(standin: StandIn) -> None:
    answer = send(standin.api, "GET", "/v1/cookies")

    assert (answer.status, answer.headers.get_all("set-cookie")) == (204, ["a=1; Path=/", "b=2"])
    assert answer.headers["x-number"] == "7"


def test_head_has_the_headers_and_no_body(standin: StandIn) -> None:
    answer = send(standin.api, "HEAD", "/v1/bytes")

    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "6", b"")


@pytest.mark.parametrize("what", ["raise", "exit", "large", "nonsense"])
def test_a_function_that_fails_is_a_500_that_says_nothing(standin: StandIn, what: str) -> None:
    answer = send(standin.api, "GET", f"/v1/{what}")

    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_body_over_10_mb_is_refused_without_a_call(standin: StandIn) -> None:
    answer = send(standin.api, "POST", "/v1/exit", {}, body=b"x" * (10 * 1024 * 1024 + 1))

    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


def test_an_event_over_6_mb_is_refused_without_a_call(standin: StandIn) -> None:
    answer = send(standin.api, "POST", "/v1/exit", {"content-type": "text/plain"}, body=b"x" * 6_300_000)

    assert answer.status == 413


def test_the_connection_lives_on_after_a_body_that_nobody_read(standin: StandIn) -> None:
    connection = http.client.HTTPConnection(urlsplit(standin.page).netloc)
    statuses = []
    for _ in range(2):
        connection.request("POST", "/index.html", body=b"x" * 100_000)
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, response.headers["connection"]))
    connection.close()

    assert statuses == [(403, None), (403, None)]


# --------------------------------------------------------------- CloudFront --


def test_the_page_comes_with_the_security_headers_of_the_template(standin: StandIn) -> None:
    answer = send(standin.page, "GET", "/")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_a_module_of_the_page_is_javascript(standin: StandIn) -> None:
    answer = send(standin.page, "GET", "/app/main.js?v=1")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize("path", ["/nothing.html", "/../code/sasha/api.py", "/%2e%2e/code/sasha/api.py", "/app"])
def test_a_file_that_is_not_there_is_404(standin: StandIn, path: str) -> None:
    assert send(standin.page, "GET", path).status == 404


@pytest.mark.parametrize("path", ["/", "/outputs/thing"])
def test_a_method_that_a_behaviour_does_not_allow_is_403(standin: StandIn, path: str) -> None:
    assert send(standin.page, "DELETE", path).status == 403


@pytest.mark.parametrize("path", ["/v1/thing", "/v2/thing", "/openapi.json", "/healthz"])
def test_api_paths_reach_the_function_with_the_origins_secret(standin: StandIn, path: str) -> None:
    event = send(standin.page, "PUT", path, {"x-gateway-secret": "guessed"}).json()

    assert event["headers"]["x-gateway-secret"] == standin.gateway_secret


def test_the_viewer_is_who_called_whatever_it_claims(standin: StandIn) -> None:
    claims = {"x-viewer-host": "evil.example", "x-viewer-address": "192.0.2.1", "x-forwarded-for": "192.0.2.1"}
    event = send(standin.page, "GET", "/v1/thing", claims).json()

    page = urlsplit(standin.page).netloc
    assert (event["headers"]["x-viewer-host"], event["headers"]["x-viewer-address"]) == (page, "127.0.0.1")
    assert event["headers"]["host"] == urlsplit(standin.api).netloc


def test_the_apis_own_host_passes_on_whatever_was_claimed(standin: StandIn) -> None:
    event = send(standin.api, "GET", "/v1/thing", {"x-gateway-secret": "guessed", "x-viewer-host": "evil"}).json()

    assert (event["headers"]["x-gateway-secret"], event["headers"]["x-viewer-host"]) == ("guessed", "evil")


def test_an_answer_of_the_api_gets_the_security_headers_over_its_own(standin: StandIn) -> None:
    answer = send(standin.page, "GET", "/v1/teapot")

    assert (answer.status, answer.headers["x-content-type-options"]) == (418, "nosniff")
    assert len(answer.headers.get_all("content-security-policy") or []) == 1


# --------------------------------------------------------------------- CORS --


def test_a_preflight_from_an_allowed_origin_is_answered_without_the_function(standin: StandIn) -> None:
    headers = {"origin": ALLOWED_ORIGIN, "access-control-request-method": "POST"}
    answer = send(standin.api, "OPTIONS", "/v1/exit", headers)

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, ALLOWED_ORIGIN)
    assert "sasha-guest" not in answer.headers["access-control-allow-headers"]
    assert "idempotency-key" in answer.headers["access-control-allow-headers"]


def test_another_origin_is_told_nothing(standin: StandIn) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    assert "access-control-allow-origin" not in send(standin.api, "OPTIONS", "/v1/thing", headers).headers
    assert "access-control-allow-origin" not in send(standin.api, "GET", "/v1/cors", headers).headers


def test_an_allowed_origin_may_read_the_exposed_headers(standin: StandIn) -> None:
    answer = send(standin.page, "GET", "/v1/cors", {"origin": ALLOWED_ORIGIN})

    assert answer.headers.get_all("access-control-allow-origin") == [ALLOWED_ORIGIN]
    assert "retry-after" in answer.headers["access-control-expose-headers"]


# ----------------------------------------------------------------- pictures --


def presigned(standin: StandIn, method: str = "get_object") -> tuple[str, bytes]:
    """A stored object's presigned URL on the page's own host, as the API hands it out, and the object."""
    key, content = f"outputs/{uuid.uuid4()}/0", os.urandom(1000)
    standin.clients.s3.put_object(
        Bucket=standin.outputs_bucket, Key=key, Body=content, ContentType="image/png", CacheControl="private"
    )
    url = standin.clients.s3.generate_presigned_url(method, Params={"Bucket": standin.outputs_bucket, "Key": key})
    parts = urlsplit(url)
    return f"/{parts.path.removeprefix(f'/{standin.outputs_bucket}/')}?{parts.query}", content


def test_a_presigned_picture_comes_through_the_pages_own_host(standin: StandIn) -> None:
    target, content = presigned(standin)
    answer = send(standin.page, "GET", target, {"x-api-key": "not for S3", "cookie": "neither=this"})

    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/png", content)
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("private", "nosniff")
    assert "access-control-allow-origin" not in answer.headers


def test_a_part_of_a_picture_can_be_asked_for(standin: StandIn) -> None:
    target, content = presigned(standin)
    answer = send(standin.page, "GET", target, {"range": "bytes=10-19"})

    assert (answer.status, answer.headers["content-range"], answer.body) == (206, "bytes 10-19/1000", content[10:20])


def test_a_changed_signature_is_refused_by_s3(standin: StandIn) -> None:
    target, _ = presigned(standin)
    answer = send(standin.page, "GET", f"{target}0")

    assert (answer.status, b"<Code>SignatureDoesNotMatch</Code>" in answer.body) == (403, True)


def test_a_picture_without_a_signature_is_refused(standin: StandIn) -> None:
    target, _ = presigned(standin)

    assert send(standin.page, "GET", target.partition("?")[0]).status == 403


def test_head_needs_a_signature_of_its_own(standin: StandIn) -> None:
    for_get, _ = presigned(standin)
    for_head, _ = presigned(standin, "head_object")

    assert send(standin.page, "HEAD", for_get).status == 403
    assert send(standin.page, "HEAD", for_head).status == 200


def test_cloudformation_takes_an_answer_from_whoever_has_its_url_and_shows_it_to_nobody(standin: StandIn) -> None:
    aws = standin.clients.s3.meta.endpoint_url
    where = f"/{ANSWERS_BUCKET}/arn%3Aaws%7CPage%7C1?X-Amz-Signature=of-whenever"

    assert send(aws, "PUT", where, body=b'{"Status": "SUCCESS"}').status == 200
    assert send(aws, "GET", where.partition("?")[0]).status == 403
    assert send(aws, "PUT", f"/{standin.outputs_bucket}/x", body=b"x").status == 403
    stored = standin.clients.s3.get_object(Bucket=ANSWERS_BUCKET, Key="arn:aws|Page|1")
    assert stored["Body"].read() == b'{"Status": "SUCCESS"}'


def test_the_stack_is_known_by_the_id_that_the_template_calls_it(standin: StandIn) -> None:
    (stack,) = standin.clients.cloudformation.describe_stacks(StackName=PSEUDO_PARAMETERS["AWS::StackId"])["Stacks"]

    assert (stack["StackName"], stack["StackStatus"]) == ("sasha", "CREATE_COMPLETE")


# ---------------------------------------------------------------- functions --


def test_a_function_sees_its_own_environment_and_nothing_of_the_developers(standin: StandIn) -> None:
    environment = send(standin.api, "GET", "/v1/environment").json()

    assert environment["OUTPUTS_BUCKET"] == standin.outputs_bucket
    assert (environment["AWS_REGION"], environment["AWS_LAMBDA_FUNCTION_NAME"]) == ("us-east-1", "ApiFunction")
    assert "AWS_PROFILE_OF_THE_DEVELOPER" not in environment
    assert "SEGMIND_SECRET_ID" not in environment


def test_a_function_can_do_no_more_than_its_role(standin: StandIn) -> None:
    codes = send(standin.api, "GET", "/v1/reach").json()

    assert codes == {
        "put": "AccessDenied",
        "scan": "AccessDeniedException",
        "receive": "AccessDeniedException",
        "secret": "AccessDeniedException",
    }


def test_a_handler_knows_how_much_time_it_has(standin: StandIn) -> None:
    context = send(standin.api, "GET", "/v1/context").json()

    assert context["name"] == "ApiFunction"
    assert 27_000 < context["left_ms"] <= 29_000


def test_what_a_handler_prints_is_in_its_log_and_not_in_its_answer(standin: StandIn) -> None:
    assert send(standin.api, "GET", "/v1/print").body == b"printed"
    assert "printed by the handler" in (standin.state / "logs" / "ApiFunction.log").read_text()


def test_callers_at_once_have_processes_of_their_own(standin: StandIn) -> None:
    with ThreadPoolExecutor() as callers:
        pids = {
            answer["pid"] for answer in callers.map(lambda _: send(standin.api, "GET", "/v1/process").json(), "abc")
        }

    assert len(pids) == 3


def test_a_message_reaches_the_worker_and_then_leaves_the_queue(standin: StandIn) -> None:
    message = standin.clients.sqs.send_message(QueueUrl=standin.queue_url, MessageBody="hello", MessageGroupId="demo")
    key = f"outputs/{message['MessageId']}"
    note = eventually(lambda: json.loads(object_of(standin, key)))

    assert (note["record"]["body"], note["record"]["eventSource"]) == ("hello", "aws:sqs")
    assert note["record"]["attributes"]["MessageGroupId"] == "demo"
    assert 170_000 < note["left_ms"] <= 180_000
    assert eventually(lambda: messages_left(standin) == ("0", "0"))


def test_the_check_of_the_provider_is_the_first_thing_that_a_worker_does(standin: StandIn) -> None:
    note = json.loads(object_of(standin, "outputs/check"))

    assert json.loads(note["record"]["body"]) == {"check": "provider"}


def test_a_message_whose_function_fails_stays_hidden_in_the_queue(standin: StandIn) -> None:
    standin.clients.sqs.send_message(QueueUrl=standin.queue_url, MessageBody="fail")

    assert eventually(lambda: "never done" in (standin.state / "logs" / "WorkerFunction.log").read_text())
    assert messages_left(standin) == ("0", "1")


def test_the_environment_for_sam_local_has_every_function(standin: StandIn) -> None:
    environment = json.loads((standin.state / "env.json").read_text())

    assert environment.keys() == {"ApiFunction", "WorkerFunction", "SweeperFunction", "SiteFunction"}
    assert environment["WorkerFunction"]["OUTPUTS_BUCKET"] == standin.outputs_bucket
    assert environment["ApiFunction"]["AWS_ENDPOINT_URL"].startswith("http://")


def object_of(standin: StandIn, key: str) -> bytes:
    return standin.clients.s3.get_object(Bucket=standin.outputs_bucket, Key=key)["Body"].read()


def messages_left(standin: StandIn) -> tuple[str, str]:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    attributes = standin.clients.sqs.get_queue_attributes(QueueUrl=standin.queue_url, AttributeNames=["All"])[
        "Attributes"
    ]
    return attributes[names[0]], attributes[names[1]]  # type: ignore[index]


def eventually(look: Any, within_s: float = 5) -> Any:
    """The first truthy thing that `look` returns; what it raises meanwhile counts as not yet."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            found = look()
        except Exception:
            if time.monotonic() > deadline:
                raise
            found = None
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.02)
