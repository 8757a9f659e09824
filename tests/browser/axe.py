"""What axe-core finds on a page, as text that says where and why."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SOURCE = Path(__file__).parents[1] / "frontend/node_modules/axe-core/axe.min.js"
# WCAG 2.0 to 2.2, A and AA, and what axe calls best practices.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """
async (tags) => {
  const run = (where, more) => axe.run(where, { resultTypes: ["violations"], ...more });
  const found = await run(document, { runOnly: { type: "tag", values: tags } });
  const told = [];
  for (const { id, help, nodes } of found.violations) {
    for (const { target, html, failureSummary: why } of nodes) {
      if (id === "target-size") {
        // What is scrolled halfway under something that sticks is small there alone.
        const element = document.querySelector(target[0]);
        element.scrollIntoView({ block: "center" });
        if ((await run(element, { runOnly: [id] })).violations.length === 0) continue;
      }
      told.push({ id, help, target: target.join(" "), html, why });
    }
  }
  return told;
}
"""


@cache
def _source() -> str:
    return _SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """One text per element that breaks a rule. The page's CSP has no say: its source is evaluated, not added."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_source())
    return [_told(found) for found in page.evaluate(_RUN, _TAGS)]


def _told(found: dict[str, Any]) -> str:
    html, why = (" ".join(found[name].split()) for name in ("html", "why"))
    return f"{found['id']}: {found['help']}\n    {found['target']}\n    {html[:200]}\n    {why}"
