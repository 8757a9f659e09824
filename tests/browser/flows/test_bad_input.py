"""What people paste and what browsers refuse: nothing of it breaks the page, costs money, or is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.clock import standstill
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind
from tests.browser.states_trouble import NO_ROOM

IMAGE = "<img src=x onerror=\"document.title='caught'\">"
PROMPTS = {
    "markup": IMAGE + "<script>document.title='caught'</script> &amp; ${7*7} {{7*7}} </textarea>",
    "right to left": "ثعلب أحمر في الثلج \u202e שועל אדום",
    "emoji": "🦊👩‍🚀 in the snow 🇫🇷 é",
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_a_strange_prompt_is_nothing_but_text_everywhere(
    visit: OpenVisit, payer: Payer, segmind: Segmind, prompt: str
) -> None:
    """On the stage, among the latest, in details, gallery, history and code; letter by letter to Segmind."""
    visitor = visit(payer)
    visitor.write(prompt)
    expect(visitor.prompt).to_have_attribute("dir", "auto")
    visitor.page.keyboard.press("Control+Enter")
    visitor.sees(prompt)
    assert len(segmind.billed(prompt)) == 1
    expect(visitor.stage.get_by_text(prompt, exact=True)).to_be_visible()
    expect(visitor.latest).to_have_accessible_name(f"Picture 1 of 1: {prompt}")

    visitor.press("button", "Details")
    expect(visitor.page.get_by_role("dialog").get_by_text(prompt, exact=True)).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.press("button", "Prompt history")
    expect(visitor.page.get_by_role("button", name=prompt, exact=True)).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.go("Gallery")
    expect(visitor.gallery.get_by_role("img", name=prompt)).to_be_visible()
    visitor.write(prompt.split(maxsplit=1)[0], visitor.one("searchbox", re.compile("^Search")))
    expect(visitor.gallery.get_by_role("img", name=prompt)).to_be_visible()
    visitor.walk_to(visitor.one("tab", re.compile("^This device")))
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.gallery.get_by_text(prompt, exact=True)).to_be_visible()
    visitor.go("API")
    expect(visitor.page.get_by_role("tabpanel").locator("pre")).to_contain_text(prompt.rsplit(maxsplit=1)[-1])

    assert visitor.page.title() == "Sasha: pictures from words"
    assert visitor.page.locator("img[src=x]").count() == 0
    assert payer.spent() == PRICE


def test_a_prompt_of_ten_thousand_letters_is_refused_at_its_field(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    """Nothing of it is cut off, nothing is sent; it outlives a reload, and once shortened it is made."""
    prompt = "a red fox " * 1_000
    visitor = visit(payer)
    with visitor.submits() as sent:
        visitor.write(prompt)
        expect(visitor.page.get_by_text("10,000 / 4,000")).to_be_visible()
        visitor.press("button", re.compile("^Generate"))
        expect(visitor.prompt).to_be_focused()
        expect(visitor.prompt).to_have_attribute("aria-invalid", "true")
        fault = visitor.page.get_by_role("complementary").get_by_text(re.compile("4,000"))
        expect(fault.last).to_be_visible()
        expect(visitor.prompt).to_have_accessible_description(re.compile("4,000.*"))
        expect(visitor.prompt).to_have_value(prompt)
        visitor.come_again()
        expect(visitor.prompt).to_have_value(prompt)
        visitor.page.keyboard.press("Control+Enter")
    assert sent == []
    assert payer.spent() == 0

    visitor.make("a red fox")
    expect(visitor.prompt).not_to_have_attribute("aria-invalid", "true")
    assert len(segmind.billed("a red fox")) == 1


REFUSED = 'IDBFactory.prototype.open = () => { throw new DOMException("refused", "SecurityError"); };'
FAILS = """
IDBFactory.prototype.open = () => {
  const request = new EventTarget();
  Object.setPrototypeOf(request, IDBOpenDBRequest.prototype);
  const error = new DOMException("A mutation operation was attempted on a database that did not allow mutations.",
    "InvalidStateError");
  Object.defineProperty(request, "error", { value: error });
  setTimeout(() => request.dispatchEvent(new Event("error")));
  return request;
};
"""
NOT_THERE = 'Object.defineProperty(window, "indexedDB", { value: undefined });'
NO_STORAGE_AT_ALL = (
    REFUSED
    + """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
}
window.BroadcastChannel = class { constructor() { throw new DOMException("refused", "SecurityError"); } };
LockManager.prototype.request = () => Promise.reject(new DOMException("refused", "SecurityError"));
"""
)


@pytest.mark.parametrize(
    "before", [REFUSED, FAILS, NOT_THERE, NO_STORAGE_AT_ALL], ids=["refused", "fails", "not there", "no storage at all"]
)
def test_a_browser_that_keeps_nothing_makes_pictures_all_the_same(
    visit: OpenVisit, guest: Guest, segmind: Segmind, before: str
) -> None:
    """As a private window does; it is told that they go with the page."""
    visitor = visit(before=before)
    visitor.make("a hare")
    expect(visitor.notice("This browser keeps nothing, as in a private window.")).to_be_visible()
    visitor.make("an owl")
    visitor.go("Gallery")
    expect(visitor.gallery.get_by_role("img")).to_have_count(2)
    expect(visitor.gallery.get_by_text("This browser keeps nothing here")).to_be_visible()
    with visitor.page.expect_download() as coming:
        visitor.press("button", "Export all")
        coming.value.path()
    visitor.go("Create")
    with standstill(visitor.page):
        visitor.press("button", "Delete")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        visitor.press("button", "Undo")
        visitor.sees("an owl")
    assert [len(segmind.billed(prompt)) for prompt in ("a hare", "an owl")] == [1, 1]
    assert guest.left() == 2


def test_single_keys_can_be_switched_off_where_nothing_is_kept(visit: OpenVisit, guest: Guest) -> None:
    visitor = visit(before=NO_STORAGE_AT_ALL)
    shortcuts = visitor.page.get_by_role("dialog", name="Keyboard shortcuts")
    visitor.page.keyboard.press("?")
    shortcuts.get_by_role("switch", name="Single-key shortcuts").uncheck()
    visitor.page.keyboard.press("Escape")
    expect(shortcuts).to_have_count(0)
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.press("?")
    # What is asked for after them, and could not be reached behind a dialog.
    visitor.press("button", "What is stored, and for how long")
    expect(visitor.page.get_by_role("dialog")).to_have_accessible_name("What is stored, and for how long")
    views = visitor.page.get_by_role("navigation", name="Views", include_hidden=True)
    current = views.get_by_role("link", name="Create", include_hidden=True)
    expect(current).to_have_attribute("aria-current", "page")


NO_COPYING = """
Clipboard.prototype.writeText = () => Promise.reject(new DOMException("refused", "NotAllowedError"));
"""


def test_a_browser_that_lets_nothing_be_copied_is_told_of(visit: OpenVisit, guest: Guest) -> None:
    visitor = visit(before=NO_COPYING)
    visitor.make("a hare")
    visitor.press("button", "Details")
    details = visitor.page.get_by_role("dialog", name="Details")
    details.get_by_role("button", name="Copy all").click()
    expect(details.get_by_role("status")).to_have_text(re.compile("select the text, and copy it from here"))


def test_a_device_without_room_says_so_and_nothing_is_lost_before_the_page_is_closed(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    """Its record is kept, so that its file comes from the server after a reload."""
    visitor = visit(payer, before=NO_ROOM)
    visitor.make("a hare")
    expect(visitor.notice("This browser has no more room.")).to_be_visible()
    visitor.go("Gallery")
    expect(visitor.gallery.get_by_text("This device’s storage is full.")).to_be_visible()
    with visitor.page.expect_request(re.compile(r"/images/0$")):
        visitor.come_again()
    visitor.go("Create")
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_a_seed_that_is_no_number_is_refused_at_its_field(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    seed = visitor.one("textbox", "Seed")
    with visitor.submits() as sent:
        for wrong in ("none", "1e400", "-7", "4.5", "9" * 40, "12 a"):
            visitor.write(wrong, seed)
            visitor.ask("a hare")
            expect(seed).to_have_attribute("aria-invalid", "true")
            expect(seed).to_have_value(wrong)
    assert (sent, payer.spent()) == ([], 0)


def test_an_empty_prompt_is_refused_at_its_field(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    with visitor.submits() as sent:
        for empty in ("", "   ", "\n\n"):
            visitor.ask(empty)
            expect(visitor.prompt).to_have_attribute("aria-invalid", "true")
    assert (sent, payer.spent()) == ([], 0)


def test_braces_that_are_meant_as_such_stay_so(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """Whether they come back from the picture or from the prompts of before: they do not become two pictures."""
    prompt = "a {hare|owl}"
    visitor = visit(payer)
    visitor.write(r"a \{hare|owl\}")
    visitor.page.keyboard.press("Control+Enter")
    visitor.sees(prompt)
    visitor.press("button", "Remix")
    expect(visitor.notice("All settings but the seed are in the form.")).to_be_visible()
    expect(visitor.generate_button()).not_to_have_accessible_name(re.compile("prompts"))
    visitor.write("")
    visitor.press("button", "Prompt history")
    visitor.press("button", re.compile(r"^a \\?\{hare"))
    expect(visitor.prompt).to_be_focused()
    expect(visitor.generate_button()).not_to_have_accessible_name(re.compile("prompts"))
    visitor.page.keyboard.press("Control+Enter")
    expect(visitor.latest).to_have_count(2)
    expect(visitor.queue).to_have_count(0)
    assert (len(segmind.billed(prompt)), payer.spent()) == (2, 2 * PRICE)


def test_wildcards_tell_their_price_before_they_are_made(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    visitor.write("a {hare|owl} in the {snow|fog}")
    expect(visitor.generate_button()).to_have_accessible_name(re.compile(r"4 prompts × 1 = 4 pictures.*\$0\.048"))
    visitor.page.keyboard.press("Control+Enter")
    expect(visitor.latest).to_have_count(4)
    expect(visitor.queue).to_have_count(0)
    prompts = [f"a {what} in the {where}" for what in ("hare", "owl") for where in ("snow", "fog")]
    assert [len(segmind.billed(prompt)) for prompt in prompts] == [1, 1, 1, 1]
    assert payer.spent() == 4 * PRICE
