"""The page's clock in a test's hand: what goes away by itself after a while waits until it has been looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

# To stop it, the clock is put forward by more than can pass until it hears of it.
AHEAD_MS = 60_000


@contextmanager
def standstill(page: Page) -> Iterator[None]:
    """No time passes on the page in the block, however long that takes, unless `page.clock` is put forward."""
    page.clock.install()
    now: int = page.evaluate("Date.now()")
    page.clock.pause_at((now + AHEAD_MS) / 1000)
    yield
    page.clock.resume()
