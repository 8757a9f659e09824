"""Pictures deleted: which go and which stay, the way to the Undo, and that the server's copies go with them."""

import re
from collections.abc import Callable

from playwright.sync_api import Response, expect

from tests.browser.clock import standstill
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import Payer
from tests.browser.flows.visit import Visit

UNDO_MS = 8_000
IS_THERE, IS_ERASED = 303, 410


def star(visitor: Visit) -> None:
    visitor.press("button", "Star")
    expect(visitor.one("button", "Star")).to_have_attribute("aria-pressed", "true")


def copies(payer: Payer) -> dict[str, str]:
    """Where the server has its copy of each prompt's first picture."""
    return {each["prompt"]: f"/v2/requests/{each['request_id']}/images/0" for each in payer.requests()}


def erases(path: str) -> Callable[[Response], bool]:
    """Whether that is what an answer is about."""
    return lambda response: response.request.method == "DELETE" and response.url.endswith(path)


def test_the_undo_is_reached_by_tab_within_its_time(visit: OpenVisit, payer: Payer) -> None:
    """By somebody who takes half a second for each key, past all that stands before it."""
    visitor = visit(payer)
    visitor.make("a heron")
    visitor.make("a hare")
    with standstill(visitor.page):
        visitor.press("button", "Delete")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        visitor.walk_to(visitor.one("button", "Undo"), key_takes_ms=500)
        visitor.page.keyboard.press("Enter")
        visitor.sees("a hare")


def test_of_the_chosen_pictures_those_without_a_star_go(visit: OpenVisit, payer: Payer) -> None:
    """There is one Undo for all; once it has passed they are gone here, after a reload, and at the server."""
    visitor = visit(payer)
    visitor.make("a hare")
    star(visitor)
    for prompt in ("an owl", "a heron"):
        visitor.make(prompt)
    kept = copies(payer)
    visitor.go("Gallery")
    pictures = visitor.gallery.get_by_role("img")
    expect(pictures).to_have_count(3)
    visitor.walk_to(visitor.gallery.get_by_role("button", name=re.compile("^Picture 1 of")).first)
    visitor.page.keyboard.press("ControlOrMeta+a")
    delete = visitor.gallery.get_by_role("group", name="Chosen pictures").get_by_role("button", name="Delete")
    with standstill(visitor.page):
        for undone in (True, False):
            visitor.walk_to(delete)
            visitor.page.keyboard.press("Enter")
            told = visitor.notice("2 pictures deleted. A starred picture is protected.")
            expect(told).to_be_visible()
            expect(pictures).to_have_count(1)
            if undone:
                visitor.press("button", "Undo")
                expect(pictures).to_have_count(3)
        with (
            visitor.page.expect_response(erases(kept["an owl"])),
            visitor.page.expect_response(erases(kept["a heron"])),
        ):
            visitor.page.clock.fast_forward(UNDO_MS)
        expect(told).to_have_count(0)
    assert [payer.get(kept[prompt]).status_code for prompt in kept] == [IS_ERASED, IS_ERASED, IS_THERE]
    visitor.come_again()
    expect(pictures).to_have_count(1)
    expect(visitor.gallery.get_by_role("img", name="a hare")).to_be_visible()


def test_all_but_the_starred_are_deleted_once_that_is_confirmed(visit: OpenVisit, payer: Payer) -> None:
    """Not before; and the server's copies go too."""
    visitor = visit(payer)
    for prompt in ("an owl", "a hare"):
        visitor.make(prompt)
    star(visitor)
    kept = copies(payer)
    visitor.go("Gallery")
    pictures = visitor.gallery.get_by_role("img")
    expect(pictures).to_have_count(2)
    visitor.walk_to(visitor.page.locator("summary", has_text="kept here"))
    visitor.page.keyboard.press("Enter")
    asked = visitor.gallery.get_by_role("group", name="Delete all but the starred pictures")
    visitor.press("button", "Delete all but ☆")
    expect(asked).to_contain_text("Delete 1 picture and keep the 1 with a star? The server’s copies go too.")
    visitor.press("button", "Keep them")
    expect(asked).to_have_count(0)
    expect(pictures).to_have_count(2)

    with standstill(visitor.page):
        visitor.press("button", "Delete all but ☆")
        visitor.press("button", "Delete 1 picture")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        expect(pictures).to_have_count(1)
        expect(visitor.gallery.get_by_role("img", name="a hare")).to_be_visible()
        with visitor.page.expect_response(erases(kept["an owl"])):
            visitor.page.clock.fast_forward(UNDO_MS)
    assert [payer.get(kept[prompt]).status_code for prompt in ("an owl", "a hare")] == [IS_ERASED, IS_THERE]
    expect(visitor.one("button", "Delete all but ☆")).to_be_disabled()
