"""What the page says by itself: read aloud each time, and there for as long as somebody is at it."""

import re

from playwright.sync_api import Route, expect

from tests.browser.clock import standstill
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.line import MODEL
from tests.browser.flows.parties import Guest, Segmind

UNDO_MS = 8_000
# What a screen reader would read: each change of the region for announcements.
LISTEN = """() => {
  window.heard = [];
  const region = document.querySelector("#notices > [role=status]");
  const listener = new MutationObserver(() => heard.push(region.textContent));
  listener.observe(region, { childList: true, characterData: true, subtree: true });
  heard.push(region.textContent);
}"""


def test_the_same_sentence_is_read_aloud_each_time(visit: OpenVisit) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    visitor.go("API")
    visitor.press("button", "Copy")
    expect(visitor.told("The code is copied.")).to_have_count(1)
    visitor.page.evaluate(LISTEN)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("() => heard.at(-1) === 'The code is copied.' && heard.length > 1")
    assert visitor.page.evaluate("heard") == ["The code is copied.", "", "The code is copied."]


def test_an_undo_stays_as_long_as_the_focus_is_on_it(visit: OpenVisit, guest: Guest) -> None:
    visitor = visit()
    visitor.make("a hare")
    with standstill(visitor.page):
        visitor.press("button", "Delete")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        undo = visitor.one("button", "Undo")
        visitor.walk_to(undo)
        visitor.page.clock.fast_forward(60_000)
        expect(undo).to_be_focused()
        visitor.page.keyboard.press("Enter")
        visitor.sees("a hare")


def test_a_deletion_is_final_a_while_after_the_focus_has_left_its_undo(visit: OpenVisit, guest: Guest) -> None:
    visitor = visit()
    visitor.make("a hare")
    with standstill(visitor.page):
        visitor.press("button", "Delete")
        visitor.walk_to(visitor.one("button", "Undo"))
        visitor.page.clock.fast_forward(60_000)
        visitor.walk_to(visitor.prompt)
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        visitor.page.clock.fast_forward(UNDO_MS)
        expect(visitor.notice("1 picture deleted.")).to_have_count(0)
    visitor.has_written('"(pictures|files|erasures)":\\[\\]', times=3)


def test_the_window_is_called_as_the_site_is(visit: OpenVisit, guest: Guest, segmind: Segmind) -> None:
    """Before there is anything to tell, while something runs, and after that."""

    def call_it_foxes(route: Route) -> None:
        described = route.fetch().json()
        route.fulfill(json={**described, "site": {**described["site"], "name": "Foxes"}})

    visitor = visit()
    visitor.page.context.route(MODEL, call_it_foxes)
    visitor.come_again()
    expect(visitor.page).to_have_title("Foxes: pictures from words")
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(visitor.page).to_have_title(re.compile("^● 1 .* · Foxes$"))
    visitor.sees("a hare")
    expect(visitor.page).to_have_title("Foxes: pictures from words")
