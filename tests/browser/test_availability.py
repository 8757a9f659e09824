"""What keeps pictures from being made is said before anybody asks for one, on a phone without opening the form."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import CUT_OFF, OFFLINE
from tests.browser.conftest import Offline
from tests.browser.played import PlayedApi
from tests.browser.visitor import GENERATE_FREE, Visitor
from tests.running import Running

NOT_SET_UP = "Not set up yet: the owner of this site has to enter a Segmind key."


def test_without_a_segmind_key_the_page_says_so(page: Page, running: Running) -> None:
    PlayedApi(page.context, running).close(NOT_SET_UP, 60)

    page.goto(running.page)

    expect(page.get_by_text("Pictures cannot be made just now.")).to_be_visible()
    expect(page.get_by_text(NOT_SET_UP)).to_be_visible()


def test_the_page_looks_again_and_says_no_more_once_they_can(page: Page, running: Running) -> None:
    api = PlayedApi(page.context, running)
    api.close(NOT_SET_UP, 60)
    page.clock.install()
    page.goto(running.page)
    words = page.get_by_text("Pictures cannot be made just now.")
    expect(words).to_be_visible()

    page.get_by_label("Prompt", exact=True).fill("a red fox")
    with page.expect_response("**/v1/get-user-credits"):  # which follows each look
        page.clock.run_for(61_000)
    expect(words).to_be_visible()
    api.reopen()
    page.clock.run_for(61_000)

    expect(words).to_have_count(0)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a red fox")


def test_the_folded_bar_of_a_phone_says_it_too(phone: Page, running: Running) -> None:
    PlayedApi(phone.context, running).close(NOT_SET_UP, 60)

    phone.goto(running.page)

    expect(phone.get_by_role("button", name=GENERATE_FREE)).to_be_visible()
    expect(phone.get_by_text(NOT_SET_UP)).to_be_visible()
    expect(phone.get_by_role("heading", name="Settings")).to_be_hidden()


def test_the_folded_bar_says_that_the_api_is_down_and_tries_again(
    phone: Page, running: Running, refusals: set[int | str]
) -> None:
    refusals.add(503)
    phone.route("**/v1/models/*", lambda route: route.fulfill(status=503, body="<h1>503</h1>"))
    phone.goto(running.page)
    words = phone.get_by_text("What answered is not the API.")
    expect(words).to_be_visible()
    expect(phone.get_by_role("heading", name="Settings")).to_be_hidden()

    phone.unroute("**/v1/models/*")
    phone.get_by_role("button", name="Try again").click()

    expect(phone.get_by_role("button", name=GENERATE_FREE)).to_be_visible()
    expect(words).to_have_count(0)


def test_the_folded_bar_says_that_the_network_is_gone(phone: Page, running: Running, offline: Offline) -> None:
    phone.goto(running.page)
    expect(phone.get_by_role("button", name=GENERATE_FREE)).to_be_visible()

    with offline(phone):
        expect(phone.get_by_text("You are offline: what you ask for is sent when the network is back.")).to_be_visible()

    expect(phone.get_by_text("You are offline")).to_have_count(0)


def test_what_is_cut_off_at_first_comes_when_it_is_asked_for(
    phone: Page, running: Running, refusals: set[int | str]
) -> None:
    """What the visitor typed meanwhile is kept."""
    refusals |= {CUT_OFF, OFFLINE}
    phone.route("**/v1/models/*", lambda route: route.abort())
    phone.goto(running.page)
    phone.get_by_label("Prompt", exact=True).fill("a red fox in the snow")
    expect(phone.get_by_text("so the settings are not here yet")).to_be_visible()

    phone.unroute("**/v1/models/*")
    phone.get_by_role("button", name="Try again").click()

    expect(phone.get_by_role("group", name="Images")).to_be_visible()
    expect(phone.get_by_label("Prompt", exact=True)).to_have_value("a red fox in the snow")


def test_the_button_says_how_many_are_free_once_that_is_known(phone: Page, running: Running) -> None:
    visitor = Visitor(phone, running, PlayedApi(phone.context, running))
    visitor.api.free_images_left = 2
    visitor.arrive()
    expect(phone.get_by_role("button", name="Generate · 2 free", exact=True)).to_be_visible()

    visitor.api.hold("/v1/get-user-credits")
    phone.reload()

    expect(phone.get_by_role("group", name="Images", include_hidden=True)).to_be_attached()
    expect(phone.get_by_role("button", name="Generate", exact=True)).to_be_visible()
