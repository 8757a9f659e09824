"""What a command works with: the stack that is meant, and this machine's clock and keyboard."""

import getpass
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TextIO

import boto3
import httpx
import typer

from cli.stack import OwnedStack, Where, session

# Longer than any: what is longer is none, and need not be read to its end.
LONGEST_SECRET = 10_000
# Over API Gateway's own patience of 30 s.
ANSWER_WITHIN_S = 35.0


def browser(url: str) -> httpx.Client:
    """A client of the site at this address, whose redirects are not followed.

    Whatever proxy the owner has: it does not lead to this machine itself.
    """
    return httpx.Client(base_url=url, timeout=ANSWER_WITHIN_S, trust_env=not url.startswith("http://"))


@dataclass(frozen=True)
class Machine:
    """What `sasha` is given by the machine that it runs on. Tests give their own."""

    session: Callable[[Where], boto3.Session] = session
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    stdin: TextIO | None = None
    ask: Callable[[str], str] = getpass.getpass
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    browser: Callable[[str], httpx.Client] = browser

    def secret(self, prompt: str) -> str:
        """Asked for without showing it where someone types; else what standard input holds."""
        stdin = self.stdin or sys.stdin
        return (self.ask(prompt) if stdin.isatty() else stdin.read(LONGEST_SECRET)).strip()


@dataclass
class Call:
    """One call of the command; what the shared options say is known once they are read."""

    machine: Machine
    where: Where = field(default_factory=Where)
    as_json: bool = False

    @cached_property
    def stack(self) -> OwnedStack:
        return OwnedStack(self.where, self.machine.session(self.where), self.machine.now)


def call_of(context: typer.Context) -> Call:
    """The call that a command belongs to."""
    call = context.obj
    if not isinstance(call, Call):
        raise TypeError("main() gives every command its call")
    return call
