"""States of the dialogs, the gallery and the API tab."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.chromium import OFFLINE
from tests.browser.played_problems import BUSY
from tests.browser.states_create import done_one
from tests.browser.visitor import Visitor, state


@state(main=True)
def shortcuts(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.page.keyboard.press("?")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


@state()
def about(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.button("What is stored").click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


@state()
def clear_this_device(visitor: Visitor) -> None:
    about(visitor)
    visitor.button("Clear this device").click()
    expect(visitor.button("Keep everything")).to_be_visible()


@state(main=True)
def details(visitor: Visitor) -> None:
    done_one(visitor)
    visitor.button("Details").click()
    expect(visitor.page.get_by_role("dialog", name="Details")).to_be_visible()


# ------------------------------------------------------------------ the gallery


@state()
def gallery_empty(visitor: Visitor) -> None:
    visitor.arrive("#/gallery")
    expect(visitor.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


@state(main=True)
def gallery(visitor: Visitor) -> None:
    visitor.arrive_with_key()
    visitor.make(images=4)
    visitor.make("a paper boat on a rainy street, reflections", images=4)
    visitor.make("a lighthouse in a storm, woodcut, black and ochre ink", images=2)
    visitor.button(re.compile("^Star all")).click()
    visitor.go("Gallery")
    expect(pictures_of(visitor).locator("img[src]")).to_have_count(10)


@state(main=True)
def gallery_chosen(visitor: Visitor) -> None:
    gallery(visitor)
    boxes = visitor.page.get_by_role("checkbox", name=re.compile("^Select"))
    for index in (2, 3, 5):
        boxes.nth(index).check(force=True)
    expect(visitor.page.get_by_text("3 chosen")).to_be_visible()


@state()
def gallery_deleted(visitor: Visitor) -> None:
    """Three are gone, and can be brought back for a while."""
    gallery_chosen(visitor)
    visitor.page.get_by_role("group", name="Chosen pictures").get_by_role("button", name="Delete").click()
    expect(visitor.button("Undo")).to_be_visible()


@state()
def gallery_without_a_match(visitor: Visitor) -> None:
    gallery(visitor)
    visitor.page.get_by_role("searchbox").fill("a submarine")
    expect(visitor.button(re.compile("Show all"))).to_be_visible()


@state()
def gallery_storage(visitor: Visitor) -> None:
    gallery(visitor)
    visitor.page.get_by_role("meter", name="Storage used").click()
    visitor.button("Delete all but").click()
    expect(visitor.button("Keep them")).to_be_visible()


@state(refusals=[OFFLINE])
def gallery_offline(visitor: Visitor) -> None:
    gallery(visitor)
    visitor.lose_network()
    visitor.page.wait_for_function("!navigator.onLine")
    expect(pictures_of(visitor).locator("img[src]")).to_have_count(10)


@state()
def server_history_of_a_guest(visitor: Visitor) -> None:
    visitor.arrive("#/gallery")
    visitor.page.get_by_role("tab", name="On the server").click()
    expect(visitor.button("Use a key")).to_be_visible()


@state(main=True)
def server_history(visitor: Visitor) -> None:
    """What the demo account has from the start, and one request of this visit; of one is asked whether to erase it."""
    visitor.arrive_with_key("#/gallery")
    visitor.page.get_by_role("tab", name="On the server").click()
    visitor.button(re.compile("^Erase on the server: a red fox in the snow, morning light")).last.click()
    asked = visitor.page.get_by_role("group", name="Erase on the server")
    expect(asked.get_by_role("button", name="Keep")).to_be_visible()


@state(refusals=[503])
def server_history_in_trouble(visitor: Visitor) -> None:
    visitor.api.answer(r"/v2/requests\?", BUSY)
    visitor.api.answer(r"/v2/requests$", BUSY)
    visitor.arrive_with_key("#/gallery")
    visitor.page.get_by_role("tab", name="On the server").click()
    expect(visitor.button("Try again")).to_be_visible()


# ------------------------------------------------------------------ the API tab


@state(main=True)
def guide(visitor: Visitor) -> None:
    visitor.arrive("#/api")
    expect(visitor.page.get_by_role("tab", name="curl")).to_be_visible()


@state()
def guide_with_key(visitor: Visitor) -> None:
    visitor.arrive_with_key("#/api")
    visitor.page.get_by_role("tab", name="Python").click()
    expect(visitor.page.get_by_role("tabpanel", name="Python").get_by_text("import os")).to_be_visible()


@state(main=True)
def guide_openapi(visitor: Visitor) -> None:
    """The OpenAPI document, with a route unfolded."""
    guide(visitor)
    heading = visitor.page.get_by_role("heading", name="All routes")
    heading.scroll_into_view_if_needed()
    section = visitor.page.get_by_role("region", name="All routes")
    section.locator("summary").first.click()
    section.locator("details details summary").first.click()
    expect(section.get_by_role("heading", name="Answers")).to_be_visible()


def pictures_of(visitor: Visitor) -> Locator:
    """The gallery's pictures."""
    return visitor.page.locator("#gallery [data-id]")
