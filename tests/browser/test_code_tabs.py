"""The API tab: its code is read from the page and run as it stands; and the dialogs around the key."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.clock import standstill
from tests.browser.visitor import open_key_dialog, use_key
from tests.running import ROOT, Running

PATIENCE_S = 120
# All that a shell, JavaScript, Python, JSON or an editor could trip over.
PROMPT = (
    "a fox's \"den\"\nin the snow, $HOME `ls` $(id) ${x} %s {1} \\n \\ 'a' 🦊👩‍🚀 שועל בשלג ثعلب \u202e!\u2069 </pre>"
)
FORM = {"prompt": PROMPT, "samples": 2, "img_width": 512, "img_height": 512, "seed": 7}
RUN = {
    "curl": ("sasha.sh", ["bash"]),
    "Python": ("sasha.py", [sys.executable]),
    "JavaScript": ("sasha.mjs", ["node"]),
    "Segmind SDK": ("sdk.py", [sys.executable]),
}


@pytest.fixture(scope="module")
def api_key(running: Running) -> str:
    """Of an account of its own: the demo account's requests a minute are for the other tests."""
    _own(running, "accounts", "create", "Code tabs", "--id", "codetabs", "--top-up", "5", "--reference", "a test")
    key: str = _own(running, "keys", "create", "codetabs")["key"]
    return key


def _own(running: Running, *arguments: str) -> Any:
    """What the owner's command answers."""
    command = [sys.executable, "-m", "cli", "--endpoint-url", running.aws_endpoint_url, "--json", *arguments]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE_S)
    return json.loads(done.stdout)


def open_tab(page: Page, running: Running, language: str = "curl", **form: Any) -> None:
    """The API tab of a page whose form was filled by a link, and the code in one language: all by the keyboard."""
    page.goto(f"{running.page}/#/create?{urlencode({**FORM, **form})}")
    expect(page.get_by_text("The settings of the link are in the form")).to_be_visible()
    go(page, "API")
    chosen = page.get_by_role("tab", selected=True)
    chosen.focus()
    for each in list(RUN)[1 : list(RUN).index(language) + 1]:
        page.keyboard.press("ArrowRight")
        expect(chosen).to_have_text(each)


def go(page: Page, view: str) -> None:
    page.get_by_role("navigation", name="Views").get_by_role("link", name=view).press("Enter")


def code(page: Page) -> Locator:
    return page.get_by_role("tabpanel").locator("pre")


def written(page: Page) -> str:
    text = code(page).text_content()
    assert text
    return text


