"""Faults that tests script: what the next calls meet in place of their usual answer."""

import threading
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "status",  # `status` with `body`, or with what that status usually has
    "delay",  # the usual answer, `delay_s` later
    "reset",  # the connection is reset (TCP RST) before the body is read
    "reset_after_billing",  # ... and when the picture is done and billed
    "silent_after_billing",  # the picture is billed, then nothing is said for as long as the caller waits
    "truncated",  # half of the bytes that content-length promises, then the connection closes
    "drip",  # the usual answer, at `bytes_per_s`
    "html",  # 200 with a page
    "empty",  # 200 with nothing
    "not_a_picture",  # 200, image/png by its header, text by its bytes
    "half_picture",  # 200, whole by its content-length, but a picture that breaks off
    "large",  # 200, the picture with zeros behind it, `size` bytes in all
    "json_image",  # {"image": "<base64>"}
    "json_image_list",  # {"image": ["<base64>"]}
    "json_images",  # {"images": ["<base64>"]}
    "json_data_url",  # {"image": "data:image/png;base64,…"}
    "json_urls",  # v2's result, whose URLs are the emulator's own, or `url`
    "json_url_large",  # ... behind whose URL there are `size` bytes, the picture first
    "json_url_fails_once",  # ... whose URL answers 503 at first
    "json_url_redirects",  # ... whose URL answers 302 and leads to the picture
    "json_url_foreign",  # ... whose URL names another host, which has the picture
    "json_url_unparsable",  # ... whose URL has a control character in it
    "json_broken_base64",  # {"image": "not base64"}
    "without_headers",  # the usual answer without its x- headers
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Fault:
    """One call's fate. It is taken by the next POST, or by the next one for `seed`.

    Only HTTP 200 is billed, as the contract says, and what breaks after the billing; `billed` overrides that.
    `headers` are added to those of the answer, or replace them; None takes one away. `delay_s` is waited first,
    whatever comes then. A call that is refused anyway takes its fault too, and gets the refusal where the fault would
    have been billed.
    Raises ValueError for what makes no sense.
    """

    kind: Kind
    _: KW_ONLY
    seed: int | None = None
    delay_s: float = 0.0
    status: int | None = None
    body: Any = None  # bytes, text, or anything that JSON can say
    headers: Mapping[str, str | None] = field(default_factory=dict)
    billed: bool | None = None
    bytes_per_s: float = 20_000.0
    size: int = 50_000_000
    url: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are: {', '.join(KINDS)}")
        if (self.kind == "status") != (self.status is not None):
            raise ValueError("the fault 'status', and no other, needs a status")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("a status is a number from 200 to 599")
        if self.kind == "delay" and not self.delay_s > 0:
            raise ValueError("the fault 'delay' needs delay_s, in seconds")
        if not self.bytes_per_s > 0:
            raise ValueError("bytes_per_s is more than 0")

    @property
    def is_billed(self) -> bool:
        return self.billed if self.billed is not None else self.kind != "reset" and self.status in (None, 200)


class Script:
    """The faults to come, in order."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault, times: int = 1) -> None:
        with self._lock:
            self._faults += faults * times

    def take(self, seed: int | None) -> Fault | None:
        """The first fault that a call for this seed meets, out of the script."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.seed is None or fault.seed == seed:
                    return self._faults.pop(index)
            return None

    def take_reset(self) -> Fault | None:
        """The next fault, if it comes before a body is read: only one that waits for no seed can."""
        with self._lock:
            first = next(iter(self._faults), None)
            return self._faults.pop(0) if first and first.kind == "reset" and first.seed is None else None

    def pending(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
