"""A real Chromium, and no test passes in which a page complained."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium as chrome
from tests.browser.visitor import use_key
from tests.running import Running

Scheme = Literal["light", "dark"]
OpenPage = Callable[..., Page]
Offline = Callable[[Page], AbstractContextManager[None]]
HANGS_AFTER_S = 300


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever is stopped in the midst of a call to the browser takes it from all who come after."""
    item.add_marker(pytest.mark.timeout(HANGS_AFTER_S))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chrome.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def with_large_text(browser: Browser) -> Iterator[Browser]:
    """Another one, whose owner wants all text at 200 %."""
    with chrome.launch(browser.browser_type, chrome.LARGE_TEXT) as another:
        yield another


@pytest.fixture
def refusals() -> set[int | str]:
    """What a test provokes: HTTP statuses, or parts of other texts. Chromium notes each of them in the console."""
    return set()


@pytest.fixture
def open_page(browser: Browser, refusals: set[int | str]) -> Iterator[OpenPage]:
    """Opens pages, each in a fresh profile: takes what `browser.new_context` takes, and `by` which browser.

    The test fails on any error or warning in a console, any error that nobody caught, any violation of the CSP.
    """
    opened: list[tuple[Any, list[str]]] = []

    def open_one(by: Browser = browser, **options: Any) -> Page:
        context = by.new_context(**{"viewport": chrome.DESK, **options})
        opened.append((context, chrome.listen(context, refusals)))
        return context.new_page()

    yield open_one
    for context, _ in opened:
        context.close()
    assert [complaint for _, complaints in opened for complaint in complaints] == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desk, 1440 by 900."""
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page on a phone, 360 by 740, used with fingers."""
    return open_page(**chrome.A_PHONE)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    """The test runs once in each colour scheme."""
    scheme: Scheme = request.param
    return scheme


@pytest.fixture
def guest_page(page: Page, running: Running) -> Page:
    """The page as a visitor without a key finds it."""
    page.goto(running.page)
    return page


@pytest.fixture
def key_page(page: Page, running: Running) -> Page:
    """The page with the demo account's key in use."""
    page.goto(running.page)
    use_key(page, running.api_key)
    return page


@pytest.fixture
def offline(refusals: set[int | str]) -> Offline:
    """`with offline(page):` the network is away, for all pages of its profile."""

    @contextmanager
    def away(page: Page) -> Iterator[None]:
        refusals.add(chrome.OFFLINE)
        page.context.set_offline(True)
        yield
        page.context.set_offline(False)

    return away
