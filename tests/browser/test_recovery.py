"""What is not there at first, or comes before the page is ready for it, is neither lost nor silent."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import CUT_OFF
from tests.running import Running

NOT_LOADED = "Failed to fetch dynamically imported module"
LINK = "#/create?prompt=a+hare&seed=7"
CARD = "so the settings are not here yet"


def prompt_of(page: Page, value: str) -> None:
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(value)


def test_a_link_whose_reader_cannot_be_loaded_is_kept(page: Page, running: Running, refusals: set[int | str]) -> None:
    refusals |= {CUT_OFF, NOT_LOADED}
    page.route("**/app/share.js", lambda route: route.abort())
    page.goto(f"{running.page}/{LINK}")
    expect(page.get_by_text("A part of this page could not be loaded")).to_be_visible()
    assert page.url == f"{running.page}/{LINK}"

    page.unroute("**/app/share.js")
    page.reload()

    prompt_of(page, "a hare")


def test_a_link_outlives_a_page_that_did_not_arrive(page: Page, running: Running, refusals: set[int | str]) -> None:
    refusals |= {CUT_OFF, NOT_LOADED}
    page.route("**/app/form.js", lambda route: route.abort())
    page.goto(f"{running.page}/{LINK}")
    expect(page.get_by_text("A part of this page did not arrive")).to_be_visible()

    page.unroute("**/app/form.js")
    page.get_by_role("link", name="Load it again").click()

    prompt_of(page, "a hare")


def test_an_api_that_is_down_is_looked_for_again(page: Page, running: Running, refusals: set[int | str]) -> None:
    """And what says so stays as it is meanwhile: it would be read aloud again each time."""
    refusals.add(503)
    page.route("**/v1/models/*", lambda route: route.fulfill(status=503, body="<h1>503</h1>"))
    page.clock.install()
    page.goto(running.page)
    card = page.get_by_role("status").filter(has_text=CARD)
    card.evaluate("(element) => element.setAttribute('data-same', '')")
    with page.expect_response("**/v1/models/*"):
        page.clock.run_for(16_000)
    expect(page.locator("[data-same]")).to_contain_text(CARD)

    page.unroute("**/v1/models/*")
    page.clock.run_for(16_000)

    expect(page.get_by_role("group", name="Images")).to_be_visible()
    expect(card).to_have_count(0)
