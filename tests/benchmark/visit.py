"""Row "visit": how soon a visitor's click becomes a request, and how soon a result becomes a picture on the screen."""

import re
from dataclasses import dataclass

from playwright.sync_api import Browser, expect

from sasha.core.parameters import GenerationParameters
from tests.benchmark.bare_site import bare_site
from tests.benchmark.row import Findings, Row, Series, in_turn
from tests.browser.chromium import DESK, chromium
from tests.running import run_locally

WANTED = GenerationParameters(prompt="a red fox in the snow", seed=42)
# A visitor without a key may go on and on.
PARAMETERS = ("GuestImagesPerDay=1000", "GuestImagesPerDayTotal=1000000", "MonthlySpendLimitMicros=1000000000000")
SECONDS_PER_PICTURE = "0.5"
BARE = "a page that does nothing else"
# Notes when the button was pressed and when the frame came that shows the picture, in ms.
WATCH = """() => {
  globalThis.moments = {};
  const known = new Set(document.images);
  addEventListener("click", (event) => (moments.clicked = event.timeStamp), { capture: true, once: true });
  const isNew = (image) => !known.has(image) && image.alt.startsWith("Picture 1 of 1");
  moments.painted = new Promise((done) => {
    const look = () => {
      const image = [...document.images].find(isNew);
      requestAnimationFrame(image?.complete && image.naturalWidth ? done : look);
    };
    requestAnimationFrame(look);
  });
}"""
# From the click to the request; from the answer that told the result to the picture.
TELL = """async () => {
  const painted = await moments.painted;
  const { clicked } = moments;
  const calls = performance.getEntriesByType("resource").filter((each) => each.startTime >= clicked);
  const sent = calls.find((each) => each.name.endsWith("/v2/BigDug-Sasha"));
  const told = calls.findLast((each) => each.responseEnd <= painted && /\\/v2\\/requests\\/[^/]+$/.test(each.name));
  return [sent.startTime - clicked, painted - told.responseEnd];
}"""


@dataclass(frozen=True)
class Picture:
    """Milliseconds."""

    sent_ms: float
    painted_ms: float


def visit(rounds: int) -> Findings:
    """Milliseconds, of a first picture in a fresh browser and of the next one."""
    stack = run_locally("--latency", SECONDS_PER_PICTURE, "--parameter-overrides", *PARAMETERS)
    with stack as running, bare_site(WANTED) as bare, chromium() as browser:
        own, beside = in_turn(
            rounds, lambda: _pictures(browser, running.page), lambda: _pictures(browser, f"{bare}click.html")
        )
    rows = []
    for nth, which in enumerate(("first picture", "next picture")):
        for name, what in (("sent_ms", "click to request sent"), ("painted_ms", "result to picture painted")):
            value, baseline = (tuple(getattr(each[nth], name) for each in of) for of in (own, beside))
            rows.append(Row(f"visit, {which}", "ms", Series(what, value), Series(BARE, baseline)))
    return rows


def _pictures(browser: Browser, url: str) -> list[Picture]:
    """Two, one after the other, of a visitor who has never been there."""
    page = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
    try:
        page.goto(url)
        generate = page.get_by_role("button", name=re.compile("^Generate"))
        expect(generate).to_be_visible()
        if page.get_by_label("Prompt", exact=True).count():
            expect(page.get_by_role("group", name="Images", include_hidden=True)).to_be_attached()
            page.get_by_label("Prompt", exact=True).fill(WANTED.prompt)
        page.wait_for_load_state("networkidle")
        pictures = []
        for _ in range(2):
            page.evaluate(WATCH)
            generate.click()
            pictures.append(Picture(*page.evaluate(TELL)))
            page.wait_for_load_state("networkidle")
        return pictures
    finally:
        page.close()
