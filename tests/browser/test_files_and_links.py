"""Settings that travel: in a picture's file, which is dropped back on the page, and in a link."""

import io
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.clock import standstill
from tests.browser.conftest import OpenPage
from tests.running import Running

FILES = Path(__file__).parents[1] / "frontend" / "files"
PROMPT = "a red fox 🦊 in the snow, ثعلب أحمر, café"
EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
Emulator = Callable[[str], None]
EMBED_AND_STRIP = """async ([bytes, prompt]) => {
  const { embed, strip } = await import("/app/metadata/index.js");
  const settings = { prompt, negative_prompt: "text", scheduler: "Heun", num_inference_steps: 30, seed: 7,
    guidance_scale: 6.5, samples: 1, img_width: 512, img_height: 768, lora_scale: 0.5 };
  const embedded = await embed(new Blob([new Uint8Array(bytes)]), settings, { model: "BigDug-Sasha" });
  const stripped = await strip(embedded);
  const bytesOf = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
  return Promise.all([embedded, stripped].map(bytesOf));
}"""


@pytest.fixture
def pictures_come_as(running: Running) -> Iterator[Emulator]:
    """Sets the format that the upstream answers in; PNG again when the test is over."""

    def answer_in(picture_format: str) -> None:
        body = json.dumps({"picture_format": picture_format}).encode()
        request = urllib.request.Request(f"{running.segmind_url}/_emulator/settings", body, method="PUT")  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310

    yield answer_in
    answer_in("png")


def prompt_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt", exact=True)


def form(page: Page) -> dict[str, Any]:
    """The form's values, as the page keeps them for the next visit."""
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # it writes them a moment after the last change, else
    settings: dict[str, Any] = page.evaluate("JSON.parse(localStorage.getItem('sasha.form') ?? '{}').settings ?? {}")
    return settings


def notice(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("status").get_by_text(text)


def make_a_picture(page: Page) -> None:
    """With settings that differ from the defaults wherever the form has a control at hand."""
    prompt_of(page).fill(PROMPT)
    page.get_by_role("radio", name="768 pixels").press("Space")
    page.get_by_role("radio", name=re.compile("^Landscape")).first.press("Space")
    page.get_by_label("Seed", exact=True).fill("3426017487")
    page.get_by_role("button", name=re.compile("^Generate")).press("Enter")
    expect(page.get_by_role("button", name="Download")).to_be_visible()


def change_everything(page: Page) -> None:
    page.get_by_role("button", name="Reset all").press("Enter")
    prompt_of(page).fill("a hare")


def download(page: Page, folder: Path) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").press("Enter")
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


@contextmanager
def held_over(page: Page, *files: Path) -> Iterator[Callable[[], None]]:
    """Files from the desktop, held over the window as a hand would; the call lets them go."""
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}

    def send(kind: str) -> None:
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 400, "data": data})

    send("dragEnter")
    for _ in range(3):  # the hint comes between the hand and the page, which so has a new place to ask
        send("dragOver")
    yield lambda: send("drop")


def drop(page: Page, *files: Path) -> None:
    with held_over(page, *files) as let_go:
        let_go()


def ready(page: Page, address: str) -> None:
    """The form is there, and so is what takes files: it is loaded once the page has been drawn."""
    page.goto(address)
    expect(page.get_by_role("group", name="Size")).to_be_visible()
    page.wait_for_function(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([], "none"));
          const taken = ["dragenter", "dragover"].map((name) => new DragEvent(name, { dataTransfer, cancelable: true }))
            .filter((event) => !dispatchEvent(event));
          dispatchEvent(new DragEvent("dragleave", { dataTransfer }));
          return taken.length > 0;
        }"""
    )


def parameters_in(path: Path | io.BytesIO) -> str:
    """A1111's text, as Pillow finds it where A1111 looks for it."""
    with Image.open(path) as picture:
        picture.load()
        if picture.format == "PNG":
            return str(picture.info["parameters"])
        comment = picture.getexif().get_ifd(EXIF_IFD)[USER_COMMENT]
    assert comment.startswith(b"UNICODE\0")
    return bytes(comment[8:]).decode("utf-16-be")


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_a_downloaded_picture_dropped_back_restores_its_settings(
    key_page: Page, running: Running, pictures_come_as: Emulator, tmp_path: Path, picture_format: str
) -> None:
    pictures_come_as(picture_format)
    ready(key_page, running.page)
    make_a_picture(key_page)
    made = form(key_page)

    path = download(key_page, tmp_path)

    size = f"{made['img_width']}x{made['img_height']}"
    assert parameters_in(path) == (
        f"{PROMPT}\nSteps: 20, Sampler: UniPC, CFG scale: 7.5, Seed: 3426017487, Size: {size}, Model: BigDug-Sasha"
    )
    change_everything(key_page)
    with standstill(key_page):
        drop(key_page, path)
        expect(notice(key_page, f"Settings read from {path.name}: ")).to_be_visible()
        assert form(key_page) == made
        expect(prompt_of(key_page)).to_have_value(PROMPT)

        key_page.get_by_role("button", name="Undo").last.press("Enter")
        expect(prompt_of(key_page)).to_have_value("a hare")


