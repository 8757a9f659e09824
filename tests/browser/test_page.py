"""The page, used as a visitor uses it: by role and label."""

from playwright.sync_api import Page, expect

from tests.running import Running

PATIENT_MS = 15_000


def fill(page: Page, running: Running, prompt: str = "a red fox in the snow", **choices: str) -> None:
    page.goto(running.page)
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_label("API key").fill(running.api_key)
    for label, value in choices.items():
        page.get_by_label(label).select_option(value)


def test_a_prompt_becomes_a_picture(page: Page, running: Running) -> None:
    fill(page, running, Width="512", Height="512")
    page.get_by_role("button", name="Make the picture").click()

    picture = page.get_by_role("img", name="a red fox in the snow")
    expect(picture).to_be_visible(timeout=PATIENT_MS)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
    expect(page.get_by_role("status")).to_contain_text("Done in")


def test_four_pictures_have_seeds_in_a_row(page: Page, running: Running) -> None:
    fill(page, running, Width="512", Height="512", Pictures="4")
    page.get_by_label("Seed").fill("40")
    page.get_by_role("button", name="Make the picture").click()

    expect(page.get_by_role("img")).to_have_count(4, timeout=PATIENT_MS)
    for seed in range(40, 44):
        expect(page.get_by_text(f"Seed {seed}")).to_be_visible()


def test_a_wrong_key_is_told_and_the_form_keeps_its_contents(page: Page, running: Running, refusals: set[int]) -> None:
    refusals.add(401)
    fill(page, running, prompt="a lighthouse in the fog")
    page.get_by_label("API key").fill("a-wrong-key")
    with page.expect_response("**/v2/BigDug-Sasha"):
        page.get_by_role("button", name="Make the picture").click()

    expect(page.get_by_role("status")).to_contain_text("not an API key of this gateway")
    expect(page.get_by_label("Prompt")).to_have_value("a lighthouse in the fog")


def test_the_price_comes_from_the_api(page: Page, running: Running) -> None:
    page.goto(running.page)
    expect(page.get_by_text("$0.012 each")).to_be_visible()


def test_a_visitor_without_a_key_gets_a_picture(page: Page, running: Running) -> None:
    fill(page, running, prompt="a lighthouse at dawn", Width="512", Height="512")
    page.get_by_label("API key").fill("")
    page.get_by_role("button", name="Make the picture").click()

    expect(page.get_by_role("img", name="a lighthouse at dawn")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_role("status")).to_contain_text("for free")
