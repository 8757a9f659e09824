"""States of what does not go well: failures, no network, no storage, another tab, no key."""

import re

from playwright.sync_api import Page, expect

from sasha.core.errors import Code, InvalidApiKey, SashaError
from tests.browser import played, played_problems
from tests.browser.chromium import CUT_OFF, OFFLINE
from tests.browser.played_problems import BROKEN, BUSY, FAILURES, FULL_MINUTE, LOSSES, REFUSALS, status_of
from tests.browser.problem_cards import FAILED, LOST, REFUSED, Card
from tests.browser.visitor import Visitor, open_key_dialog, state, use_key

NO_STORAGE = 'IDBFactory.prototype.open = () => { throw new DOMException("refused", "SecurityError"); };'
NO_ROOM = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (row) {
  if (this.name === "files") throw new DOMException("full", "QuotaExceededError");
  return put.call(this, row);
};
"""


@state(main=True, refusals=[429])
def allowance_spent(visitor: Visitor) -> None:
    visitor.api.free_images_left = 0
    visitor.api.course = played_problems.allowance_spent()
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_role("heading", name=re.compile("free", re.I))).to_be_visible()


def is_shown(visitor: Visitor, card: Card) -> None:
    expect(visitor.stage.get_by_role("heading", name=card.title, exact=True)).to_be_visible()
    expect(visitor.stage.get_by_text(card.text)).to_be_visible()
    expect(visitor.stage.get_by_text(card.charged, exact=True)).to_be_visible()


def refused(code: Code, error: SashaError, *, main: bool = False) -> None:
    """The submit is refused: the state `refused-…`."""

    @state(main=main, refusals=[status_of(code)], name=f"refused-{code.replace('_', '-')}")
    def reach(visitor: Visitor) -> None:
        visitor.api.course = error
        visitor.arrive_with_key()
        visitor.ask()
        is_shown(visitor, REFUSED[code])


for _code, _error in REFUSALS.items():
    refused(_code, _error, main=_code is Code.INSUFFICIENT_CREDITS)


@state(main=True)
def not_set_up(visitor: Visitor) -> None:
    """The owner has entered no Segmind key: said before anything is asked for."""
    visitor.api.close("Not set up yet: the owner of this site has to enter a Segmind key.", 60)
    visitor.arrive()
    expect(visitor.page.get_by_text("Pictures cannot be made just now")).to_be_visible()


@state(refusals=[status_of(Code.BUSY)])
def busy(visitor: Visitor) -> None:
    """The server is asked again by itself."""
    visitor.api.course = BUSY
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("nothing is lost")).to_be_visible()


@state(refusals=[status_of(Code.RATE_LIMITED)])
def full_minute(visitor: Visitor) -> None:
    """More requests than a minute takes: this one waits for the next."""
    visitor.api.course = FULL_MINUTE
    visitor.arrive_with_key()
    visitor.ask()
    expect(visitor.stage.get_by_text("Waiting for the next minute")).to_be_visible()


@state(refusals=[status_of(Code.INTERNAL)])
def broken(visitor: Visitor) -> None:
    """Whether the server took it on is not known, so it is asked again, under the same name."""
    visitor.api.course = BROKEN
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("nothing is lost")).to_be_visible()


def failed(code: Code, detail: str, *, main: bool = False) -> None:
    """The request was taken on and brought nothing: the state `failed-…`."""

    @state(main=main, refusals=[422], name=f"failed-{code.replace('_', '-')}")
    def reach(visitor: Visitor) -> None:
        visitor.api.course = played.failed(code, detail)
        visitor.arrive_with_key()
        visitor.ask()
        is_shown(visitor, FAILED[code])


for _code, _detail in FAILURES.items():
    failed(_code, _detail, main=_code is Code.PROVIDER_TIMEOUT)


def lost(code: Code, error: SashaError) -> None:
    """The server took the request on, and does not have it any more: the state `lost-…`."""

    @state(refusals=[status_of(code)], name=f"lost-{code.replace('_', '-')}")
    def reach(visitor: Visitor) -> None:
        visitor.api.answer(r"/v2/requests/[^/]+$", error)
        visitor.arrive_with_key()
        visitor.ask()
        is_shown(visitor, LOST[code])


for _code, _error in LOSSES.items():
    lost(_code, _error)


@state(refusals=[422])
def code_of_tomorrow(visitor: Visitor) -> None:
    """A request failed with a code that this page does not know."""
    visitor.api.course = played.failed_with_code_of_tomorrow("moon_in_the_way", "The moon was in the way.")
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_role("heading", name="The server refused this")).to_be_visible()
    expect(visitor.stage.get_by_text("The moon was in the way.", exact=True)).to_be_visible()


# ------------------------------------------------------------------ network, storage, tabs


@state(main=True, refusals=[OFFLINE])
def offline(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.make()
    visitor.lose_network()
    expect(visitor.page.get_by_text("You are offline")).to_be_attached()


@state(refusals=[OFFLINE])
def offline_while_it_runs(visitor: Visitor) -> None:
    visitor.api.course = played.running
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("Running")).to_be_visible()
    visitor.lose_network()
    expect(visitor.stage.get_by_text("The network is gone")).to_be_visible()


@state(before=NO_STORAGE)
def storage_refused(visitor: Visitor) -> None:
    """As in a private window."""
    visitor.arrive()
    visitor.make()
    visitor.go("Gallery")
    expect(visitor.page.get_by_text("keeps nothing here")).to_be_visible()


@state(main=True, before=NO_ROOM)
def storage_full(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.make()
    visitor.go("Gallery")
    expect(visitor.page.get_by_text("storage is full")).to_be_visible()


@state(before=NO_ROOM, refusals=[CUT_OFF])
def picture_not_here(visitor: Visitor) -> None:
    """Its file could not be kept on this device, and cannot be fetched now."""
    visitor.arrive()
    visitor.make()
    visitor.api.answer(r"/images/0$", None)
    visitor.page.reload()
    expect(visitor.button("Fetch it again")).to_be_visible()


@state()
def another_tab(visitor: Visitor) -> Page:
    """A tab that looks on while the other one follows the request."""
    visitor.api.course = played.running
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("Running")).to_be_visible()
    other = Visitor(visitor.page.context.new_page(), visitor.running, visitor.api)
    other.arrive()
    expect(other.stage.get_by_text("Another tab follows it")).to_be_visible()
    expect(other.page.get_by_text("Also open in another tab")).to_be_attached()
    return other.page


# ------------------------------------------------------------------ the key


@state(main=True)
def key_dialog(visitor: Visitor) -> None:
    visitor.arrive()
    open_key_dialog(visitor.page)


@state(refusals=[401])
def key_wrong(visitor: Visitor) -> None:
    key_dialog(visitor)
    visitor.page.get_by_label("Your key").fill("sasha_nobody_" + 32 * "0")
    visitor.button("Use this key").click()
    expect(visitor.page.locator("#api-key-fault")).not_to_be_empty()


@state()
def key_in_use(visitor: Visitor) -> None:
    visitor.arrive()
    use_key(visitor.page, visitor.running.api_key)
    open_key_dialog(visitor.page)
    expect(visitor.button("Forget this key")).to_be_visible()


@state()
def key_forgotten(visitor: Visitor) -> None:
    """A request runs whose key is not here any more."""
    visitor.api.course = played.running
    visitor.arrive_with_key()
    visitor.ask()
    expect(visitor.stage.get_by_text("Running")).to_be_visible()
    open_key_dialog(visitor.page)
    visitor.button("Forget this key").click()
    expect(visitor.button("Use that key")).to_be_visible()


@state(refusals=[401])
def key_revoked(visitor: Visitor) -> None:
    visitor.arrive_with_key()
    visitor.api.answer(r"/v1/get-user-credits", InvalidApiKey("This key was revoked."))
    visitor.page.reload()
    expect(visitor.page.get_by_text("was refused")).to_be_visible()
