"""A real Chromium, and no test passes in which the page complained."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# Without these, Chromium asks hosts of its own for updates and the like.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else Playwright's own. Root needs it without its sandbox."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS, *(["--no-sandbox"] if as_root else [])]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def refusals() -> set[int]:
    """The HTTP statuses that a test provokes: Chromium notes each of them in the console."""
    return set()


@pytest.fixture
def page(browser: Browser, refusals: set[int]) -> Iterator[Page]:
    """A page in a fresh profile. Its test fails on any error in the console, CSP violations included."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        provoked = any(f"responded with a status of {status}" in message.text for status in refusals)
        if message.type in ("error", "warning") and not provoked:
            complaints.append(message.text)

    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
