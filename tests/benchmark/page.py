"""Rows "page" and "gallery": what a visitor on a phone waits for, by Lighthouse, and a thousand pictures in use."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from sasha.core.parameters import GenerationParameters
from tests.benchmark.bare_site import bare_site
from tests.benchmark.row import Goal, Row, Series, in_turn
from tests.browser.chromium import DESK, chromium
from tests.running import ROOT, run_locally

# What Lighthouse says now and then of a browser that had no time for it, and that it is to be run again.
NO_TRACE, LIGHTHOUSE_TRIES = "(NO_NAVSTART)", 3
LIGHTHOUSE = ROOT / "tests" / "benchmark" / "node_modules" / ".bin" / "lighthouse"
SCORES = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
# Metric of Lighthouse, unit, the most that it may be, and what one of it is in that unit.
EXAMPLE = GenerationParameters(prompt="a red fox in the snow", seed=42)
MOST_REQUESTS = 20
METRICS = (
    ("largest-contentful-paint", "ms", 1200),
    ("total-blocking-time", "ms", 50),
    ("cumulative-layout-shift", "", 0.01),
)
PICTURES = 1000
MANY = (ROOT / "tests" / "browser" / "many.js").read_text()
SEARCHES = ("fox", "fox snow", "lighthouse", "boat dawn", "number 99", "")
# From the page's first moment on, whatever the browser does for more than 50 ms at a stretch.
WATCH = """{
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
  observer.observe({ type: "longtask", buffered: true });
  window.longestSoFar = () => {
    const all = [...long.splice(0), ...observer.takeRecords()];
    return Math.max(0, ...all.map(({ duration }) => duration));
  };
}"""
# The longest of it since it was asked for last, once all pictures near the window are drawn and nothing is left to do.
LONGEST = """async () => {
  const isDrawn = (image) => image.complete && image.naturalWidth > 0;
  const areDrawn = () => [...document.querySelectorAll("#gallery img")].every(isDrawn);
  while (!areDrawn()) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => setTimeout(done, 300));
  return longestSoFar();
}"""
# The time from a key to the pictures that it changed.
FILTER = """async (text) => {
  await new Promise((done) => setTimeout(done)); // what the debugger begins itself counts as no task
  const field = document.querySelector("#gallery input[type=search]");
  const began = performance.now();
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""
# To the end and back, half a window in each frame, as fast as a wheel goes.
SCROLL = """async () => {
  for (const step of [innerHeight / 2, -innerHeight / 2]) {
    for (let before = NaN; before !== scrollY; ) {
      before = scrollY;
      scrollBy(0, step);
      await new Promise((done) => requestAnimationFrame(done));
    }
  }
}"""


def page(rounds: int) -> list[Row]:
    """Lighthouse, mobile, of the page as `make run` serves it, beside a page with the same picture and nothing else."""
    with run_locally() as running, bare_site(EXAMPLE) as bare:
        measured = in_turn(rounds, lambda: lighthouse(running.page), lambda: lighthouse(bare))
    page_reports, bare_reports = measured

    def series(what: str, reports: Sequence[Mapping[str, float]], name: str) -> Series:
        return Series(what, tuple(report[name] for report in reports))

    scores = [
        Row(f"page, {name}", "", series("Lighthouse's score", page_reports, name), None, Goal(least, of="least"))
        for name, least in SCORES.items()
    ]
    metrics = [
        Row(
            f"page, {name}",
            unit,
            series("Lighthouse, mobile", page_reports, name),
            series("a page with the picture alone", bare_reports, name),
            Goal(most, of="value"),
        )
        for name, unit, most in METRICS
    ]
    weight = [
        Row(
            f"page, {name}",
            unit,
            series("a first visit", page_reports, name),
            series("a page with the picture alone", bare_reports, name),
            goal,
        )
        for name, unit, goal in (("requests", "", Goal(MOST_REQUESTS, of="value")), ("bytes", "KB", None))
    ]
    return [*scores, *metrics, *weight]


def gallery(rounds: int) -> list[Row]:
    """Milliseconds that 1,000 pictures take, beside 20: until what a search finds is drawn, and at a stretch."""
    many, few = in_turn(rounds, lambda: _used(PICTURES), lambda: _used(20))
    measured = {
        "filter": "the slowest of six searches",
        "task, loading": "the longest task over 50 ms, the page loaded there",
        "task, opening": "the same, come from the form",
        "task, scrolling": "the same, to the end and back",
        "task, filter": "the same, six searches",
    }
    return [
        Row(
            f"gallery, {name}",
            "ms",
            Series(f"1,000 pictures, {what}", ours),
            Series("of 20", theirs),
            Goal(50, "value"),
        )
        for (name, what), ours, theirs in zip(
            measured.items(), zip(*map(astuple, many), strict=True), zip(*map(astuple, few), strict=True), strict=True
        )
    ]


def lighthouse(url: str) -> dict[str, float]:
    """Scores from 0 to 100, and the metrics. Raises RuntimeError where Lighthouse could not load the page."""
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "report.json"
        command = [str(LIGHTHOUSE), url, "--output=json", f"--output-path={told}", f"--chrome-flags={flags}", "--quiet"]
        environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
        for _ in range(LIGHTHOUSE_TRIES):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if NO_TRACE not in done.stderr:
                break
        if done.returncode:
            raise RuntimeError(f"Lighthouse failed:\n{done.stderr[-2000:]}")
        report: dict[str, Any] = json.loads(told.read_text())
    if error := report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse could not load {url}: {error.get('message')}")
    calls = report["audits"]["network-requests"]["details"]["items"]
    return {
        **{name: 100 * report["categories"][name]["score"] for name in SCORES},
        **{name: report["audits"][name]["numericValue"] for name, _, _ in METRICS},
        "requests": len(calls),
        "bytes": sum(call["transferSize"] for call in calls) / 1000,
    }


@dataclass(frozen=True)
class Use:
    """Milliseconds: the slowest of some searches; then the longest of the tasks that Chromium calls long (0: none)."""

    search: float
    loading: float
    opening: float
    scrolling: float
    searching: float


def _used(count: int) -> Use:
    with run_locally() as running, chromium() as browser:
        tab = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
        tab.add_init_script(WATCH)
        tab.goto(running.page)
        tab.evaluate(MANY, {"count": count})
        tab.goto(f"{running.page}/#/gallery")
        tab.reload()
        first = tab.locator("#gallery img").first
        first.wait_for()
        loading = _longest(tab)
        tab.goto(f"{running.page}/#/create")
        tab.reload()
        tab.get_by_role("region", name="Queue and latest pictures").get_by_role("img").first.wait_for()
        tab.evaluate("async () => { await new Promise((done) => setTimeout(done, 1000)); longestSoFar(); }")
        tab.get_by_role("navigation", name="Views").get_by_role("link", name="Gallery").click()
        first.wait_for()
        opening = _longest(tab)
        tab.evaluate(SCROLL)
        scrolling = _longest(tab)
        searches = [(float(tab.evaluate(FILTER, text)), _longest(tab)) for text in SEARCHES]
        search, searching = (max(each) for each in zip(*searches, strict=True))
        return Use(search, loading, opening, scrolling, searching)


def _longest(tab: Page) -> float:
    longest: float = tab.evaluate(LONGEST)
    return longest
