"""What is not there at first, or comes before the page is ready for it, is neither lost nor silent."""

import re

import pytest
from playwright.sync_api import Page, expect

from sasha.core.errors import Fault, InvalidParameters
from tests.browser.chromium import CUT_OFF
from tests.browser.played import PlayedApi
from tests.browser.visitor import Visitor
from tests.running import Running

NOT_LOADED = "Failed to fetch dynamically imported module"
LINK = "#/create?prompt=a+hare&seed=7"
CARD = "so the settings are not here yet"
# A file let go over the page, as a hand would; whether the browser is kept from opening it.
DROP = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["no picture"], "early.png"));
  const kept = ["dragenter", "dragover", "drop"].map((name) =>
    !document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true })));
  return kept.slice(1);
}"""
# Words copied with their looks: a browser's clipboard then holds a picture of them, too.
PASTE_RICH_TEXT = """() => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", "a hare");
  clipboardData.items.add(new File(["no picture"], "looks.png", { type: "image/png" }));
  dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
}"""


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


def test_a_file_dropped_before_its_reader_is_there_does_not_replace_the_page(page: Page, running: Running) -> None:
    page.goto(running.page)
    expect(page.get_by_role("group", name="Images")).to_be_visible()

    assert page.evaluate(DROP) == [True, True]

    expect(page.get_by_role("status").get_by_text(re.compile("^early.png "))).to_be_visible()


def test_a_reader_that_could_not_be_loaded_is_told_of_at_each_drop(
    page: Page, running: Running, refusals: set[int | str]
) -> None:
    refusals |= {CUT_OFF, NOT_LOADED}
    page.route("**/app/drop.js", lambda route: route.abort())
    page.goto(running.page)
    expect(page.get_by_role("group", name="Images")).to_be_visible()
    told = page.get_by_text("A part of this page could not be loaded")
    page.evaluate(DROP)
    expect(told.first).to_be_visible()
    before = told.count()

    assert page.evaluate(DROP) == [True, True]

    expect(told.nth(before)).to_be_visible()


def test_a_deed_whose_part_cannot_be_loaded_says_so_and_can_be_done_once_it_can(
    page: Page, running: Running, refusals: set[int | str]
) -> None:
    refusals |= {CUT_OFF, NOT_LOADED}
    visitor = Visitor(page, running, PlayedApi(page.context, running))
    visitor.arrive()
    visitor.make()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for part in ("share", "gallery-deeds", "archive"):
        page.route(f"**/app/{part}.js", lambda route: route.abort())
    told = page.get_by_text("A part of this page could not be loaded.")
    for count, deed in enumerate(("Copy link", "Star", "Download", "Delete"), start=1):
        visitor.button(deed).first.click()
        expect(told).to_have_count(count)

    page.unroute_all()
    page.get_by_role("button", name="Load again").first.click()
    visitor.button("Copy link").click()

    expect(page.get_by_text("Link copied.")).to_be_visible()


def test_rich_text_is_typed_and_not_read_as_a_picture(page: Page, running: Running) -> None:
    page.goto(running.page)
    expect(page.get_by_role("group", name="Images")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(running.page)))
    page.evaluate(PASTE_RICH_TEXT)
    page.evaluate("fetch('/favicon.svg').then(() => {})")  # whatever was asked for before is known by then

    assert asked == ["/favicon.svg"]


@pytest.mark.parametrize("view", ["gallery", "api"])
def test_on_a_phone_only_the_form_s_own_view_has_room_for_its_bar(phone: Page, running: Running, view: str) -> None:
    phone.goto(f"{running.page}/#/create")
    expect(phone.get_by_role("button", name=re.compile("^Generate"))).to_be_visible()
    room = "parseFloat(getComputedStyle(document.body).paddingBlockEnd)"
    assert phone.evaluate(room) > 0

    phone.goto(f"{running.page}/#/{view}")
    expect(phone.get_by_role("button", name=re.compile("^Generate"))).to_be_hidden()

    assert phone.evaluate(room) == 0


def test_what_the_api_finds_wrong_is_said_at_the_fields(page: Page, running: Running, refusals: set[int | str]) -> None:
    """The button leads to the first of them, which lies folded; what is said of a field goes when it is changed."""
    refusals.add(400)
    visitor = Visitor(page, running, PlayedApi(page.context, running))
    visitor.api.course = InvalidParameters(Fault("/guidance_scale", "Is too high."), Fault("/samples", "Are too many."))
    visitor.arrive()
    visitor.ask()
    page.get_by_role("button", name="Mend the settings").click()

    guidance = page.get_by_role("textbox", name="Guidance", exact=True)
    expect(guidance).to_be_focused()
    expect(guidance).to_have_accessible_description(re.compile("Is too high."))
    expect(page.get_by_role("group", name="Images")).to_contain_text("Are too many.")
    guidance.fill("5")
    form = page.get_by_role("complementary")
    expect(form.get_by_text("Is too high.")).to_have_count(0)
    expect(form.get_by_text("Are too many.")).to_be_visible()
