"""Whom a picture costs something: the account, the guest, and what Segmind writes into its books."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx

from local.containers import Relay
from local.emulator.books import BilledCall
from local.emulator.server import SegmindEmulator
from sasha.adapters.dynamodb.accounts import DynamoDBAccounts
from tests.running import Running

PRICE = 12_000  # micro-dollars, as in template.yaml


@dataclass(frozen=True)
class Payer:
    """An account of one test's own."""

    OPENING_MICROS: ClassVar[int] = 1_000_000

    key: str
    account: str
    running: Running
    accounts: DynamoDBAccounts

    def spent(self) -> int:
        """Micro-dollars, what is held for open requests too."""
        left: float = self.get("/v1/get-user-credits").raise_for_status().json()["credits"]
        return self.OPENING_MICROS - round(left * 1e6)

    def requests(self) -> list[dict[str, Any]]:
        """As the server lists them, the newest first."""
        results: list[dict[str, Any]] = self.get("/v2/requests").raise_for_status().json()["results"]
        return results

    def finished(self, prompt: str) -> None:
        """Returns when the server has all pictures of the prompt."""
        while not any(each["prompt"] == prompt and each["status"] == "COMPLETED" for each in self.requests()):
            time.sleep(0.1)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.running.page + path, headers={"x-api-key": self.key})

    def submit(self, prompt: str, **settings: Any) -> str:
        """A request from another program, whose pictures are there; its id."""
        answer = httpx.post(
            f"{self.running.page}/v1/BigDug-Sasha",
            json={"prompt": prompt, **settings},
            headers={"x-api-key": self.key, "accept": "application/json"},
            timeout=40,
        )
        request_id: str = answer.raise_for_status().json()["request_id"]
        self.finished(prompt)
        return request_id

    def revoke(self) -> None:
        for key in self.accounts.keys(self.account):
            self.accounts.revoke_key(key, datetime.now(UTC))

    def set_balance(self, micros: int) -> None:
        self.accounts.amend(self.account, {"balance_micros": micros})


@dataclass(frozen=True)
class Guest:
    """Whoever comes from this machine's address without a key."""

    PER_DAY: ClassVar[int] = 4
    HEADERS: ClassVar[Mapping[str, str]] = {"sasha-guest": "1"}

    running: Running

    def left(self) -> int:
        answer = httpx.get(f"{self.running.page}/v1/get-user-credits", headers=self.HEADERS).raise_for_status()
        left: int = answer.json()["free_images_left"]
        return left

    def spend(self, images: int) -> None:
        """In another browser, as it were."""
        body = {"prompt": "a hare in another window", "samples": images}
        httpx.post(f"{self.running.page}/v2/BigDug-Sasha", json=body, headers=self.HEADERS).raise_for_status()

    def look(self, path: str) -> httpx.Response:
        return httpx.get(self.running.page + path, headers=self.HEADERS)


class Door(Relay):
    """The way to Segmind. While it is shut, whoever comes waits before it."""

    def __init__(self, segmind: SegmindEmulator) -> None:
        self._is_open = threading.Event()
        self._is_open.set()
        super().__init__(("127.0.0.1", 0), segmind.port)

    @contextmanager
    def shut(self) -> Iterator[None]:
        self._is_open.clear()
        try:
            yield
        finally:
            self._is_open.set()

    def _carry(self, outer: socket.socket, inner: socket.socket) -> None:
        self._is_open.wait()
        super()._carry(outer, inner)


@dataclass(frozen=True)
class Segmind:
    """What the pictures cost in the end, and a way to keep them waiting."""

    emulator: SegmindEmulator
    door: Door

    def billed(self, prompt: str) -> list[BilledCall]:
        """The calls with this prompt that cost something, each one picture."""
        return [line for line in self.emulator.ledger if line.prompt == prompt]

    def keeps_waiting(self) -> AbstractContextManager[None]:
        """No picture is made before the block ends."""
        return self.door.shut()
