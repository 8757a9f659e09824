"""A picture on the stage: what single keys and a finger do, variations of it, and its file."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.chromium import A_PHONE
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Payer, Segmind
from tests.browser.flows.visit import Visit

Point = tuple[int, int]


def at_the_star(visitor: Visit) -> None:
    """Where nothing is being typed."""
    visitor.walk_to(visitor.one("button", "Star"))


def test_the_arrow_keys_lead_to_older_and_newer_pictures(visit: OpenVisit, payer: Payer) -> None:
    """And no farther than there are any."""
    visitor = visit(payer)
    for prompt in ("a heron", "an owl", "a hare"):
        visitor.make(prompt)
    at_the_star(visitor)
    for key, prompt in (
        ("ArrowLeft", "a hare"),
        ("ArrowRight", "an owl"),
        ("ArrowRight", "a heron"),
        ("ArrowRight", "a heron"),
        ("ArrowLeft", "an owl"),
    ):
        visitor.page.keyboard.press(key)
        visitor.sees(prompt)
        expect(visitor.stage.get_by_role("img")).to_have_count(1)


def test_single_keys_star_open_details_remix_and_show_the_code(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    keyboard = visitor.page.keyboard
    visitor.write("42", visitor.one("textbox", "Seed"))
    visitor.make("a hare")
    visitor.write("")
    at_the_star(visitor)
    for pressed in ("true", "false"):
        keyboard.press("f")
        expect(visitor.one("button", "Star")).to_have_attribute("aria-pressed", pressed)

    keyboard.press("i")
    details = visitor.page.get_by_role("dialog", name="Details")
    expect(details.get_by_text("a hare", exact=True)).to_be_visible()
    keyboard.press("Escape")
    expect(details).to_have_count(0)

    keyboard.press("r")
    expect(visitor.notice("All settings but the seed are in the form.")).to_be_visible()
    expect(visitor.prompt).to_have_value("a hare")
    expect(visitor.one("textbox", "Seed")).to_have_value("")

    at_the_star(visitor)
    keyboard.press("c")
    code = visitor.page.get_by_role("tabpanel").locator("pre")
    expect(code).to_contain_text("a hare")
    expect(code).to_contain_text("42")


def test_single_keys_are_letters_where_one_types(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    visitor.make("a hare")
    visitor.write("")
    visitor.page.keyboard.type("frdci?/")
    expect(visitor.prompt).to_have_value("frdci?/")
    visitor.walk_to(visitor.one("button", "Details"))
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("dialog")).to_have_accessible_name("Details")
    expect(visitor.one("button", "Star")).to_have_attribute("aria-pressed", "false")


def swipe(page: Page, start: Point, end: Point) -> None:
    """One finger, by way of the middle."""
    browser = page.context.new_cdp_session(page)
    middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
    for kind, points in (("Start", [start]), ("Move", [middle]), ("Move", [end]), ("End", [])):
        touches = [{"x": x, "y": y} for x, y in points]
        browser.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})


def test_a_finger_leads_to_older_and_newer_pictures(visit: OpenVisit, payer: Payer) -> None:
    """More up than sideways it scrolls, and leads nowhere."""
    visitor = visit(payer, **A_PHONE)
    for prompt in ("an owl", "a hare"):
        visitor.write(prompt)
        visitor.page.keyboard.press("ControlOrMeta+Enter")
        visitor.sees(prompt)
    box = visitor.picture("a hare").bounding_box()
    assert box
    left, right, y = int(box["x"] + 40), int(box["x"] + box["width"] - 40), int(box["y"] + box["height"] / 2)
    swipe(visitor.page, (right, y), (left, y))
    visitor.sees("an owl")
    swipe(visitor.page, (left, y), (right, y))
    visitor.sees("a hare")
    swipe(visitor.page, (right, y), (right - 100, y - 120))
    visitor.sees("a hare")
    swipe(visitor.page, (right, y), (left, y))
    visitor.sees("an owl")


def test_variations_are_made_of_the_seeds_to_both_sides(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    visitor.write("42", visitor.one("textbox", "Seed"))
    visitor.make("a hare")
    visitor.press("button", "Vary")
    expect(visitor.one("button", re.compile(r"^Make 2 pictures · \$0\.024$"))).to_be_visible()
    visitor.walk_to(visitor.one("radio", "±1"))
    visitor.page.keyboard.press("ArrowRight")
    visitor.press("button", re.compile(r"^Make 4 pictures · \$0\.048$"))
    expect(visitor.latest).to_have_count(5)
    expect(visitor.queue).to_have_count(0)
    expect(visitor.one("button", re.compile("^Make 4"))).to_have_count(0)

    first, *varied = segmind.billed("a hare")
    assert sorted(line.seed for line in varied) == [40, 41, 43, 44]
    assert all(line.parameters | {"seed": 42} == first.parameters for line in varied)
    assert payer.spent() == 5 * PRICE


def saved(visitor: Visit, folder: Path) -> Path:
    """What the key for it downloads."""
    at_the_star(visitor)
    with visitor.page.expect_download() as coming:
        visitor.page.keyboard.press("d")
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_files_hold_no_settings_once_that_is_switched_off(visit: OpenVisit, payer: Payer, tmp_path: Path) -> None:
    """Also after a reload; and the picture stays the same."""
    visitor = visit(payer)
    visitor.write("42", visitor.one("textbox", "Seed"))
    visitor.make("a hare")
    with Image.open(saved(visitor, tmp_path)) as picture:
        assert picture.info["parameters"].startswith("a hare\n")
        pixels = picture.convert("RGB").tobytes()

    visitor.walk_to(visitor.page.locator("summary", has_text="Advanced"))
    visitor.page.keyboard.press("Enter")
    switch = re.compile("^Write the settings into downloaded files")
    expect(visitor.one("switch", switch)).to_be_checked()
    visitor.press("switch", switch, "Space")
    visitor.come_again()
    visitor.sees("a hare")
    path = saved(visitor, tmp_path)
    assert b"a hare" not in path.read_bytes()
    with Image.open(path) as picture:
        assert "parameters" not in picture.info
        assert picture.convert("RGB").tobytes() == pixels