def test_a_picture_can_be_chosen_instead_of_dropped(page: Page, running: Running) -> None:
    ready(page, running.page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Read a picture's settings").press("Enter")
    chooser.value.set_files(FILES / "a1111-arabic.png")

    expect(notice(page, "Settings read from a1111-arabic.png")).to_be_visible()
    assert form(page)["seed"] == 965400086


def test_another_programs_picture_is_fitted_and_it_is_told(page: Page, running: Running) -> None:
    ready(page, running.page)
    drop(page, FILES / "a1111-little.jpg")

    told = notice(page, "Settings read from a1111-little.jpg")
    expect(told).to_contain_text("The sampler “DPM++ 2M Karras” is not offered; DPM Multi comes nearest.")
    expect(told).to_contain_text("Width: 832 became 768.")
    assert form(page) | {"prompt": "", "negative_prompt": ""} == form(page) | {
        "prompt": "", "negative_prompt": "", "scheduler": "DPM Multi", "num_inference_steps": 30,
        "guidance_scale": 6.5, "seed": 965400086, "img_width": 768, "img_height": 1024,
    }  # fmt: skip


def test_files_that_cannot_be_read_are_told_of_and_the_form_stays(page: Page, running: Running, tmp_path: Path) -> None:
    settings = (FILES / "a1111.png").read_bytes()
    ready(page, running.page)
    prompt_of(page).fill("a hare")
    for name, content, told in (
        ("note.txt", b"a note about a fox", "This file is not a PNG, JPEG or WebP picture."),
        ("fox.png", b"a note about a fox", "This file is not a PNG, JPEG or WebP picture."),
        ("half.png", settings[:70], "This PNG file is damaged: it breaks off."),
        ("wrong.png", settings.replace(b"Steps", b"Stops"), "their checksum is wrong"),
        ("plain.jpg", (FILES / "plain.jpg").read_bytes(), "holds no settings"),
        ("comfy.png", (FILES / "comfyui.png").read_bytes(), "made with ComfyUI"),
        ("<img src=x onerror=alert(1)>.png", b"", "is not a PNG, JPEG or WebP picture."),
    ):
        (tmp_path / name).write_bytes(content)
        drop(page, tmp_path / name)

        expect(notice(page, name)).to_contain_text(told)
        expect(prompt_of(page)).to_have_value("a hare")
    assert page.url.startswith(running.page), "the browser opened none of them"


def test_of_several_files_the_first_is_read_and_it_is_told(page: Page, running: Running) -> None:
    ready(page, running.page)
    drop(page, FILES / "a1111.png", FILES / "plain.jpg")

    expect(notice(page, "Of the 2 files only the first was read.")).to_contain_text("Settings read from a1111.png")


def test_a_file_held_over_the_window_is_hinted_at(page: Page, running: Running) -> None:
    ready(page, running.page)
    window = page.locator("html")
    with standstill(page), held_over(page, FILES / "a1111.png") as let_go:
        expect(window).to_have_attribute("data-dropping", "")
        let_go()
        expect(window).not_to_have_attribute("data-dropping", "")


def test_a_picture_dropped_on_the_gallery_leads_to_the_form(page: Page, running: Running) -> None:
    ready(page, running.page)
    page.goto(f"{running.page}/#/gallery")
    drop(page, FILES / "a1111.png")

    expect(prompt_of(page)).to_have_value(re.compile("a red fox in the snow"))


def test_a_pasted_picture_is_read_and_pasted_text_is_typed(page: Page, running: Running) -> None:
    ready(page, running.page)
    prompt_of(page).focus()
    page.evaluate(
        """([name, bytes]) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], name));
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }""",
        ["pasted.png", list((FILES / "a1111.png").read_bytes())],
    )

    expect(notice(page, "Settings read from pasted.png")).to_be_visible()
    expect(prompt_of(page)).not_to_have_value("")
    read = form(page)

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('a hare at dawn')")
    prompt_of(page).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")
    expect(prompt_of(page)).to_have_value("a hare at dawn")
    assert form(page) == {**read, "prompt": "a hare at dawn"}


def test_a_link_brings_its_settings_to_a_fresh_profile(key_page: Page, open_page: OpenPage, running: Running) -> None:
    ready(key_page, running.page)
    make_a_picture(key_page)
    made = form(key_page)
    key_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key_page.get_by_role("button", name="Copy link").press("Enter")
    expect(notice(key_page, "Link copied")).to_be_visible()
    link = key_page.evaluate("navigator.clipboard.readText()")

    assert running.api_key not in link
    fresh = open_page()
    fresh.goto(link)
    expect(prompt_of(fresh)).to_have_value(PROMPT)
    assert form(fresh) == made
    assert fresh.url == f"{running.page}/#/create"


def test_what_a_link_leaves_out_has_its_default(page: Page, running: Running) -> None:
    page.goto(f"{running.page}/#/create?prompt=a+fox&seed=7&samples=2")
    expect(prompt_of(page)).to_have_value("a fox")
    page.goto(f"{running.page}/#/create?prompt=a+hare&samples=3")
    expect(prompt_of(page)).to_have_value("a hare")

    kept = form(page)
    assert (kept["samples"], kept["seed"]) == (3, -1)


def test_a_link_with_nothing_in_it_leaves_the_form_as_it_is(page: Page, running: Running) -> None:
    page.goto(running.page)
    prompt_of(page).fill("a hare")
    for empty in ("?", "?&&&"):
        page.goto(f"{running.page}/#/create{empty}")
        page.wait_for_url(f"{running.page}/#/create")
        expect(prompt_of(page)).to_have_value("a hare")


def test_a_link_of_which_nothing_fits_leaves_the_form_as_it_is_and_says_so(page: Page, running: Running) -> None:
    page.goto(running.page)
    prompt_of(page).fill("a hare")
    for useless, told in (("nonsense=1&seed=none", "nonsense"), (f"prompt={'a' * 150_000}", "too long to be read")):
        page.goto(f"{running.page}/#/create?{useless}")
        expect(notice(page, "The form stays as it was.").filter(has_text=told)).to_be_visible()
        expect(prompt_of(page)).to_have_value("a hare")


def test_a_hostile_link_does_no_harm_and_what_was_left_out_is_told(page: Page, running: Running) -> None:
    image = quote("<img src=x onerror=alert(1)>")
    page.goto(
        f"{running.page}/#/create?prompt={image}&seed=NaN&num_inference_steps=1e999&guidance_scale=99&img_width=600"
        f"&samples=2&samples=4&__proto__=1&constructor=2&key=sasha_demo_secret&scheduler={image}&lora_scale={'9' * 500}"
    )

    expect(prompt_of(page)).to_have_value("<img src=x onerror=alert(1)>")
    told = notice(page, "The settings of the link are in the form.")
    for words in ("NaN", "1e999", "“99” became 25", "“600” became 512", "first was taken", "__proto__", "key"):
        expect(told).to_contain_text(words)
    expect(told).not_to_contain_text("secret")
    kept = form(page)
    assert (kept["seed"], kept["num_inference_steps"], kept["guidance_scale"]) == (-1, 20, 25)
    assert (kept["samples"], kept["img_width"], kept["scheduler"]) == (2, 512, "UniPC")
    assert page.url == f"{running.page}/#/create"
    assert page.locator("img[src='x']").count() == 0


def test_pillow_finds_the_same_pixels_and_the_settings(page: Page, running: Running) -> None:
    """In what the page's own module writes, whatever the prompt; and nothing of it once it is stripped."""
    page.goto(running.page)
    picture = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    for picture_format in ("PNG", "JPEG", "WEBP"):
        plain = io.BytesIO()
        picture.save(plain, picture_format)
        pixels = Image.open(plain).convert("RGB").tobytes()
        for prompt in ("a fox", "café ÿ", PROMPT, "שועל אדום\nבשלג", "half \ud83e of a fox", "狐" * 4000):
            embedded, stripped = page.evaluate(EMBED_AND_STRIP, [list(plain.getvalue()), prompt])

            assert parameters_in(io.BytesIO(bytes(embedded))) == (
                f"{prompt}\nNegative prompt: text\nSteps: 30, Sampler: Heun, CFG scale: 6.5, Seed: 7, Size: 512x768, "
                "Model: BigDug-Sasha, Lora scale: 0.5"
            ).replace("\ud83e", "\ufffd")
            assert Image.open(io.BytesIO(bytes(embedded))).convert("RGB").tobytes() == pixels
            left = Image.open(io.BytesIO(bytes(stripped)))
            assert left.convert("RGB").tobytes() == pixels
            assert "parameters" not in left.info
            assert dict(left.getexif()) == {}
