"""What the page says by itself: read aloud each time, and there for as long as somebody is at it."""

from playwright.sync_api import expect

from tests.browser.flows.conftest import OpenVisit

# What a screen reader would read: each change of the region for announcements.
LISTEN = """() => {
  window.heard = [];
  const region = document.querySelector("#notices > [role=status]");
  new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
  heard.push(region.textContent);
}"""


def test_the_same_sentence_is_read_aloud_each_time(visit: OpenVisit) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    visitor.go("API")
    visitor.press("button", "Copy")
    expect(visitor.told("The code is copied.")).to_have_count(1)
    visitor.page.evaluate(LISTEN)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("heard.at(-1) === 'The code is copied.' && heard.length > 1")
    assert visitor.page.evaluate("heard") == ["The code is copied.", "", "The code is copied."]
