"""What stands in place of pictures: each problem in its own words, what it cost, and a button that helps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect

from sasha.core.errors import Code, Forbidden, InvalidApiKey, NotCancelable, SashaError
from tests.browser import played
from tests.browser.chromium import CUT_OFF
from tests.browser.flows.conftest import GET_KEY_URL, OpenVisit
from tests.browser.flows.line import PORTAL, SUBMIT
from tests.browser.flows.parties import Guest, Payer
from tests.browser.flows.visit import Visit
from tests.browser.played import Course, PlayedApi
from tests.browser.played_problems import FAILURES, LOSSES, REFUSALS, status_of
from tests.browser.problem_cards import FAILED, LOST, NOT_CHARGED, NOT_KNOWN, REFUSED, Card

FAILED_STATUS = 422
PROMPT = "a hare"
A_LOOK = r"/v2/requests/[^/]+$"
Refusals = set[int | str]


def play(visitor: Visit) -> PlayedApi:
    return PlayedApi(visitor.page.context, visitor.running)


def asks(visitor: Visit, course: Course | SashaError | None) -> PlayedApi:
    """The visitor asks an API whose requests take this course."""
    api = play(visitor)
    api.course = course
    visitor.ask(PROMPT)
    return api


def first_deed(visitor: Visit) -> Locator:
    """What stands first among the buttons and links of the card."""
    return visitor.stage.get_by_role("button").or_(visitor.stage.get_by_role("link")).first


def reads(visitor: Visit, card: Card) -> None:
    expect(visitor.stage.get_by_role("heading", level=2)).to_have_text(card.title)
    paragraphs = visitor.stage.get_by_role("paragraph")
    expect(paragraphs.nth(0)).to_have_text(card.text)
    expect(paragraphs.nth(1)).to_have_text(card.charged)
    expect(first_deed(visitor)).to_have_accessible_name(card.deed)


def press_first(visitor: Visit) -> None:
    visitor.walk_to(first_deed(visitor))
    visitor.page.keyboard.press("Enter")


@contextmanager
def reloaded(visitor: Visit) -> Iterator[None]:
    with visitor.page.expect_event("domcontentloaded"):
        yield
    visitor.ready()


def asks_anew(visitor: Visit, api: PlayedApi) -> None:
    """As a request of its own; the card goes, and the pictures come in its place."""
    api.course = played.done
    with visitor.submits() as sent:
        press_first(visitor)
        visitor.sees(PROMPT)
    assert [request.post_data_json["prompt"] for request in sent] == [PROMPT]
    expect(visitor.queue).to_have_count(0)


def leads_to_the_prompt(visitor: Visit, _api: PlayedApi) -> None:
    """The form may have gone on to something else meanwhile."""
    visitor.write("something else")
    press_first(visitor)
    expect(visitor.prompt).to_be_focused()
    expect(visitor.prompt).to_have_value(PROMPT)


def opens_the_key(visitor: Visit, _api: PlayedApi) -> None:
    press_first(visitor)
    dialog = visitor.page.get_by_role("dialog", name="API key")
    expect(dialog.get_by_role("button", name="Forget this key")).to_be_visible()


def reloads(visitor: Visit, _api: PlayedApi) -> None:
    """What was typed stays."""
    visitor.write("not asked for yet")
    with reloaded(visitor):
        press_first(visitor)
    expect(visitor.prompt).to_have_value("not asked for yet")


def leads_to_the_owners_page(visitor: Visit, _api: PlayedApi) -> None:
    expect(first_deed(visitor)).to_have_attribute("href", GET_KEY_URL)


EFFECTS: dict[str, Callable[[Visit, PlayedApi], None]] = {
    "asks anew": asks_anew,
    "leads to the prompt": leads_to_the_prompt,
    "opens the key": opens_the_key,
    "reloads": reloads,
    "leads to the owner's page": leads_to_the_owners_page,
}


def test_there_is_a_card_for_every_refusal_and_failure_that_is_played() -> None:
    assert (REFUSED.keys(), FAILED.keys(), LOST.keys()) == (REFUSALS.keys(), FAILURES.keys(), LOSSES.keys())


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_is_told_in_its_own_words_and_its_button_helps(
    visit: OpenVisit, payer: Payer, refusals: Refusals, code: Code
) -> None:
    refusals.add(status_of(code))
    visitor = visit(payer)
    api = asks(visitor, REFUSALS[code])
    reads(visitor, REFUSED[code])
    EFFECTS[REFUSED[code].effect](visitor, api)


@pytest.mark.verify
@pytest.mark.parametrize("code", FAILED)
def test_a_failure_is_told_in_its_own_words_and_its_button_helps(
    visit: OpenVisit, payer: Payer, refusals: Refusals, code: Code
) -> None:
    refusals.add(FAILED_STATUS)
    visitor = visit(payer)
    api = asks(visitor, played.failed(code, FAILURES[code]))
    reads(visitor, FAILED[code])
    EFFECTS[FAILED[code].effect](visitor, api)


@pytest.mark.parametrize("code", LOST)
def test_a_request_that_the_server_lost_can_be_made_again(
    visit: OpenVisit, payer: Payer, refusals: Refusals, code: Code
) -> None:
    refusals.add(status_of(code))
    visitor = visit(payer)
    api = play(visitor)
    api.answer(A_LOOK, LOSSES[code], times=1)
    visitor.ask(PROMPT)
    reads(visitor, LOST[code])
    asks_anew(visitor, api)


def test_a_failure_with_a_code_of_tomorrow_is_told_as_the_api_tells_it(
    visit: OpenVisit, payer: Payer, refusals: Refusals
) -> None:
    refusals.add(FAILED_STATUS)
    visitor = visit(payer)
    api = asks(visitor, played.failed_with_code_of_tomorrow("moon_in_the_way", "The moon was in the way."))
    reads(visitor, Card("The server refused this", "The moon was in the way.", NOT_CHARGED, "Try again", "asks anew"))
    asks_anew(visitor, api)


def test_a_guest_hears_of_free_pictures_instead_of_money(visit: OpenVisit, guest: Guest, refusals: Refusals) -> None:
    refusals.add(status_of(Code.FORBIDDEN))
    visitor = visit()
    api = asks(visitor, Forbidden("Open the page at its own address."))
    words = ("The site does not let this through", "Open the page at its own address.")
    reads(visitor, Card(*words, "No free picture was used for it.", "Reload the page", "reloads"))
    reloads(visitor, api)


def test_without_the_key_that_was_refused_one_goes_on_as_a_guest(
    visit: OpenVisit, payer: Payer, guest: Guest, refusals: Refusals
) -> None:
    refusals.add(status_of(Code.INVALID_API_KEY))
    visitor = visit(payer)
    api = asks(visitor, InvalidApiKey("This key was revoked."))
    visitor.press("button", "Forget it, go on without")
    expect(visitor.left).to_have_text("4 free today")
    assert payer.key not in "".join(visitor.kept().values())
    api.course = played.done
    with visitor.submits() as sent:
        visitor.press("button", re.compile("^Generate"))
        visitor.sees(PROMPT)
    assert [request.headers.get("x-api-key") for request in sent] == [None]


def test_what_was_canceled_can_be_made_after_all(visit: OpenVisit, payer: Payer, refusals: Refusals) -> None:
    refusals.add(FAILED_STATUS)
    visitor = visit(payer)
    api = asks(visitor, played.queued)
    expect(visitor.stage.get_by_text("Queued")).to_be_visible()
    visitor.press("button", "Cancel")
    reads(visitor, Card("Canceled", "No picture of it was made.", NOT_CHARGED, "Make it after all", "asks anew"))
    asks_anew(visitor, api)


def test_what_was_canceled_before_it_was_answered_may_cost_something(
    visit: OpenVisit, payer: Payer, refusals: Refusals
) -> None:
    refusals.add(CUT_OFF)
    visitor = visit(payer)
    api = asks(visitor, None)
    expect(visitor.stage.get_by_text("It is sent as soon as it is back, once.")).to_be_visible()
    visitor.press("button", "Cancel")
    text = re.compile("^Canceled before the server had answered. If it was taken on all the same, its pictures are")
    reads(visitor, Card("Canceled, perhaps too late", text, NOT_KNOWN, "Make it after all", "asks anew"))
    asks_anew(visitor, api)


def test_what_is_being_made_already_is_not_canceled_and_that_is_told(
    visit: OpenVisit, payer: Payer, refusals: Refusals
) -> None:
    """The page heard last that it waits."""
    refusals.add(status_of(Code.NOT_CANCELABLE))
    visitor = visit(payer)
    api = play(visitor)
    api.course = played.queued
    api.answer(r"/cancel$", NotCancelable("It is being made already."))
    visitor.ask(PROMPT)
    expect(visitor.stage.get_by_text("Queued")).to_be_visible()
    visitor.press("button", "Cancel")
    expect(visitor.notice("It has begun already and cannot be canceled any more: it goes on.")).to_be_visible()
    api.proceed(played.done)
    visitor.sees(PROMPT)


def test_a_portal_that_turns_a_request_away_is_told_from_the_server(
    visit: OpenVisit, payer: Payer, refusals: Refusals
) -> None:
    refusals.add(403)
    visitor = visit(payer)
    api = play(visitor)
    visitor.page.route(SUBMIT, lambda route: route.fulfill(**{**PORTAL, "status": 403}), times=1)
    visitor.ask(PROMPT)
    text = "A sign-in page of the network, or a proxy, answered in its place (status 403)."
    reads(visitor, Card("That was not the server's answer", text, NOT_CHARGED, "Try again", "asks anew"))
    expect(visitor.stage.get_by_role("button", name="Reload the page")).to_be_visible()
    asks_anew(visitor, api)


def test_what_nobody_confirmed_for_a_day_is_not_sent_again_by_itself(
    visit: OpenVisit, payer: Payer, refusals: Refusals
) -> None:
    refusals.add(CUT_OFF)
    visitor = visit(payer)
    visitor.page.clock.install()
    api = asks(visitor, None)
    expect(visitor.stage.get_by_text("It is sent as soon as it is back, once.")).to_be_visible()
    visitor.page.clock.fast_forward("24:00:00")
    text = re.compile("^The server did not confirm this within a day. Sending it again could make a second request")
    reads(visitor, Card("Nobody knows whether it was taken on", text, NOT_KNOWN, "Ask for it anew", "asks anew"))
    asks_anew(visitor, api)


def test_the_id_of_a_request_that_failed_can_be_copied(visit: OpenVisit, payer: Payer, refusals: Refusals) -> None:
    """For whoever asks the owner about it."""
    refusals.add(FAILED_STATUS)
    visitor = visit(payer, permissions=["clipboard-read", "clipboard-write"])
    api = asks(visitor, played.failed(Code.PROVIDER_TIMEOUT, "Segmind did not answer in time."))
    visitor.press("button", "Copy the request id")
    expect(visitor.notice("Request id copied.")).to_be_visible()
    assert [visitor.page.evaluate("navigator.clipboard.readText()")] == list(api.requests)
