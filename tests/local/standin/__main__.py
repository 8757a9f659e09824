"""`python -m tests.local.standin STATE [Name=Value …]`: runs until its standard input ends.

In a process of its own because moto keeps one account per process, and the tests' process has one already.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from local.clients import Clients
from local.parameters import parse_overrides
from local.running import LocalStack, Options
from local.stack import Stack

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Unseeded:
    api_key: str = "no account"


def unseeded(_stack: Stack, _clients: Clients) -> Unseeded:
    return Unseeded()


def main(state: str, overrides: list[str]) -> None:
    options = Options(
        port=0,
        segmind_url="http://127.0.0.1:9",
        segmind_key="SG_0123456789abcdef",
        parameter_overrides=parse_overrides(overrides),
        state=Path(state),
        code=HERE / "code",
        site=HERE / "site",
    )
    with LocalStack(options, unseeded) as running:
        told = {
            "page": running.page,
            "api": running.api,
            "aws_endpoint_url": running.aws_endpoint_url,
            "outputs_bucket": running.stack.outputs_bucket,
            "queue_url": running.stack.queue_url,
            "gateway_secret": running.stack.gateway_secret,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
