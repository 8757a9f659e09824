"""Somebody who uses the page by role and label, and the list of the states that such a visitor can bring about."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.played import PlayedApi
from tests.running import Running

PROMPT = "a red fox in the snow, morning light"
GENERATE_FREE = re.compile(r"^Generate · \d+ free$")
NARROW = 720
# The played API is a page's own, and no service worker must answer in its place; what moves is never looked at halfway.
CONTEXT: dict[str, Any] = {
    "service_workers": "block",
    "reduced_motion": "reduce",
    "locale": "en-US",
    "timezone_id": "UTC",
    "permissions": ["clipboard-read", "clipboard-write"],
}
Reach = Callable[["Visitor"], Page | None]


@dataclass(frozen=True)
class Visitor:
    """Somebody with a fresh profile, and hands. The page is not open yet."""

    page: Page
    running: Running
    api: PlayedApi

    @property
    def is_narrow(self) -> bool:
        size = self.page.viewport_size
        return size is not None and size["width"] <= NARROW

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_label("Prompt", exact=True)

    @property
    def stage(self) -> Locator:
        return self.page.get_by_role("region", name="Pictures", exact=True)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def arrive(self, fragment: str = "") -> None:
        self.page.goto(f"{self.running.page}/{fragment}")
        expect(self.page.get_by_role("banner").get_by_role("button").first).to_be_visible()

    def arrive_with_key(self, fragment: str = "") -> None:
        """The key is that of this visit already; state `key_in_use` enters it by hand."""
        self.page.goto(self.running.page)
        self.page.evaluate("key => sessionStorage.setItem('sasha.key', key)", self.running.api_key)
        self.page.goto("about:blank")
        self.arrive(fragment)
        expect(self.page.get_by_role("banner").get_by_text("$4.95")).to_be_visible()

    def ask(self, prompt: str = PROMPT, images: int = 1) -> None:
        """Fills the form and presses Generate. On a phone the form is a sheet that opens by itself and closes again."""
        # Before the API's description of the model is there, the button has nothing to ask for.
        expect(self.page.get_by_role("group", name="Images", include_hidden=True)).to_be_attached()
        self.prompt.fill(prompt)
        if images > 1:
            self.page.get_by_role("group", name="Images").get_by_text(str(images), exact=True).click()
        self.button(re.compile("^Generate")).click()

    def make(self, prompt: str = PROMPT, images: int = 1) -> None:
        """Asks, and waits for the pictures."""
        self.ask(prompt, images)
        for index in range(images):
            name = f"Picture {index + 1} of {images}: {prompt}"
            expect(self.stage.get_by_role("img", name=name)).to_be_visible()

    def go(self, view: str) -> None:
        self.page.get_by_role("navigation", name="Views").get_by_role("link", name=view).click()

    def lose_network(self) -> None:
        self.api.is_cut_off = True
        self.page.context.set_offline(True)


@dataclass(frozen=True)
class State:
    """`main` ones are looked at in `make test`, all of them in `make verify`.

    `refusals` as in chromium.listen: what Chromium may note in the console here. `before` runs before the page does.
    """

    name: str
    reach: Reach
    main: bool = False
    refusals: frozenset[int | str] = field(default_factory=frozenset)
    before: str = ""

    def bring(self, page: Page, running: Running) -> Page:
        """Bring a fresh page there; returns the page to look at, which may be another tab."""
        if self.before:
            page.context.add_init_script(self.before)
        return self.reach(Visitor(page, running, PlayedApi(page.context, running))) or page


STATES: dict[str, State] = {}


def state(
    *, main: bool = False, refusals: Iterable[int | str] = (), before: str = "", name: str = ""
) -> Callable[[Reach], Reach]:
    """Enter a function into the list, under its own name."""

    def enter(reach: Reach) -> Reach:
        its_name = name or reach.__name__.replace("_", "-")
        STATES[its_name] = State(its_name, reach, main, frozenset(refusals), before)
        return reach

    return enter


def open_key_dialog(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button").first.click()
    expect(page.get_by_role("dialog", name="API key")).to_be_visible()


def use_key(page: Page, key: str) -> None:
    """Enter a key by hand, as a visitor does."""
    open_key_dialog(page)
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("banner").get_by_text("$")).to_be_visible()
