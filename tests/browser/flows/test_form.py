"""The form's keys and small controls: what they do to the settings, and that Segmind is asked for just that."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Payer, Segmind
from tests.browser.flows.visit import Visit

GENERATE = re.compile("^Generate")
A_SEED = re.compile(r"^\d+$")


def seed_of(visitor: Visit) -> Locator:
    return visitor.one("textbox", "Seed")


def test_ctrl_up_and_down_weigh_the_word_at_the_cursor(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """As if it were typed: the browser's own undo takes it back."""
    visitor = visit(payer)
    keyboard = visitor.page.keyboard
    visitor.write("a red fox in the snow")
    for key, prompt in (
        ("ArrowUp", "a red fox in the (snow:1.1)"),
        ("ArrowUp", "a red fox in the (snow:1.2)"),
        ("ArrowDown", "a red fox in the (snow:1.1)"),
        ("ArrowDown", "a red fox in the snow"),
        ("ArrowDown", "a red fox in the (snow:0.9)"),
    ):
        keyboard.press(f"ControlOrMeta+{key}")
        expect(visitor.prompt).to_have_value(prompt)
        expect(visitor.prompt).to_be_focused()
    keyboard.press("ControlOrMeta+z")
    expect(visitor.prompt).to_have_value("a red fox in the snow")

    keyboard.press("Home")
    for _ in "a red fox":
        keyboard.press("Shift+ArrowRight")
    keyboard.press("ControlOrMeta+ArrowUp")
    expect(visitor.prompt).to_have_value("(a red fox:1.1) in the snow")
    keyboard.press("ControlOrMeta+Enter")
    visitor.sees("(a red fox:1.1) in the snow")
    assert len(segmind.billed("(a red fox:1.1) in the snow")) == 1


def test_width_and_height_are_swapped(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """There is nothing to be swapped in a square."""
    visitor = visit(payer)
    swap = visitor.one("button", "Swap width and height")
    expect(swap).to_be_disabled()
    shapes = visitor.page.get_by_role("group", name="Shape").get_by_role("radio")
    visitor.walk_to(shapes.and_(visitor.page.get_by_role("radio", checked=True)))
    visitor.page.keyboard.press("ArrowRight")
    chosen = shapes.and_(visitor.page.get_by_role("radio", checked=True))
    wide = chosen.get_attribute("aria-label")
    assert wide
    width, height = re.findall(r"\d+", wide)
    assert int(width) > int(height)

    visitor.press("button", "Swap width and height")
    expect(chosen).to_have_accessible_name(f"Portrait, {height} × {width}")
    expect(swap).to_be_focused()
    visitor.make("a hare")
    (made,) = segmind.billed("a hare")
    assert (made.parameters["img_width"], made.parameters["img_height"]) == (int(height), int(width))


def test_a_seed_is_drawn_let_go_and_taken_back(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    seed, kept = seed_of(visitor), visitor.one("button", "Keep the seed")
    expect(seed).to_have_value("")
    expect(kept).to_have_attribute("aria-pressed", "false")
    visitor.press("button", "Draw a seed")
    expect(seed).to_have_value(A_SEED)
    expect(kept).to_have_attribute("aria-pressed", "true")
    drawn = seed.input_value()
    visitor.page.keyboard.press("Enter")
    expect(seed).not_to_have_value(drawn)
    drawn = seed.input_value()

    visitor.press("button", "Keep the seed")
    expect(seed).to_have_value("")
    expect(kept).to_have_attribute("aria-pressed", "false")
    visitor.page.keyboard.press("Enter")
    expect(seed).to_have_value(drawn)
    for prompt in ("a hare", "an owl"):
        visitor.make(prompt)
        assert [line.seed for line in segmind.billed(prompt)] == [int(drawn)]


def test_the_seed_of_the_picture_on_show_is_kept(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    visitor.make("a hare")
    expect(seed_of(visitor)).to_have_value("")
    visitor.press("button", "Keep the seed")
    (made,) = segmind.billed("a hare")
    expect(seed_of(visitor)).to_have_value(str(made.seed))


def test_a_style_puts_its_words_into_the_prompt_and_takes_them_out(
    visit: OpenVisit, payer: Payer, segmind: Segmind
) -> None:
    """Whoever wrote them; and they are asked for."""
    visitor = visit(payer)
    visitor.write("a hare")
    visitor.press("button", "Style")
    ink, oil = visitor.one("button", "Ink"), visitor.one("button", "Oil")
    visitor.press("button", "Ink")
    expect(visitor.prompt).to_have_value("a hare, ink drawing, fine lines")
    expect(ink).to_have_attribute("aria-pressed", "true")
    visitor.press("button", "Oil")
    expect(visitor.prompt).to_have_value("a hare, ink drawing, fine lines, oil painting, visible brush strokes")
    visitor.press("button", "Ink")
    styled = "a hare, oil painting, visible brush strokes"
    expect(visitor.prompt).to_have_value(styled)
    expect(ink).to_have_attribute("aria-pressed", "false")
    visitor.press("button", GENERATE)
    visitor.sees(styled)
    assert (len(segmind.billed(styled)), payer.spent()) == (1, PRICE)

    visitor.write("a hare")
    expect(oil).to_have_attribute("aria-pressed", "false")