def run(code: str, language: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs it as whoever pasted it would: in an empty folder, with nothing but PATH and what is said here."""
    name, command = RUN[language]
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(code, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [*command, name],
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1", **environment},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )


def pictures(folder: Path) -> dict[str, tuple[int, int]]:
    """The sizes of the pictures in a folder, each read to its end, by file name."""
    found = {}
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as picture:
            picture.load()
            found[path.name] = picture.size
    return found


def latest_prompt(running: Running, key: str) -> str:
    answer = httpx.get(f"{running.page}/v2/requests?limit=1", headers={"x-api-key": key}).raise_for_status()
    prompt: str = answer.json()["results"][0]["prompt"]
    return prompt


@pytest.mark.parametrize("language", RUN)
def test_the_code_runs_as_it_stands(page: Page, running: Running, api_key: str, tmp_path: Path, language: str) -> None:
    """As it is shown first, with the pictures inside the answer, and with a key that is none."""
    open_tab(page, running, language)
    for folder, base64 in ((tmp_path / "by URL", False), (tmp_path / "base64", True)):
        page.get_by_label("Pictures inside the answer").set_checked(base64)
        done = run(written(page), language, folder, API_KEY=api_key)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.split("\n") == ["Saved sasha-7.png", "Saved sasha-8.png", ""]
        assert pictures(folder) == {"sasha-7.png": (512, 512), "sasha-8.png": (512, 512)}
        assert latest_prompt(running, api_key) == PROMPT

    refused = run(written(page), language, tmp_path / "refused", API_KEY="a-wrong-key")
    assert "not an API key of this gateway" in refused.stdout + refused.stderr
    assert pictures(tmp_path / "refused") == {}


def test_the_code_is_that_of_the_form(page: Page, running: Running) -> None:
    open_tab(page, running, "Segmind SDK", prompt="a lighthouse in the fog", seed=11)
    expect(code(page)).to_contain_text('prompt="a lighthouse in the fog"')
    expect(code(page)).to_contain_text("seed=11")
    expect(page.get_by_text("2 pictures, 512 × 512: $0.024")).to_be_visible()


def test_the_tabs_are_walked_with_the_arrow_keys(page: Page, running: Running) -> None:
    open_tab(page, running)
    chosen = page.get_by_role("tab", selected=True)
    walk = ("ArrowRight Python", "End Segmind SDK", "ArrowRight curl", "ArrowLeft Segmind SDK", "Home curl")
    for key, language in (step.split(" ", 1) for step in walk):
        page.keyboard.press(key)
        expect(chosen).to_have_text(language)
        expect(chosen).to_be_focused()
        expect(page.get_by_role("tabpanel", name=language)).to_be_visible()


def test_copy_copies_the_code(page: Page, running: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, running, "JavaScript")
    with standstill(page):
        page.get_by_role("button", name="Copy").press("Enter")
        expect(page.get_by_role("button", name="Copied")).to_be_visible()

    assert page.evaluate("navigator.clipboard.readText()") == written(page)


def test_the_key_is_in_the_code_only_while_its_owner_wants_it(
    page: Page, running: Running, api_key: str, tmp_path: Path
) -> None:
    open_tab(page, running, "Python", samples=1)
    expect(page.get_by_role("button", name="Show my key")).to_have_count(0)
    use_key(page, api_key)
    expect(code(page)).not_to_contain_text(api_key)

    page.get_by_role("button", name="Show my key").click()
    expect(code(page)).to_contain_text(api_key)
    assert run(written(page), "Python", tmp_path).stdout == "Saved sasha-7.png\n"

    go(page, "Create")
    go(page, "API")
    expect(code(page)).to_contain_text('os.environ["API_KEY"]')
    assert api_key not in page.content()


def test_the_openapi_document_is_read_when_it_is_opened(page: Page, running: Running) -> None:
    page.goto(f"{running.page}/#/api")
    section = page.get_by_role("region", name="All routes")
    with page.expect_request("**/openapi.json"):
        section.get_by_text("Every route").click()
    section.get_by_text("Make pictures, and wait for them").click()
    body = section.get_by_role("table", name="Body of POST /v1/BigDug-Sasha")
    expect(body.get_by_role("row", name=re.compile("num_inference_steps")).first).to_contain_text("20 to 100")
    document = httpx.get(f"{running.page}/openapi.json").raise_for_status().json()
    expect(section.locator(".route")).to_have_count(sum(len(operations) for operations in document["paths"].values()))


def test_a_key_is_checked_used_and_forgotten(
    page: Page, running: Running, api_key: str, refusals: set[int | str]
) -> None:
    refusals.add(401)
    page.goto(running.page)
    open_key_dialog(page)
    field = page.get_by_label("Your key")
    expect(field).to_be_focused()
    for wrong, words in {
        "": "Paste your key",
        "SG_0123456789abcdef": "so it was not sent",
        "a red fox": "no key has",
        "a-wrong-key": "not a key of this site",
        "sasha_codetabs_00000000000000000000000000000000": "key",
    }.items():
        field.fill(wrong)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")

    field.fill(f"  {api_key}\n")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("banner").get_by_role("button").first).to_be_focused()

    open_key_dialog(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("codetabs")
    expect(dialog).to_contain_text("until this tab is closed")
    assert api_key not in page.content()
    dialog.get_by_role("button", name="Forget this key").click()
    expect(page.get_by_role("banner").get_by_text("free today")).to_be_visible()
    assert api_key not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_single_key_shortcuts_can_be_switched_off(page: Page, running: Running) -> None:
    page.goto(running.page)
    expect(page.get_by_role("banner").get_by_text("free today")).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialog.get_by_role("switch", name="Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    # What is asked for after it, and would not be reached behind it.
    page.get_by_role("button", name="What is stored").press("Enter")
    expect(page.get_by_role("dialog")).to_have_accessible_name("What is stored, and for how long")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.reload()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_role("switch", name="Single-key shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()


def test_the_notice_leads_to_clearing_the_device_and_back(page: Page, running: Running) -> None:
    page.goto(running.page)
    about = page.get_by_role("button", name="What is stored")
    about.click()
    page.get_by_role("button", name="Clear this device").click()
    expect(page.get_by_role("dialog", name="Clear this device")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(about).to_be_focused()


def test_the_owners_words_are_where_they_are_needed(page: Page, running: Running) -> None:
    site = {
        "name": "Fox Pictures",
        "contact_url": "https://owner.example/contact",
        "get_key_url": "https://owner.example/keys",
        "terms_url": "https://owner.example/terms",
        "privacy_url": "",
    }

    def tell(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "retention_days": 3, "site": site})

    page.route("**/v1/models/BigDug-Sasha", tell)
    page.goto(f"{running.page}/#/api")
    expect(page.get_by_role("link", name="Get a key")).to_have_attribute("href", site["get_key_url"])
    expect(page.get_by_role("banner").get_by_role("heading", level=1)).to_have_text(site["name"])
    expect(page).to_have_title("Fox Pictures: pictures from words")
    at_the_foot = page.get_by_role("contentinfo").get_by_role("link")
    expect(at_the_foot).to_have_text(["Terms", "Report a picture"])
    assert [link.get_attribute("href") for link in at_the_foot.all()] == [site["terms_url"], site["contact_url"]]
    page.get_by_role("button", name="What is stored").click()
    notice = page.get_by_role("dialog")
    expect(notice).to_contain_text("3 days")
    expect(notice.get_by_role("link", name="Report a picture")).to_have_attribute("href", site["contact_url"])
    expect(notice.get_by_role("link")).to_have_text(["Terms", "Report a picture"])
