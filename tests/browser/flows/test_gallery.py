"""What is kept on this device: found again, starred, saved as a zip, deleted with an undo, cleared."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.clock import standstill
from tests.browser.flows.conftest import OpenVisit
from tests.browser.flows.parties import PRICE, Guest, Payer, Segmind
from tests.browser.flows.visit import Visit, is_drawn

UNDO_MS = 8_000


def chosen(visitor: Visit, count: int) -> None:
    """The first so many pictures of the gallery, chosen with the space bar."""
    visitor.walk_to(visitor.gallery.get_by_role("button", name=re.compile("^Picture 1 of")).first)
    for at in range(count):
        if at:
            visitor.page.keyboard.press("ArrowRight")
        visitor.page.keyboard.press("Space")
    expect(visitor.gallery.get_by_text(f"{count} chosen")).to_be_visible()


def test_three_pictures_are_saved_as_a_zip(visit: OpenVisit, payer: Payer, segmind: Segmind, tmp_path: Path) -> None:
    """It opens again, names and pictures are whole, and nothing in it tells of the key or the request."""
    visitor = visit(payer)
    visitor.write("7", visitor.one("textbox", "Seed"))
    visitor.make("a hare", images=2)
    visitor.make("an owl")
    visitor.go("Gallery")
    expect(visitor.gallery.get_by_role("img")).to_have_count(3)
    chosen(visitor, 3)
    with visitor.page.expect_download() as coming:
        visitor.walk_to(visitor.gallery.get_by_role("group").get_by_role("button", name="Download"))
        visitor.page.keyboard.press("Enter")
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)

    assert re.fullmatch(r"sasha-\d{4}-\d\d-\d\d\.zip", path.name)
    (request,) = [each for each in payer.requests() if each["prompt"] == "a hare"]
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["sasha-7.png", "sasha-7-2.png", "sasha-8.png", "pictures.json"]
        listed = json.loads(archive.read("pictures.json"))
        for name, line in zip(archive.namelist(), listed, strict=False):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                picture.load()
                assert picture.size == (line["settings"]["img_width"], line["settings"]["img_height"])
                assert picture.info["parameters"].startswith(line["settings"]["prompt"])
        whole = b"".join(map(archive.read, archive.namelist()))
    assert payer.key.encode() not in whole
    assert request["request_id"].encode() not in whole


def test_the_history_survives_a_reload_and_is_searched(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    for prompt in ("a hare in the snow", "an owl in the snow", "a heron"):
        visitor.make(prompt)
    visitor.press("button", "Star")
    expect(visitor.told("1 picture starred")).to_be_attached()
    visitor.go("Gallery")
    visitor.come_again()
    pictures = visitor.gallery.get_by_role("img")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        is_drawn(picture)

    search = visitor.one("searchbox", re.compile("^Search"))
    for words, count in {"snow": 2, "snow hare": 1, "UniPC": 3, "submarine": 0}.items():
        visitor.write(words, search)
        expect(pictures).to_have_count(count)
    expect(visitor.page.get_by_role("heading", name="No picture matches “submarine”")).to_be_visible()
    visitor.press("button", "Show all 3 pictures")
    visitor.press("button", "Starred", "Space")
    expect(pictures).to_have_count(1)
    expect(visitor.gallery.get_by_role("img", name="a heron")).to_be_visible()
    assert payer.spent() == 3 * PRICE, "looking at them costs nothing"


def test_a_slash_leads_to_the_search_of_a_gallery_that_was_not_open_yet(visit: OpenVisit, payer: Payer) -> None:
    visitor = visit(payer)
    visitor.make("a hare")
    visitor.walk_to(visitor.one("button", "Star"))
    visitor.page.keyboard.press("/")
    expect(visitor.one("searchbox", re.compile("^Search"))).to_be_focused()


def test_a_deleted_picture_comes_back_by_undo(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    visitor = visit(payer)
    visitor.make("a hare")
    with standstill(visitor.page):
        visitor.press("button", "Delete")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        expect(visitor.page.get_by_role("img", name="a hare")).to_have_count(0)
        visitor.press("button", "Undo")
        visitor.sees("a hare")
        visitor.page.clock.fast_forward(UNDO_MS)
    visitor.come_again()
    visitor.sees("a hare")
    (request,) = payer.requests()
    assert payer.get(f"/v2/requests/{request['request_id']}/images/0").status_code == 303


def test_once_the_undo_has_passed_the_server_s_copy_is_gone_too(visit: OpenVisit, guest: Guest) -> None:
    """Of a picture that is starred, nothing is deleted."""
    visitor = visit()
    with visitor.page.expect_response("**/v2/BigDug-Sasha") as submitted:
        visitor.ask("a hare")
    path = f"/v2/requests/{submitted.value.json()['request_id']}"
    visitor.sees("a hare")
    with standstill(visitor.page):
        visitor.press("button", "Star")
        expect(visitor.one("button", "Star")).to_have_attribute("aria-pressed", "true")
        visitor.press("button", "Delete")
        expect(visitor.notice("A starred picture is protected.")).to_be_visible()
        visitor.press("button", "Star")
        expect(visitor.one("button", "Star")).to_have_attribute("aria-pressed", "false")
        visitor.press("button", "Delete")
        expect(visitor.notice("1 picture deleted.")).to_be_visible()
        assert guest.look(f"{path}/images/0").status_code == 303, "it can still be undone"

        with visitor.page.expect_response(lambda response: response.request.method == "DELETE") as erased:
            visitor.page.clock.fast_forward(UNDO_MS)
        assert erased.value.status == 204
        expect(visitor.notice("1 picture deleted.")).to_have_count(0)
    visitor.has_written('"(pictures|files|erasures)":\\[\\]', times=3)
    assert guest.look(f"{path}/images/0").status_code == 410
    assert guest.look(path).status_code == 410


def test_a_deletion_survives_that_the_page_is_closed(visit: OpenVisit, guest: Guest) -> None:
    visitor = visit()
    with visitor.page.expect_response("**/v2/BigDug-Sasha") as submitted:
        visitor.ask("a hare")
    path = f"/v2/requests/{submitted.value.json()['request_id']}"
    visitor.sees("a hare")
    visitor.press("button", "Delete")
    expect(visitor.notice("1 picture deleted.")).to_be_visible()
    later = Visit(visitor.page.context.new_page(), visitor.running)
    visitor.page.close()
    later.page.clock.install()
    with later.page.expect_response(lambda response: response.request.method == "DELETE"):
        later.arrive()
        expect(later.page.get_by_role("img", name="a hare")).to_have_count(0)
        later.page.clock.fast_forward(UNDO_MS)
    assert guest.look(path).status_code == 410


def test_clearing_this_device_leaves_nothing(visit: OpenVisit, payer: Payer) -> None:
    """Not in this tab, not in another one, not on disk; and the server forgets, if that was asked for."""
    visitor = visit(payer)
    visitor.make("a hare")
    other = Visit(visitor.page.context.new_page(), visitor.running)
    other.arrive()
    other.sees("a hare")
    (request,) = payer.requests()
    visitor.press("button", "What is stored, and for how long")
    visitor.press("button", re.compile("^Clear this device"))
    visitor.press("checkbox", "Erase the server’s copies too", "Space")
    visitor.press("button", "Erase everywhere")
    expect(visitor.notice("This device is cleared.")).to_be_visible()

    for each in (visitor, other):
        expect(each.page.get_by_role("img", name="a hare")).to_have_count(0)
        expect(each.left).to_contain_text("free today")
    visitor.come_again()
    expect(visitor.page.get_by_role("button", name="Make this")).to_be_visible()
    expect(visitor.prompt).to_have_value("")
    kept = "".join(visitor.kept().values())
    assert "hare" not in kept
    assert payer.key not in kept
    assert payer.get(f"/v2/requests/{request['request_id']}").status_code == 410


def test_the_server_s_history_is_fetched_to_another_device(visit: OpenVisit, payer: Payer, segmind: Segmind) -> None:
    """What another program asked for is listed with its cost, comes here at a press, and is erased there at another."""
    payer.submit("an owl")
    request_id = payer.submit("a hare", samples=2)
    visitor = visit(payer)
    visitor.go("Gallery")
    visitor.walk_to(visitor.one("tab", re.compile("^This device")))
    visitor.page.keyboard.press("ArrowRight")
    lines = visitor.gallery.get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("a hare")
    expect(lines.first).to_contain_text("$0.024")
    visitor.press("button", "Fetch 2 pictures")
    expect(lines.first.get_by_role("button", name="Show")).to_be_visible()
    visitor.press("button", "Erase on the server: a hare")
    visitor.press("button", "Erase")
    expect(lines.first).to_contain_text("erased")
    assert payer.get(f"/v2/requests/{request_id}").status_code == 410

    visitor.walk_to(visitor.one("tab", "On the server"))
    visitor.page.keyboard.press("ArrowLeft")
    expect(visitor.gallery.get_by_role("img")).to_have_count(2)
    visitor.come_again()
    expect(visitor.gallery.get_by_role("img", name=re.compile("of 2: a hare"))).to_have_count(2)
    assert payer.spent() == 3 * PRICE
    assert len(segmind.billed("a hare")) == 2


def test_a_long_history_is_read_on_page_by_page(visit: OpenVisit, payer: Payer) -> None:
    """From a server that tells of one request at a time."""
    for prompt in ("a heron", "an owl", "a hare"):
        payer.submit(prompt)
    visitor = visit(payer)
    one_each = re.compile(r"/v2/requests\?limit=20")
    visitor.page.route(one_each, lambda route: route.continue_(url=route.request.url.replace("limit=20", "limit=1")))
    visitor.go("Gallery")
    visitor.walk_to(visitor.one("tab", re.compile("^This device")))
    visitor.page.keyboard.press("ArrowRight")
    lines = visitor.gallery.get_by_role("listitem")
    for told in (["a hare"], ["a hare", "an owl"], ["a hare", "an owl", "a heron"]):
        expect(lines).to_contain_text(told)
        if len(told) < 3:
            visitor.press("button", "More")
    expect(visitor.one("button", "More")).to_have_count(0)


def test_a_picture_of_another_key_is_nobody_else_s(
    visit: OpenVisit, payer: Payer, new_payer: Callable[[], Payer]
) -> None:
    payer.submit("an owl")
    visitor = visit(new_payer())
    visitor.go("Gallery")
    visitor.walk_to(visitor.one("tab", re.compile("^This device")))
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.gallery.get_by_role("heading", name="The server has nothing of this key")).to_be_visible()
