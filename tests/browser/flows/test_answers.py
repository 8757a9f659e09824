"""The API is down, slow, or somebody else answers in its place; and addresses of pictures that have become too old."""

import re
from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.chromium import CUT_OFF
from tests.browser.clock import standstill
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.line import (
    MODEL,
    PORTAL,
    SUBMIT,
    TIME_LIMIT_MS,
    TIME_LIMITS_BY_THE_PAGES_CLOCK,
    TooLate,
    held,
)
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind

Behaviour = dict[str, Any] | None


def behave(route: Route, behaviour: Behaviour) -> None:
    if behaviour is None:
        route.abort()
    else:
        route.fulfill(**behaviour)


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (None, "The network cannot be reached, so the settings are not here yet."),
        (PORTAL, "What answered is not the API, so the settings are not here yet."),
        ({**PORTAL, "status": 502}, "What answered is not the API, so the settings are not here yet."),
        ({"body": "[1, 2"}, "What answered is not the API, so the settings are not here yet."),
    ],
    ids=["down", "a portal", "a gateway's page", "half of it"],
)
def test_without_the_api_the_page_says_so_and_keeps_the_prompt(
    visit: OpenVisit, guest: Guest, segmind: Segmind, refusals: set[int | str], behaviour: Behaviour, told: str
) -> None:
    refusals |= {CUT_OFF, 502}
    visitor = visit()
    visitor.page.context.route(re.compile("/v[12]/"), lambda route: behave(route, behaviour))
    visitor.page.reload()
    expect(visitor.page.get_by_role("status").get_by_text(told)).to_be_visible()
    visitor.write("a hare")
    visitor.page.keyboard.press("Control+Enter")
    expect(visitor.page.get_by_text("The settings are not here yet. Your prompt is kept.").last).to_be_visible()

    visitor.page.context.unroute_all()
    visitor.press("button", "Try again")
    visitor.ready()
    expect(visitor.prompt).to_have_value("a hare")
    visitor.page.keyboard.press("Tab")
    visitor.press("button", re.compile("^Generate"))
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), guest.left()) == (1, 3)


def test_an_api_that_says_nothing_is_given_up_on(visit: OpenVisit, refusals: set[int | str]) -> None:
    refusals.add(CUT_OFF)  # what the browser asked for in advance, once that is ended too
    visitor = visit(before=TIME_LIMITS_BY_THE_PAGES_CLOCK)
    visitor.page.clock.install()
    silent = held(visitor.page, MODEL)
    with visitor.page.expect_request(MODEL):
        visitor.page.reload()
    expect(visitor.page.get_by_role("status").get_by_text("The settings are on their way")).to_be_attached()
    visitor.page.clock.fast_forward(TIME_LIMIT_MS + 1)
    expect(visitor.page.get_by_text("The API takes too long to answer")).to_be_visible()
    visitor.press("button", "Try again")
    visitor.ready()
    silent[0].abort()


def test_what_is_typed_while_the_settings_are_still_on_their_way_stays(
    visit: OpenVisit, guest: Guest, segmind: Segmind
) -> None:
    visitor = visit()
    slow = held(visitor.page, MODEL)
    with visitor.page.expect_request(MODEL):
        visitor.page.reload()
    visitor.write("a hare")
    visitor.page.keyboard.press("Control+Enter")
    expect(visitor.page.get_by_text("The settings are not here yet. Your prompt is kept.")).to_be_visible()
    slow[0].continue_()
    visitor.ready()
    expect(visitor.prompt).to_have_value("a hare")
    visitor.page.keyboard.press("Control+Enter")
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), guest.left()) == (1, 3)


def test_a_portal_that_answers_in_the_middle_costs_nothing_more(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    """To the submit, whose fate nobody knows then, and to a look at the request."""
    visitor = visit(payer)
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(**PORTAL)

    visitor.page.route(SUBMIT, answer, times=1)
    visitor.page.route("**/v2/requests/*", answer, times=2)
    with standstill(visitor.page):
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text("It is asked again in a moment; nothing is lost.")).to_be_visible()
    visitor.sees("a hare")
    assert len(asked) == 3
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_the_server_s_own_mistake_is_asked_again_under_the_same_key(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(500)
    problem = {"code": "internal", "detail": "It is on record.", "billed": None, "retryable": True}
    visitor = visit(payer)
    visitor.page.route(SUBMIT, lambda route: route.fulfill(status=500, json=problem), times=1)
    with visitor.submits() as sent:
        visitor.ask("a hare")
        visitor.sees("a hare")
    assert len(sent) == 2
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_an_address_that_expired_while_the_page_slept_is_fetched_anew(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(403)
    visitor = visit(payer)
    too_late = TooLate(visitor)
    visitor.ask("a hare", images=2)
    visitor.sees("a hare", images=2)
    assert too_late.refused == [403, 403]
    assert (len(segmind.billed("a hare")), payer.spent()) == (2, 2 * PRICE)
    visitor.come_again()
    visitor.sees("a hare", images=2)


def test_a_picture_that_could_not_be_fetched_is_fetched_later(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    """It is on record, the page says what is the matter, and nothing is made twice for it."""
    refusals |= {CUT_OFF}
    visitor = visit(payer)
    visitor.page.context.route(re.compile(r"/outputs/|/images/\d+$"), lambda route: route.abort())
    visitor.ask("a hare")
    expect(visitor.stage.get_by_text("The picture is not here.")).to_be_visible()
    visitor.page.context.unroute_all()
    visitor.press("button", "Fetch it again")
    visitor.sees("a hare")
    visitor.come_again()
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)
