"""Where links, addresses and the keyboard lead."""

import re

from playwright.sync_api import expect

from tests.browser.flows.conftest import OpenVisit


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
