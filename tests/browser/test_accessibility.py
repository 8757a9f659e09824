"""Everybody can use it: what axe finds, in each state, light and dark, on phones and desks; and what axe cannot see."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.chromium import A_PHONE
from tests.browser.conftest import OpenPage
from tests.browser.states import CONTEXT, STATES, State
from tests.browser.visitor import GENERATE_FREE
from tests.running import Running

PROBES = Path(__file__).with_name("probes.js").read_text(encoding="utf-8")
# 320 is what 1280 is at 400 %; 720 by 450 is what 1440 by 900 is at 200 %.
HEIGHTS = {320: 640, 360: 740, 720: 450, 768: 1024, 1440: 900}
MAIN = [pytest.param(state, id=state.name) for state in STATES.values() if state.main]
ALL = [pytest.param(state, id=state.name) for state in STATES.values()]
# Between them they show every part of the page.
EACH_PART = [pytest.param(STATES[name], id=name) for name in ("all-settings", "queue", "gallery-chosen", "guide")]
# With them, every kind of text is shown.
EACH_TEXT = [
    *EACH_PART,
    *(
        pytest.param(STATES[name], id=name)
        for name in ("done-four", "details", "key-dialog", "not-set-up", "server-history")
    ),
]
MOST_STOPS = 120
Refusals = set[int | str]


def bring(open_page: OpenPage, running: Running, state: State, refusals: Refusals, **device: Any) -> Page:
    """A fresh page in this state, on a phone's width: what can be done there can be done on any."""
    refusals |= state.refusals
    device = device or {"viewport": {"width": 360, "height": HEIGHTS[360]}}
    page = state.bring(open_page(**CONTEXT, **device), running)
    page.evaluate(PROBES)
    return page


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def assert_nothing(found: list[str]) -> None:
    assert found == [], "\n" + "\n".join(found)


def probe(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(f"probes.{name}()")
    return found


def broken_rules(page: Page, widths: tuple[int, ...]) -> list[str]:
    """What axe finds in each width and scheme of the page as it stands, and whether one must scroll sideways."""
    found = []
    for width in widths:
        resize(page, width)
        found += [f"{width} px, too wide: {text}" for text in probe(page, "tooWide")]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} px, {scheme}: {text}" for text in axe.violations(page)]
    return found


def ill_laid_out(page: Page) -> list[str]:
    """What makes one scroll sideways, and texts that are cut, stick out or lie upon each other."""
    return [f"{name}: {text}" for name in ("tooWide", "cut", "overlapping") for text in probe(page, name)]


def hidden_stops(page: Page) -> list[str]:
    """Where the Tab key leads to what is out of sight, covered or not marked (WCAG 2.4.7 and 2.4.11)."""
    found = []
    for number in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(f"probes.stop({'true' if number == 0 else 'false'})")
        if stop is None:
            break
        if stop:
            found.append(stop)
    return found


def test_axe_sees_what_is_wrong(page: Page, running: Running) -> None:
    """A text without contrast and a picture without words, on a page that has neither otherwise."""
    page.goto(running.page)
    page.evaluate("""() => {
      document.querySelector("#example img").removeAttribute("alt");
      document.querySelector("#example p").style.color = "var(--line)";
    }""")

    found = axe.violations(page)

    assert sorted(text.split(":")[0] for text in found) == ["color-contrast", "image-alt"]


@pytest.mark.parametrize("state", MAIN)
def test_a_main_state_breaks_no_rule(open_page: OpenPage, running: Running, refusals: Refusals, state: State) -> None:
    page = bring(open_page, running, state, refusals)

    assert_nothing(broken_rules(page, (360, 1440)))


@pytest.mark.verify
@pytest.mark.parametrize("state", ALL)
def test_no_state_breaks_a_rule(open_page: OpenPage, running: Running, refusals: Refusals, state: State) -> None:
    page = bring(open_page, running, state, refusals)

    assert_nothing(broken_rules(page, (360, 768, 1440)))


@pytest.mark.parametrize("state", EACH_PART)
def test_it_reflows_keeps_still_and_hides_no_focus(
    open_page: OpenPage, running: Running, refusals: Refusals, state: State
) -> None:
    """At 320 px and at 200 %, for a visitor who asked for less motion."""
    page = bring(open_page, running, state, refusals)

    assert_nothing(probe(page, "moving"))
    for width in (320, 720, 1440):
        resize(page, width)
        assert_nothing([f"{width} px: {text}" for text in ill_laid_out(page) + hidden_stops(page)])


def test_the_probes_see_what_is_cut_and_what_overlaps(page: Page, running: Running) -> None:
    page.goto(running.page)
    page.get_by_role("button", name=GENERATE_FREE).wait_for()
    page.evaluate(PROBES)
    assert ill_laid_out(page) == []

    page.evaluate("""() => {
      Object.assign(document.querySelector(".panel-generate").style, { flex: "0 0 60px", minInlineSize: 0 });
      document.querySelector("#example figcaption p").style.translate = "0 34px";
      document.querySelector("#footer").style.inlineSize = "120vw";
    }""")

    assert [len(probe(page, name)) > 0 for name in ("tooWide", "cut", "overlapping")] == [True, True, True]


@pytest.mark.parametrize("state", EACH_TEXT)
def test_text_at_200_percent_is_neither_cut_nor_covered(
    open_page: OpenPage, with_large_text: Browser, running: Running, refusals: Refusals, state: State
) -> None:
    """The visitor's own preference, without zoom (WCAG 1.4.4), on a phone as on a desk."""
    desk = {"width": 1440, "height": HEIGHTS[1440]}
    page = bring(open_page, running, state, refusals, by=with_large_text, viewport=desk)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"

    for width in (1440, 768, 360):
        resize(page, width)
        assert_nothing([f"{width} px: {text}" for text in ill_laid_out(page) + hidden_stops(page)])


@pytest.mark.parametrize("state", EACH_PART)
def test_fingers_find_what_they_press(open_page: OpenPage, running: Running, refusals: Refusals, state: State) -> None:
    page = bring(open_page, running, state, refusals, **A_PHONE)

    assert_nothing(probe(page, "small") + probe(page, "tooWide"))


@pytest.mark.parametrize("state", EACH_PART)
def test_it_is_seen_in_the_systems_own_colours(
    open_page: OpenPage, running: Running, refusals: Refusals, state: State
) -> None:
    """Forced colours take backgrounds and shadows away: what is chosen must be told apart by something else."""
    page = bring(open_page, running, state, refusals, viewport={"width": 1440, "height": HEIGHTS[1440]})
    page.emulate_media(forced_colors="active")

    assert_nothing(axe.violations(page) + probe(page, "sameWhenChosen"))
