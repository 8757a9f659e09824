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
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, html, failureSummary: why }) => ({ target: target.join(" "), html, why })),
  }));
}
"""


@cache
def _source() -> str:
    return _SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """One text per element that breaks a rule. The page's CSP has no say: its source is evaluated, not added."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_source())
    return [
        f"{rule['id']}: {rule['help']}\n    {_where(node)}"
        for rule in page.evaluate(_RUN, _TAGS)
        for node in rule["nodes"]
    ]


def _where(node: dict[str, Any]) -> str:
    why = " ".join(node["why"].split())
    return f"{node['target']}\n    {node['html'][:200]}\n    {why}"
