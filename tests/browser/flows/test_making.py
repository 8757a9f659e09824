"""Pictures are made: one as a guest, four with a key; what counts as one press of the button; what a remix keeps."""

import re

from playwright.sync_api import Route, expect

from local.emulator.faults import Fault
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind

EXAMPLE = "a red fox in the snow, morning light"
GENERATE = re.compile("^Generate")


def test_a_guests_first_picture_takes_one_click(visit: OpenVisit, guest: Guest, segmind: Segmind) -> None:
    visitor = visit()
    expect(visitor.left).to_have_text("4 free today")
    visitor.press("button", "Make this")

    visitor.sees(EXAMPLE)
    expect(visitor.stage.get_by_text("free", exact=False).first).to_be_visible()
    expect(visitor.left).to_have_text("3 free today")
    expect(visitor.prompt).to_have_value(EXAMPLE)
    assert guest.left() == 3
    assert len(segmind.billed(EXAMPLE)) == 1


def test_four_pictures_with_a_key_have_seeds_in_a_row(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    prompt = "a paper boat on a rainy street"
    visitor = visit(payer)
    expect(visitor.generate_button()).to_have_text(re.compile(r"\$0\.012"))
    visitor.choose_images(4)
    expect(visitor.generate_button()).to_have_text(re.compile(r"\$0\.048"))
    visitor.walk_to(visitor.page.get_by_role("group", name="Size").get_by_role("radio", checked=True))
    visitor.page.keyboard.press("ArrowRight")  # from the largest to the smallest
    visitor.write("40", visitor.one("textbox", "Seed"))
    visitor.write(prompt)
    visitor.press("button", GENERATE)

    visitor.sees(prompt, images=4)
    expect(visitor.latest).to_have_count(4)
    for index, picture in enumerate(visitor.latest.all(), start=1):
        expect(picture).to_have_attribute("alt", f"Picture {index} of 4: {prompt}")
    expect(visitor.picture(prompt, 4, of=4)).to_have_js_property("naturalWidth", 512)
    for seed in range(40, 44):
        expect(visitor.one("button", f"Use seed {seed}")).to_be_visible()
    expect(visitor.facts).to_contain_text("$0.048 · balance $0.95")
    expect(visitor.left).to_have_text("$0.952")
    assert payer.spent() == 4 * PRICE
    assert sorted(line.seed for line in segmind.billed(prompt)) == [40, 41, 42, 43]


def test_of_four_pictures_the_one_that_failed_is_made_again_alone(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    """With the seed that it would have had; what failed is not charged, and what is there is not paid twice."""
    segmind.emulator.script(Fault("not_a_picture", seed=42))
    visitor = visit(payer)
    visitor.write("40", visitor.one("textbox", "Seed"))
    visitor.ask("a hare", images=4)
    expect(visitor.stage.get_by_text("3 of 4 done — 1 failed, not charged.")).to_be_visible()
    expect(visitor.stage.get_by_text("Segmind sent no usable picture")).to_be_visible()
    expect(visitor.left).to_have_text("$0.964")
    visitor.press("button", "Retry it")
    visitor.sees("a hare")
    expect(visitor.one("button", "Use seed 42")).to_be_visible()
    assert sorted(line.seed for line in segmind.billed("a hare")) == [40, 41, 42, 42, 43]
    assert payer.spent() == 4 * PRICE


def test_a_double_click_is_one_job(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    with visitor.submits() as sent:
        visitor.one("button", re.compile("^Make this")).dblclick()
        visitor.sees(EXAMPLE)
        visitor.write("a hare in the grass")
        visitor.generate_button().dblclick()
        visitor.sees("a hare in the grass")
        expect(visitor.queue).to_have_count(0)

    assert len(sent) == 2
    assert len(segmind.billed(EXAMPLE)) == len(segmind.billed("a hare in the grass")) == 1
    assert payer.spent() == 2 * PRICE


def test_a_key_held_down_is_one_job(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    prompt = "an owl on a fence"
    visitor = visit(payer)
    visitor.write(prompt)
    keyboard = visitor.page.keyboard
    with visitor.submits() as sent:
        for held in (("Control",), ()):
            if not held:
                visitor.walk_to(visitor.generate_button())
            for key in held:
                keyboard.down(key)
            for _ in range(8):  # from the second on, it repeats
                keyboard.down("Enter")
            for key in ("Enter", *held):
                keyboard.up(key)
        visitor.sees(prompt)
        expect(visitor.queue).to_have_count(0)

    assert len(sent) == 2
    assert payer.spent() == 2 * PRICE
    assert len(segmind.billed(prompt)) == 2


def test_the_key_that_makes_the_example_held_down_is_one_job(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    visitor.walk_to(visitor.one("button", re.compile("^Make this")))
    with visitor.submits() as sent:
        for _ in range(8):
            visitor.page.keyboard.down("Enter")
        visitor.page.keyboard.up("Enter")
        visitor.sees(EXAMPLE)
        expect(visitor.queue).to_have_count(0)

    assert len(sent) == 1
    assert payer.spent() == PRICE


def test_a_remix_keeps_all_but_the_seed(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    prompt, other = "a greenhouse on the moon", "something else"
    visitor = visit(payer)
    visitor.press("button", "Negative")
    visitor.write("people", visitor.one("textbox", "Negative prompt"))
    visitor.walk_to(visitor.page.get_by_role("radio", name=re.compile("^Square")))
    visitor.page.keyboard.press("ArrowRight")
    visitor.write("7", visitor.one("textbox", "Seed"))
    visitor.make(prompt)
    (made,) = segmind.billed(prompt)
    visitor.press("button", "Reset all")
    visitor.write(other)
    visitor.press("button", "Remix")
    expect(visitor.notice("All settings but the seed are in the form.")).to_be_visible()
    expect(visitor.prompt).to_have_value(prompt)
    expect(visitor.one("textbox", "Seed")).to_have_value("")
    visitor.press("button", GENERATE)
    expect(visitor.page.get_by_role("img", name=f"Picture 1 of 1: {prompt}")).to_have_count(3)  # two are thumbnails
    expect(visitor.queue).to_have_count(0)

    again = segmind.billed(prompt)[-1]
    assert again.parameters == {**made.parameters, "seed": again.seed}
    assert again.seed != made.seed == 7
    assert made.parameters["negative_prompt"] == "people"
    assert made.parameters["img_width"] > made.parameters["img_height"]
    assert payer.spent() == 2 * PRICE


def test_the_seed_that_is_kept_is_that_of_the_picture_on_the_stage(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    visitor.make("a hare", images=2)
    seed = visitor.stage.get_by_role("button", name="Use seed").first.inner_text()
    visitor.make("an owl")
    visitor.latest.last.click()
    visitor.press("button", "All 2")
    visitor.sees("a hare", images=2)
    visitor.press("button", "Keep the seed")
    expect(visitor.one("textbox", "Seed")).to_have_value(seed)


def test_the_price_comes_from_the_api(visit: OpenVisit, payer: Payer) -> None:
    def dearer(route: Route) -> None:
        answer = route.fetch()
        price = {"per_image": 0.5, "micros_per_image": 500_000, "currency": "USD"}
        route.fulfill(response=answer, json={**answer.json(), "price": price})

    visitor = visit(payer)
    visitor.page.route("**/v1/models/BigDug-Sasha", dearer)
    visitor.come_again()
    expect(visitor.generate_button()).to_have_text(re.compile(r"\$0\.50?$"))
