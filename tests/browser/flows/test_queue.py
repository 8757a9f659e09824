"""Several requests at once: they queue, one is canceled, and whatever happens to the page they are found again."""

import re

from playwright.sync_api import expect

from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Payer, Segmind
from tests.browser.flows.visit import Visit

CANCELED = 422  # what a look that is under way may get to hear of it
FIRST, SECOND = "a slow picture", "another slow picture"


def occupy(visitor: Visit) -> None:
    """Both workers have something to do."""
    for number, prompt in enumerate((FIRST, SECOND), start=1):
        visitor.ask(prompt)
        # Two that are on their way together may be taken on in either order.
        expect(visitor.queue.get_by_text(re.compile(r"^\d+ s$"))).to_have_count(number)


def test_three_are_queued_and_one_of_them_is_canceled(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(CANCELED)
    visitor = visit(payer)
    with segmind.keeps_waiting():
        occupy(visitor)
        for prompt in ("a hare", "an owl", "a heron"):
            visitor.ask(prompt)
        for place in ("3rd", "4th", "5th"):
            expect(visitor.queue.get_by_text(place)).to_be_visible()
        expect(visitor.left).to_have_text("$0.94")
        assert payer.spent() == 5 * PRICE, "all are held"
        visitor.press("button", "Cancel: an owl")
        visitor.press("button", "Put away: an owl")
        expect(visitor.queue.get_by_text("4th")).to_be_visible()
        expect(visitor.queue.get_by_text("5th")).to_have_count(0)
        expect(visitor.left).to_have_text("$0.952")

    visitor.has("a heron", "a hare", SECOND, FIRST)
    assert [len(segmind.billed(prompt)) for prompt in ("a hare", "an owl", "a heron")] == [1, 0, 1]
    assert payer.spent() == 4 * PRICE, "what was canceled came back"


def test_all_that_wait_are_canceled_at_once(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(CANCELED)
    visitor = visit(payer)
    with segmind.keeps_waiting():
        occupy(visitor)
        visitor.ask("a hare")
        visitor.ask("an owl")
        expect(visitor.queue.get_by_text("4th")).to_be_visible()
        visitor.press("button", "Clear all")
        expect(visitor.queue.get_by_role("button", name=re.compile("^Put away"))).to_have_count(2)
        visitor.press("button", "Put all away")

    visitor.has(SECOND, FIRST)
    assert segmind.billed("a hare") == segmind.billed("an owl") == []
    assert payer.spent() == 2 * PRICE


def test_what_runs_cannot_be_canceled_and_escape_cancels_nothing(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    visitor = visit(payer)
    with segmind.keeps_waiting():
        occupy(visitor)
        expect(visitor.one("button", re.compile("^Cancel"))).to_have_count(0)
        for _ in range(3):
            visitor.page.keyboard.press("Escape")
    visitor.has(SECOND, FIRST)
    assert payer.spent() == 2 * PRICE


def test_a_reload_in_the_middle_changes_nothing(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """Two run, one waits, and what was typed meanwhile is still there."""
    visitor = visit(payer)
    with segmind.keeps_waiting():
        occupy(visitor)
        visitor.ask("a hare")
        visitor.write("not asked for yet")
        expect(visitor.queue.get_by_text("3rd")).to_be_visible()
        visitor.has_written('"requestId":"', times=3)
        with visitor.submits() as sent:
            visitor.come_again()
            expect(visitor.queue.get_by_text("3rd")).to_be_visible()
            expect(visitor.stage.get_by_text(re.compile("^Running"))).to_be_visible()
            expect(visitor.prompt).to_have_value("not asked for yet")

    visitor.has("a hare", SECOND, FIRST)
    assert sent == []
    assert [len(segmind.billed(prompt)) for prompt in ("a hare", SECOND, FIRST)] == [1, 1, 1]
    assert payer.spent() == 3 * PRICE


def test_what_ended_while_the_page_was_closed_is_found(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    context = visitor.page.context
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text(re.compile("^Running"))).to_be_visible()
        visitor.page.close()
    payer.finished("a hare")
    back = Visit(context.new_page(), visitor.running)
    back.arrive()
    back.sees("a hare")

    assert len(segmind.billed("a hare")) == 1
    assert payer.spent() == PRICE


def test_another_tab_sees_the_picture_and_says_so(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """Only one of the two follows the request; when that one is closed, the other goes on."""
    visitor = visit(payer)
    other = Visit(visitor.page.context.new_page(), visitor.running)
    other.arrive()
    for each in (visitor, other):
        expect(each.page.get_by_role("contentinfo").get_by_text("Also open in another tab")).to_be_visible()
    visitor.ask("a hare")
    visitor.sees("a hare")
    other.sees("a hare")

    with segmind.keeps_waiting():
        visitor.ask("an owl")
        expect(other.stage.get_by_text("Another tab follows it")).to_be_visible()
        visitor.page.close()
        expect(other.stage.get_by_text("Another tab follows it")).to_have_count(0)
    other.sees("an owl")
    expect(other.page.get_by_role("contentinfo").get_by_text("Also open in another tab")).to_have_count(0)
    assert len(segmind.billed("a hare")) == len(segmind.billed("an owl")) == 1
    assert payer.spent() == 2 * PRICE
