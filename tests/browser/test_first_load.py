"""The first visit is light: few requests, few bytes, all of them from the page's own host."""

import gzip
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import OpenPage
from tests.running import Running

MOST_REQUESTS = 20
# Compressed as CloudFront compresses them at worst.
MOST_BYTES = {"script": 40_000, "stylesheet": 12_000, "document": 8_000}


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
