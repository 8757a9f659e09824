"""Rows "page" and "gallery": what a visitor on a phone waits for, by Lighthouse, and a thousand pictures searched."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sasha.core.parameters import GenerationParameters
from tests.benchmark.bare_site import bare_site
from tests.benchmark.row import Goal, Row, Series, in_turn
from tests.browser.chromium import DESK, chromium
from tests.running import ROOT, run_locally

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
# The longest of what the browser did at a stretch, and the time from a key to the picture that it changed.
FILTER = """async (text) => {
  const longest = [];
  const observer = new PerformanceObserver((list) => longest.push(...list.getEntries().map((each) => each.duration)));
  observer.observe({ type: "longtask" });
  const field = document.querySelector("#gallery input[type=search]");
  const began = performance.now();
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const took = performance.now() - began;
  await new Promise((done) => setTimeout(done, 300));
  observer.disconnect();
  return [took, Math.max(0, ...longest)];
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
    """Milliseconds from a key in the search field until what it finds is drawn, of 1,000 pictures and of 20."""
    many, few = in_turn(rounds, lambda: _searched(PICTURES), lambda: _searched(20))
    of_twenty = "the same of 20"
    return [
        Row(
            "gallery, filter",
            "ms",
            Series("1,000 pictures, the slowest of six searches", tuple(took for took, _ in many)),
            Series(of_twenty, tuple(took for took, _ in few)),
            Goal(50, of="value"),
        ),
        Row(
            "gallery, task",
            "ms",
            Series("1,000 pictures, the longest task over 50 ms", tuple(longest for _, longest in many)),
            Series(of_twenty, tuple(longest for _, longest in few)),
            Goal(50, of="value"),
        ),
    ]


def lighthouse(url: str) -> dict[str, float]:
    """Scores from 0 to 100, and the metrics. Raises RuntimeError where Lighthouse could not load the page."""
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "report.json"
        command = [str(LIGHTHOUSE), url, "--output=json", f"--output-path={told}", f"--chrome-flags={flags}", "--quiet"]
        environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
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


def _searched(count: int) -> tuple[float, float]:
    """Of some searches in a row the slowest, and the longest task that Chromium calls long (0: none)."""
    with run_locally() as running, chromium() as browser:
        tab = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
        tab.goto(running.page)
        tab.evaluate(MANY, {"count": count})
        tab.goto(f"{running.page}/#/gallery")
        tab.reload()
        tab.locator("#gallery img").first.wait_for()
        tab.wait_for_timeout(1000)
        measured = [tab.evaluate(FILTER, text) for text in SEARCHES]
    return max(took for took, _ in measured), max(longest for _, longest in measured)
