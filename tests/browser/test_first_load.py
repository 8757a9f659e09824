"""The first visit is light: few requests, few bytes, all of them from the page's own host."""

import gzip
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.chromium import CUT_OFF
from tests.browser.conftest import OpenPage
from tests.browser.visitor import GENERATE_FREE
from tests.running import Running

MOST_REQUESTS = 20
# Compressed as CloudFront compresses them at worst.
MOST_BYTES = {"script": 40_000, "stylesheet": 12_000, "document": 8_000}

# As if start.js waited for the picture as long as it takes.
ENDLESS_PATIENCE = """
const wait = window.setTimeout;
window.setTimeout = (run, ms, ...more) => (ms === 1000 ? 0 : wait(run, ms, ...more));
"""


@dataclass(frozen=True)
class Load:
    """What one visit brought, by what it is for."""

    responses: list[Response]

    @property
    def urls(self) -> list[str]:
        return [response.url for response in self.responses]

    def compressed(self, kind: str) -> dict[str, int]:
        return {
            urlsplit(response.url).path: len(gzip.compress(response.body(), 6))
            for response in self.responses
            if response.request.resource_type == kind
        }


def first_visit(page: Page, address: str) -> Load:
    """Everything until the page rests, and the form is there."""
    responses: list[Response] = []

    def note(response: Response) -> None:
        responses.append(response)

    page.on("response", note)
    page.goto(address)
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return Load(responses)


def test_it_is_light_and_all_from_one_host(page: Page, running: Running) -> None:
    load = first_visit(page, running.page)

    assert {urlsplit(url).netloc for url in load.urls} == {urlsplit(running.page).netloc}
    assert len(load.urls) <= MOST_REQUESTS, "\n".join(load.urls)
    for kind, most in MOST_BYTES.items():
        sizes = load.compressed(kind)
        assert 0 < sum(sizes.values()) <= most, sizes
    assert [each.url for each in load.responses if each.request.resource_type == "font"] == []
    assert [each.url for each in load.responses if not each.ok] == []


def test_the_picture_comes_before_what_the_form_is_made_of(page: Page, running: Running) -> None:
    page.add_init_script(ENDLESS_PATIENCE)
    happened: list[str] = []
    page.on("requestfinished", lambda request: happened.append(f"has come: {urlsplit(request.url).path}"))
    page.on("request", lambda request: happened.append(urlsplit(request.url).path))

    load = first_visit(page, running.page)

    modules = {urlsplit(response.url).path for response in load.responses if response.request.resource_type == "script"}
    later = {"/styles/panel.css", "/v1/models/BigDug-Sasha", *modules} - {"/app/start.js"}
    assert "/app/main.js" in later
    assert min(happened.index(path) for path in later) > happened.index("has come: /example.avif")
    # Asked for before the modules that need it are there, and not again by them.
    assert happened.count("/v1/models/BigDug-Sasha") == 1


def test_nobody_waits_for_a_picture_that_does_not_come(page: Page, running: Running) -> None:
    page.route("**/example.avif", lambda _: None)

    page.goto(running.page, wait_until="commit")

    expect(page.get_by_role("button", name=GENERATE_FREE)).to_be_visible()


def test_whoever_wants_another_view_waits_for_no_picture(page: Page, running: Running) -> None:
    page.route("**/example.avif", lambda _: None)
    page.add_init_script(ENDLESS_PATIENCE)

    page.goto(f"{running.page}/#/gallery", wait_until="commit")

    expect(page.get_by_role("region", name="Gallery")).to_be_visible()


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_chosen_theme_is_there_at_the_first_paint(page: Page, running: Running, chosen: str) -> None:
    """Against the system's, so that another would be seen."""
    page.emulate_media(color_scheme="dark" if chosen == "light" else "light")
    page.add_init_script(f"""
        localStorage.setItem("sasha.theme", "{chosen}");
        window.atPaint = new Promise((resolve) => new PerformanceObserver(() =>
          resolve(document.documentElement.dataset.theme)).observe({{ type: "paint", buffered: true }}));
    """)
    page.route("**/app/main.js", lambda _: None)

    page.goto(running.page, wait_until="commit")

    assert page.evaluate("atPaint") == chosen
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "oklch(0.985 0.002 250)", "dark": "oklch(0.16 0.004 250)"}[chosen]


def test_what_cannot_be_loaded_is_said(page: Page, running: Running, refusals: set[int | str]) -> None:
    refusals |= {CUT_OFF, "Failed to fetch dynamically imported module"}
    page.route("**/app/form.js", lambda route: route.abort())
    page.goto(running.page)
    expect(page.get_by_text("A part of this page did not arrive")).to_be_visible()

    page.unroute("**/app/form.js")
    page.get_by_role("link", name="Load it again").click()

    expect(page.get_by_role("button", name=GENERATE_FREE)).to_be_visible()
    expect(page.get_by_text("A part of this page did not arrive")).to_be_hidden()


def test_nothing_is_kept_of_a_visitor_who_only_looks(page: Page, running: Running) -> None:
    first_visit(page, running.page)

    assert page.context.cookies() == []
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0


def test_without_javascript_a_sentence_says_so(open_page: OpenPage, running: Running) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(running.page)

    sentence = page.locator("noscript p")  # Playwright's texts and roles leave such elements out
    expect(sentence).to_be_in_viewport()
    assert "JavaScript, which is switched off" in sentence.inner_text()
    expect(sentence.locator("a")).to_have_attribute("href", "/openapi.json")
    expect(page.get_by_role("img", name="Example")).to_be_visible()
