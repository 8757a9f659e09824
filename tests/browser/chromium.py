"""A real Chromium, and an ear for what a page complains of. For the tests and for the screenshots."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    WebError,
    expect,
    sync_playwright,
)

# Without these, Chromium asks hosts of its own for updates and the like.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
# What is waited for has been through the whole stack, on a machine that may have other things to do.
PATIENCE_MS = 30_000
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
A_PHONE: dict[str, Any] = {"viewport": PHONE, "screen": PHONE, "has_touch": True, "is_mobile": True}
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
CUT_OFF = "net::ERR_FAILED"
# A visitor's own preference: text is 200 % of what it usually is.
LARGE_TEXT = "--blink-settings=defaultFontSize=32"

# A violation that only a listener hears of becomes an error in the console too.
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
  console.error(`The CSP's ${effectiveDirective} refuses ${blockedURI} (${sourceFile}:${lineNumber})`));
"""
# Said by Playwright where a context has no service workers.
_OUR_OWN_DOING = "Service Worker registration blocked by Playwright"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium, for as long as the block."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, launch(playwright.chromium) as browser:
        yield browser


def launch(kind: BrowserType, *more: str) -> Browser:
    """Debian's Chromium where it is installed, else Playwright's own. Root needs it without its sandbox.

    `more` are flags of its command line.
    """
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, *more, *(["--no-sandbox"] if as_root else [])]
    return kind.launch(executable_path=shutil.which("chromium"), args=flags)


def listen(context: BrowserContext, refusals: "set[int | str]") -> list[str]:
    """From now on, what all pages of the context complain of, but for what was provoked.

    `refusals` are HTTP statuses, each of which Chromium notes in the console, or parts of other such texts.
    """
    complaints: list[str] = []

    def provoked(text: str) -> bool:
        provocations = [each if isinstance(each, str) else f"responded with a status of {each}" for each in refusals]
        return any(each in text for each in [*provocations, _OUR_OWN_DOING])

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not provoked(message.text):
            complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def note_error(error: WebError) -> None:
        complaints.append(f"uncaught: {error.error}")

    context.add_init_script(_TELL_VIOLATIONS)
    context.on("console", note)
    context.on("weberror", note_error)
    return complaints
