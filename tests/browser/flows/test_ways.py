"""Where links, addresses and the keyboard lead."""

import re

from playwright.sync_api import expect

from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import Guest, Segmind

# What browsers leave out where a page did not come by https, and not from the machine itself.
NOT_BY_HTTPS = """
delete Crypto.prototype.randomUUID;
for (const name of ["locks", "serviceWorker", "storage", "clipboard"]) delete Navigator.prototype[name];
delete window.caches;
"""


def test_the_skip_link_leads_into_the_view_that_is_open(visit: OpenVisit) -> None:
    visitor = visit()
    visitor.go("Gallery")
    expect(visitor.gallery).to_be_visible()
    visitor.press("link", "Skip to the content")
    expect(visitor.page.get_by_role("main")).to_be_focused()
    expect(visitor.gallery).to_be_visible()
    visitor.come_again()
    expect(visitor.gallery).to_be_visible()


def test_an_address_that_leads_nowhere_leaves_the_view_as_it_is(visit: OpenVisit) -> None:
    visitor = visit()
    visitor.go("Gallery")
    expect(visitor.gallery).to_be_visible()
    visitor.page.evaluate("location.hash = '#/nowhere'")
    expect(visitor.page).to_have_url(re.compile("#/gallery$"))
    expect(visitor.gallery).to_be_visible()


def test_a_page_that_did_not_come_by_https_makes_pictures_all_the_same(
    visit: OpenVisit, guest: Guest, segmind: Segmind
) -> None:
    visitor = visit(before=NOT_BY_HTTPS)
    assert visitor.page.evaluate("[crypto.randomUUID, navigator.locks, window.caches].every((each) => !each)")
    visitor.make("a hare")
    visitor.press("button", "Copy link")
    expect(visitor.notice("The browser did not let it be copied.")).to_be_visible()
    assert len(segmind.billed("a hare")) == 1
