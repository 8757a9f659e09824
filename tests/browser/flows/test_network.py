"""The network goes and comes back: whatever was under way is one request, and is paid once."""

import re

from playwright.sync_api import Route, expect

from tests.browser.chromium import CUT_OFF
from tests.browser.clock import standstill
from tests.browser.conftest import Offline
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.line import SUBMIT, TIME_LIMIT_MS, TIME_LIMITS_BY_THE_PAGES_CLOCK, Line, held
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind
from tests.browser.flows.visit import is_drawn

# What sends a request and shows it, and is loaded while the form is being filled.
NEEDED = ["panel-generate", "job", "strip", "notices"]


def test_an_answer_that_was_lost_on_the_way_is_one_request(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    """The server had taken it on; the page cannot know, asks again under the same key, and gets the same request."""
    refusals.add(CUT_OFF)
    visitor = visit(payer)
    line = Line(visitor)
    line.loses("answers", times=2)
    with standstill(visitor.page):
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text("It is sent as soon as it is back, once.")).to_be_visible()
    visitor.sees("a hare")

    assert len(line.keys) == 3
    assert len(set(line.keys)) == 1
    assert len({answer["request_id"] for answer in line.answers}) == 1
    assert [answer["replayed"] for answer in line.answers] == [None, "true", "true"]
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_requests_that_were_lost_on_the_way_are_sent_in_their_order(
    visit: OpenVisit, guest: Guest, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(CUT_OFF)
    visitor = visit()
    line = Line(visitor)
    line.loses("requests", times=2)
    with standstill(visitor.page):
        for prompt in ("a hare", "an owl"):
            visitor.ask(prompt)
        expect(visitor.queue.get_by_text("Waits")).to_have_count(2)
    visitor.has("an owl", "a hare")

    assert len(set(line.keys)) == len(line.answers) == 2
    assert [answer["replayed"] for answer in line.answers] == [None, None]
    assert [len(segmind.billed(prompt)) for prompt in ("a hare", "an owl")] == [1, 1]
    assert guest.left() == 2


def test_offline_in_the_middle_of_a_submit_is_one_request(
    visit: OpenVisit, payer: Payer, segmind: Segmind, offline: Offline, refusals: set[int | str]
) -> None:
    """The answer is on its way when the network goes; a reload while it is away does not forget it."""
    refusals |= {CUT_OFF, "net::ERR_"}
    visitor = visit(payer)
    visitor.make("an owl")  # so that the page itself is kept
    visitor.kept_for_offline()
    keys: list[str] = []

    def take_long(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        visitor.page.context.set_offline(True)
        route.abort("internetdisconnected")

    visitor.page.route(SUBMIT, take_long, times=1)
    visitor.ask("a hare")
    expect(visitor.stage.get_by_text("Waiting for the network")).to_be_visible()
    with visitor.submits() as sent:
        with offline(visitor.page):
            visitor.page.reload()
            expect(visitor.stage.get_by_text("Waiting for the network")).to_be_visible()
        visitor.sees("a hare")

    assert len(sent) > 0
    assert {request.headers["idempotency-key"] for request in sent} == set(keys)
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, 2 * PRICE)


def test_offline_while_it_runs_is_told_and_then_made_good(
    visit: OpenVisit, payer: Payer, segmind: Segmind, offline: Offline
) -> None:
    visitor = visit(payer)
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text(re.compile("^Running"))).to_be_visible()
        with offline(visitor.page):
            expect(visitor.stage.get_by_text("It goes on at the server")).to_be_visible()
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_offline_the_gallery_works_and_generate_explains(
    visit: OpenVisit, payer: Payer, segmind: Segmind, offline: Offline
) -> None:
    """The page itself comes from this device, its pictures too; what is asked for waits, and is sent once."""
    visitor = visit(payer)
    visitor.make("an owl")
    visitor.kept_for_offline()
    with offline(visitor.page):
        visitor.page.goto("about:blank")
        visitor.page.goto(f"{visitor.running.page}/#/gallery")
        is_drawn(visitor.gallery.get_by_role("img", name="an owl"))
        visitor.walk_to(visitor.gallery.get_by_role("button", name=re.compile("^Picture 1 of 1: an owl")))
        visitor.page.keyboard.press("Enter")
        expect(visitor.stage).to_be_focused()
        visitor.sees("an owl")
        explained = visitor.page.get_by_role("complementary").get_by_text("You are offline")
        # Nothing is promised while the settings are not here, without which nothing can be asked for.
        expect(explained).to_have_text("You are offline: pictures can be asked for when the network is back.")
    expect(explained).to_have_count(0)
    visitor.ready()
    with offline(visitor.page):
        expect(explained).to_have_text("You are offline: what you ask for is sent when the network is back.")
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text("It is sent as soon as it is back, once.")).to_be_visible()
        assert segmind.billed("a hare") == []
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, 2 * PRICE)


def test_a_request_that_was_never_sent_can_be_canceled(
    visit: OpenVisit, payer: Payer, segmind: Segmind, offline: Offline
) -> None:
    visitor = visit(payer)
    with visitor.page.expect_request("**/app/views/job.js"):
        visitor.write("a hare")  # whoever is in the form gets what will be needed
    arrived = "async (names) => void (await Promise.all(names.map((name) => import(`/app/views/${name}.js`))))"
    styled = "[...document.styleSheets].some(({ href }) => href?.endsWith('/pictures.css'))"
    visitor.page.evaluate(arrived, NEEDED)
    visitor.page.wait_for_function(f"() => {styled}")
    with offline(visitor.page):
        visitor.page.keyboard.press("Control+Enter")
        expect(visitor.stage.get_by_text("Waiting for the network")).to_be_visible()
        visitor.press("button", "Cancel")
        expect(visitor.stage.get_by_role("heading", name="Canceled")).to_be_visible()
        expect(visitor.stage.get_by_text("You were not charged.")).to_be_visible()
    visitor.ask("an owl")
    visitor.sees("an owl")
    assert (segmind.billed("a hare"), payer.spent()) == ([], PRICE)
    assert [request["prompt"] for request in payer.requests()] == ["an owl"]


def test_a_server_that_says_nothing_is_told_and_asked_again(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer, before=TIME_LIMITS_BY_THE_PAGES_CLOCK)
    visitor.page.clock.install()
    silent = held(visitor.page, SUBMIT)
    with visitor.page.expect_request(SUBMIT):
        visitor.ask("a hare")
    expect(visitor.stage.get_by_text("Sending")).to_be_visible()
    visitor.page.clock.fast_forward(TIME_LIMIT_MS + 1)
    expect(visitor.stage.get_by_text("The server does not answer just now. It is asked again")).to_be_visible()
    with visitor.submits() as sent:
        visitor.page.clock.fast_forward(5_000)
        visitor.sees("a hare")
    silent[0].abort()
    assert [request.headers["idempotency-key"] for request in sent] == [silent[0].request.headers["idempotency-key"]]
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)
