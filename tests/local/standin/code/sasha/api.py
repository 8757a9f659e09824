"""Answers with the event itself, or does what the end of the path names."""

import base64
import json
import os
import sys
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError


def fail() -> None:
    raise RuntimeError("a stand-in's own fault")


def say() -> dict[str, Any]:
    sys.stdout.write("printed by the handler\n")
    return {"statusCode": 200, "body": "printed"}


def tell_process() -> dict[str, Any]:
    time.sleep(0.2)
    return {"pid": os.getpid()}


def reach_beyond() -> dict[str, Any]:
    """Try what the worker alone may do. Returns the error's code for each."""
    trials = {
        "put": lambda: boto3.client("s3").put_object(Bucket=os.environ["OUTPUTS_BUCKET"], Key="outputs/x", Body=b""),
        "scan": lambda: boto3.client("dynamodb").scan(TableName=os.environ["TABLE_NAME"]),
        "receive": lambda: boto3.client("sqs").receive_message(QueueUrl=os.environ["QUEUE_URL"]),
        "secret": lambda: boto3.client("secretsmanager").get_secret_value(SecretId="sasha-SegmindSecret"),
    }
    codes = {}
    for name, trial in trials.items():
        try:
            trial()
        except ClientError as error:
            codes[name] = error.response["Error"]["Code"]
    return codes


BYTES = base64.b64encode(b"\x89PNG\x00\xff").decode()
DEEDS = {
    "bare": lambda: {"no": "status"},
    "bytes": lambda: {
        "statusCode": 200,
        "headers": {"content-type": "image/png"},
        "body": BYTES,
        "isBase64Encoded": True,
    },
    "cookies": lambda: {"statusCode": 204, "cookies": ["a=1; Path=/", "b=2"], "headers": {"x-number": 7}},
    "cors": lambda: {"statusCode": 200, "headers": {"access-control-allow-origin": "*"}, "body": "own"},
    "environment": lambda: dict(os.environ),
    "exit": lambda: os._exit(3),
    "large": lambda: {"statusCode": 200, "body": "x" * 7_000_000},
    "nonsense": lambda: {"statusCode": "many"},
    "print": say,
    "process": tell_process,
    "raise": fail,
    "reach": reach_beyond,
    "teapot": lambda: {"statusCode": 418, "headers": {"content-security-policy": "own"}, "body": "short and stout"},
}


def handler(event: dict[str, Any], context: Any) -> Any:
    last = event["rawPath"].rpartition("/")[2]
    if last in DEEDS:
        return DEEDS[last]()
    if last == "context":
        return {"left_ms": context.get_remaining_time_in_millis(), "name": context.function_name}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
