"""What tells of requests where nobody looks: the window's title and icon, and screen readers; and the theme."""

from playwright.sync_api import Page, expect

from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import Payer, Segmind

TITLE = "Sasha: pictures from words"
# The tab can be put behind another one, as it were: a browser without a window shows every page.
CAN_BE_BEHIND = """
window.isBehind = false;
Object.defineProperty(document, "hidden", { get: () => isBehind });
"""


def put_behind(page: Page, behind: bool) -> None:
    page.evaluate("behind => { isBehind = behind; document.dispatchEvent(new Event('visibilitychange')); }", behind)


def shows_icon(page: Page, name: str) -> None:
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", f"/{name}.svg")


def background(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def test_title_and_icon_tell_that_requests_are_under_way(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """And, to whoever looks at another tab, that they are done."""
    visitor = visit(payer, before=CAN_BE_BEHIND)
    page = visitor.page
    expect(page).to_have_title(TITLE)
    shows_icon(page, "favicon")
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(page).to_have_title("● 1 running · Sasha")
        visitor.ask("an owl")
        expect(page).to_have_title("● 2 running · Sasha")
        shows_icon(page, "favicon-busy")
        put_behind(page, True)
    expect(page).to_have_title("✓ Done · Sasha")
    shows_icon(page, "favicon")
    put_behind(page, False)
    expect(page).to_have_title(TITLE)


def test_a_screen_reader_hears_of_a_request_twice(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """When it is asked for, with its place in the line, and when it is over."""
    visitor = visit(payer)
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(visitor.told("Queued.")).to_be_attached()
        visitor.ask("an owl")
        expect(visitor.told("Queued, 2nd in line.")).to_be_attached()
        visitor.ask("a heron")
        expect(visitor.told("Queued, 3rd in line.")).to_be_attached()
    expect(visitor.told("Done, 1 picture.")).to_be_attached()


def test_a_theme_is_chosen_kept_and_given_back_to_the_system(visit: OpenVisit) -> None:
    visitor = visit(color_scheme="dark")
    dark = background(visitor.page)
    visitor.press("button", "Theme: the system's. Change to light")
    expect(visitor.one("button", "Theme: light. Change to dark")).to_be_focused()
    light = background(visitor.page)
    assert light != dark
    visitor.come_again()
    assert background(visitor.page) == light

    visitor.page.emulate_media(color_scheme="light")
    visitor.press("button", "Theme: light. Change to dark")
    expect(visitor.one("button", "Theme: dark. Change to system")).to_be_focused()
    assert background(visitor.page) == dark
    visitor.page.keyboard.press("Enter")
    expect(visitor.one("button", "Theme: the system's. Change to light")).to_be_focused()
    assert background(visitor.page) == light
