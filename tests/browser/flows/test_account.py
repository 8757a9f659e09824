"""Keys and allowances: a key is added, used, forgotten and revoked; what is free is used up."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.flows.conftest import GET_KEY_URL, OpenVisit
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind
from tests.browser.flows.visit import Visit

GENERATE = re.compile("^Generate")


def enter_key(visitor: Visit, key: str, *, remember: bool = False) -> None:
    visitor.walk_to(visitor.left)
    visitor.page.keyboard.press("Enter")
    field = visitor.page.get_by_label("Your key")
    expect(field).to_be_focused()
    visitor.page.keyboard.insert_text(key)
    if remember:
        visitor.press("checkbox", "Remember on this device", "Space")
    visitor.press("button", "Use this key")


def test_a_key_is_added_used_and_forgotten(visit: OpenVisit, guest: Guest, payer: Payer, segmind: Segmind) -> None:
    """It is in no address, in nothing that is kept for longer than the tab, and in nothing that is shown."""
    visitor = visit()
    addresses: list[str] = []
    visitor.page.context.on("request", lambda request: addresses.append(request.url))
    visitor.ask("a hare")
    visitor.sees("a hare")
    enter_key(visitor, payer.key)
    expect(visitor.left).to_have_text("$1.00")
    expect(visitor.left).to_be_focused()
    visitor.make("an owl")
    expect(visitor.left).to_have_text("$0.988")
    kept = visitor.kept()
    assert payer.key not in kept["database"] + kept["localStorage"] + visitor.page.content() + "".join(addresses)
    assert payer.key in kept["sessionStorage"]

    visitor.walk_to(visitor.left)
    visitor.page.keyboard.press("Enter")
    visitor.press("button", "Forget this key")
    expect(visitor.left).to_have_text("3 free today")
    visitor.make("a heron")
    expect(visitor.left).to_have_text("2 free today")
    assert payer.key not in "".join(visitor.kept().values())
    assert (payer.spent(), guest.left()) == (PRICE, 2)
    assert [len(segmind.billed(prompt)) for prompt in ("a hare", "an owl", "a heron")] == [1, 1, 1]


def test_what_is_left_is_asked_for_once_for_each_key(visit: OpenVisit, guest: Guest, payer: Payer) -> None:
    visitor = visit()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url.removeprefix(visitor.running.page)))
    enter_key(visitor, payer.key)
    expect(visitor.left).to_have_text("$1.00")
    visitor.walk_to(visitor.left)
    visitor.page.keyboard.press("Enter")
    visitor.press("button", "Forget this key")
    expect(visitor.left).to_have_text("4 free today")
    assert asked.count("/v1/get-user-credits") == 2


def test_a_remembered_key_is_there_again_and_one_of_the_visit_is_not(visit: OpenVisit, payer: Payer) -> None:
    for remember, told in ((True, "$1.00"), (False, "free today")):
        visitor = visit()
        enter_key(visitor, payer.key, remember=remember)
        expect(visitor.left).to_have_text("$1.00")
        tomorrow = Visit(visitor.page.context.new_page(), visitor.running)
        visitor.page.close()
        tomorrow.arrive()
        expect(tomorrow.left).to_contain_text(told)


def test_a_wrong_key_is_told_and_the_form_keeps_its_contents(visit: OpenVisit, refusals: set[int | str]) -> None:
    refusals.add(401)
    visitor = visit()
    visitor.write("a lighthouse in the fog")
    enter_key(visitor, f"sasha_nobody_{32 * '0'}")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Unknown API key")
    visitor.page.keyboard.press("Escape")
    expect(visitor.prompt).to_have_value("a lighthouse in the fog")
    expect(visitor.left).to_contain_text("free today")


def test_a_revoked_key_is_told_where_it_is_used(
    visit: OpenVisit, payer: Payer, new_payer: Callable[[], Payer], segmind: Segmind, refusals: set[int | str]
) -> None:
    """The form stays as it is, nothing is charged, and with another key it goes on."""
    refusals.add(401)
    visitor = visit(payer)
    payer.revoke()
    visitor.ask("a hare")
    expect(visitor.stage.get_by_role("heading", name="The API key was not accepted")).to_be_visible()
    expect(visitor.stage.get_by_text("This API key has been revoked")).to_be_visible()
    expect(visitor.stage.get_by_text("You were not charged.")).to_be_visible()
    expect(visitor.prompt).to_have_value("a hare")
    assert segmind.billed("a hare") == []

    visitor.press("button", "Change the key")
    visitor.press("button", "Forget this key")
    other = new_payer()
    enter_key(visitor, other.key)
    visitor.press("button", GENERATE)
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), other.spent()) == (1, PRICE)


def test_a_request_waits_for_its_key_that_was_forgotten(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    with segmind.keeps_waiting():
        visitor.ask("a hare")
        expect(visitor.stage.get_by_text(re.compile("^Running"))).to_be_visible()
        visitor.walk_to(visitor.left)
        visitor.page.keyboard.press("Enter")
        visitor.press("button", "Forget this key")
        expect(visitor.stage.get_by_text(f"a key of “{payer.account}”, which is not in use")).to_be_visible()
    payer.finished("a hare")
    expect(visitor.stage.get_by_text("Waiting for its key")).to_be_visible()
    enter_key(visitor, payer.key)
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_the_free_pictures_are_used_up(
    visit: OpenVisit, guest: Guest, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    """It is told when the next ones come, and a key goes on from there. Meanwhile others had used this address."""
    refusals.add(429)
    visitor = visit()
    expect(visitor.left).to_have_text("4 free today")
    guest.spend(4)
    visitor.ask("a hare")
    expect(visitor.stage.get_by_role("heading", name="Your free pictures of today are used up")).to_be_visible()
    expect(visitor.stage.get_by_text(re.compile(r"The next ones come (tomorrow at 00:00|in \d+ s)\."))).to_be_visible()
    expect(visitor.stage.get_by_text("No free picture was used for it.")).to_be_visible()
    expect(visitor.stage.get_by_role("link", name="Get a key")).to_have_attribute("href", GET_KEY_URL)
    expect(visitor.left).to_have_text("0 free today")
    expect(visitor.page.get_by_role("complementary").get_by_text("Next free pictures at 00:00 UTC")).to_be_visible()
    assert segmind.billed("a hare") == []

    visitor.walk_to(visitor.stage.get_by_role("button", name="Add a key"))
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_label("Your key")).to_be_focused()
    visitor.page.keyboard.insert_text(payer.key)
    visitor.page.keyboard.press("Enter")
    visitor.press("button", GENERATE)
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), payer.spent()) == (1, PRICE)


def test_more_than_is_left_for_free_can_be_made_less(
    visit: OpenVisit, guest: Guest, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(429)
    visitor = visit()
    guest.spend(3)
    visitor.come_again()
    expect(visitor.generate_button()).to_have_text("Generate · 1 free")
    visitor.ask("a hare", images=4)
    expect(visitor.stage.get_by_role("heading", name="Only 1 free picture is left today")).to_be_visible()
    visitor.press("button", "Make 1 picture")
    visitor.sees("a hare")
    assert (len(segmind.billed("a hare")), guest.left()) == (1, 0)


def test_a_balance_that_does_not_suffice_is_told(
    visit: OpenVisit, payer: Payer, segmind: Segmind, refusals: set[int | str]
) -> None:
    refusals.add(406)
    visitor = visit(payer)
    payer.set_balance(30_000)
    visitor.ask("a hare", images=4)
    expect(visitor.stage.get_by_role("heading", name="Not enough credits")).to_be_visible()
    expect(visitor.stage.get_by_text("This costs $0.048, and your balance is $0.03.")).to_be_visible()
    expect(visitor.stage.get_by_text("You were not charged.")).to_be_visible()
    expect(visitor.left).to_have_text("$0.03")
    assert segmind.billed("a hare") == []
