"""The baseline (inline/app.py) as one calls it: behind the same local API Gateway, AWS and Segmind as the stack itself.

`python -m tests.benchmark.inline_stack` runs it in a process of its own until standard input ends: moto keeps one state
per process.
"""

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.aws import LocalAws
from local.clients import Clients
from local.emulator.server import SegmindEmulator
from local.functions import FunctionPool
from local.http_api import HttpApi
from local.http_server import HttpServer
from local.messages import wsgi
from local.permissions import Role
from local.stack import LambdaFunction
from tests.running import ROOT, Running
from tests.runtime.leash import leashed

# What `make .baseline/stamp` puts there: the function, and its packages beside it.
CODE = ROOT / ".baseline" / "function"
HANDLER = "app.handler"
API_KEY = "inline_0123456789abcdef0123456789abcdef"
CREDITS_MICROS = 1_000_000_000
TABLE, BUCKET = "inline", "inline-outputs"
# As the API function's, in template.yaml, save for the time: this one may use all that the gateway has.
TIMEOUT_S, MEMORY_MB = 30, 512
AT_ONCE = 10
ROLE = Role(
    (
        {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": f"arn:aws:dynamodb:*:*:table/{TABLE}"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/outputs/*"},
    )
)


def inline_function(segmind_url: str, segmind_key: str) -> LambdaFunction:
    """The baseline as a function of Lambda's."""
    environment = {
        "TABLE_NAME": TABLE,
        "OUTPUTS_BUCKET": BUCKET,
        "SEGMIND_URL": segmind_url,
        "SEGMIND_API_KEY": segmind_key,
    }
    return LambdaFunction("InlineFunction", HANDLER, TIMEOUT_S, MEMORY_MB, environment)


@contextmanager
def run_inline(latency_s: float) -> Iterator[Running]:
    """The baseline, running, until the block ends. It has no page: both addresses are its API's."""
    command = [sys.executable, "-m", "tests.benchmark.inline_stack", "--latency", str(latency_s)]
    with leashed(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, "the baseline did not start"
        yield Running(**json.loads(told), pid=process.pid)


def serve(latency_s: float) -> None:
    with ExitStack() as ending:
        segmind = ending.enter_context(SegmindEmulator(latency_s=latency_s, credits_micros=CREDITS_MICROS))
        aws = ending.enter_context(LocalAws())
        function = inline_function(segmind.url, segmind.api_key)
        aws.admit(function.name, ROLE)
        _furnish(aws.clients)
        log = Path(ending.enter_context(TemporaryDirectory())) / "inline.log"
        pool = FunctionPool(function, aws.url, AT_ONCE, log, CODE)
        ending.callback(pool.stop)
        fault = pool.warm()
        assert fault is None, fault
        server = HttpServer("127.0.0.1", 0)
        ending.callback(server.stop)
        server.start(wsgi(HttpApi(pool.invoke, server.address).respond))
        told = {
            "page": server.url,
            "api": server.url,
            "api_key": API_KEY,
            "aws_endpoint_url": aws.url,
            "segmind_url": segmind.url,
        }
        print(json.dumps(told), flush=True)
        threading.Event().wait()


def _furnish(clients: Clients) -> None:
    clients.s3.create_bucket(Bucket=BUCKET)
    clients.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "api_key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "api_key", "KeyType": "HASH"}],
    )
    item = {"api_key": {"S": API_KEY}, "credits_micros": {"N": str(CREDITS_MICROS)}}
    clients.dynamodb.put_item(TableName=TABLE, Item=item)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.inline_stack", description=__doc__)
    parser.add_argument("--latency", type=float, default=1.0, metavar="S", help="the emulator's seconds per picture")
    serve(parser.parse_args().latency)
