"""Somebody at the page who uses the keyboard alone, and finds things by what they are and are called."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page, Request, expect

from tests.running import Running

MOST_STOPS = 120
WAY_FROM_THE_FOCUS = """element => {
  const focused = document.activeElement;
  if (element === focused) return 0;
  return focused.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING ? 1 : -1;
}"""
READ_ALL = """async () => {
  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const rows = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    for (const table of database.objectStoreNames) {
      rows[table] = await asked(database.transaction(table).objectStore(table).getAll());
    }
    database.close();
  }
  const caches_ = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys())
    .map(({ url }) => url)));
  return {
    database: JSON.stringify(rows),
    localStorage: JSON.stringify({ ...localStorage }),
    sessionStorage: JSON.stringify({ ...sessionStorage }),
    caches: JSON.stringify(caches_),
  };
}"""
Role = Literal["button", "checkbox", "link", "radio", "searchbox", "switch", "tab", "textbox"]


@dataclass(frozen=True)
class Visit:
    page: Page
    running: Running

    # ---------------------------------------------------------------- coming

    def arrive(self, fragment: str = "") -> None:
        self.page.goto(f"{self.running.page}/{fragment}")
        self.ready()

    def ready(self) -> None:
        expect(self.page.get_by_role("group", name="Images", include_hidden=True)).to_be_attached()
        expect(self.left).not_to_have_text(re.compile("Add key"))

    def come_again(self) -> None:
        self.page.reload()
        self.ready()

    # ---------------------------------------------------------------- seeing

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_role("textbox", name="Prompt", exact=True)

    @property
    def stage(self) -> Locator:
        return self.page.get_by_role("region", name="Pictures", exact=True)

    @property
    def facts(self) -> Locator:
        """What is told of the request on the stage: seeds, seconds, cost, what is left."""
        return self.stage.get_by_role("paragraph").filter(has_text="Seed")

    @property
    def left(self) -> Locator:
        """What there is still to spend."""
        return self.page.get_by_role("banner").get_by_role("button").first

    @property
    def queue(self) -> Locator:
        return self.page.get_by_role("list", name="Queue")

    @property
    def latest(self) -> Locator:
        """The latest pictures, under the stage."""
        return self.page.get_by_role("region", name="Queue and latest pictures").get_by_role("img")

    @property
    def gallery(self) -> Locator:
        return self.page.get_by_role("region", name="Gallery", exact=True)

    def notice(self, text: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("status").get_by_text(text).locator("visible=true").first

    def told(self, text: str) -> Locator:
        """What only a screen reader is told."""
        return self.page.get_by_role("status").get_by_text(text)

    def one(self, role: Role, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role(role, name=name, exact=isinstance(name, str)).locator("visible=true")

    def picture(self, prompt: str, index: int = 1, of: int = 1) -> Locator:
        return self.stage.get_by_role("img", name=f"Picture {index} of {of}: {prompt}", exact=True)

    def sees(self, prompt: str, images: int = 1) -> None:
        """All pictures of the prompt are on the stage, each of them drawn."""
        for index in range(1, images + 1):
            picture = self.picture(prompt, index, images)
            expect(picture).to_be_visible()
            is_drawn(picture)

    def has(self, *prompts: str) -> None:
        """These pictures are the latest, the newest request first, and nothing is on its way any more."""
        expect(self.queue).to_have_count(0)
        expect(self.latest).to_have_count(len(prompts))
        for picture, prompt in zip(self.latest.all(), prompts, strict=True):
            expect(picture).to_have_attribute("alt", f"Picture 1 of 1: {prompt}")
            is_drawn(picture)

    def kept(self) -> dict[str, str]:
        """All that the page has put into this browser, as text: by where it is."""
        found: dict[str, str] = self.page.evaluate(READ_ALL)
        return found

    def has_written(self, pattern: str, times: int = 1) -> None:
        """Returns when what the page's database holds, as JSON, matches so many times."""
        found = f"(await ({READ_ALL})()).database.match(RegExp(pattern, 'g'))"
        self.page.wait_for_function(f"async ([pattern, times]) => {found}?.length === times", arg=[pattern, times])

    def kept_for_offline(self) -> None:
        """Returns when the browser has the page itself, for when there is no network."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    # ---------------------------------------------------------------- doing

    def walk_to(self, target: Locator, *, key_takes_ms: int = 0) -> None:
        """Tab by Tab, or back by Shift+Tab, until the focus is there.

        `key_takes_ms` passes with each of them on a page whose clock stands still.
        """
        expect(target).to_have_count(1)
        for _ in range(MOST_STOPS):
            way = target.evaluate(WAY_FROM_THE_FOCUS)
            if way == 0:
                return
            self.page.keyboard.press("Tab" if way > 0 else "Shift+Tab")
            if key_takes_ms:
                self.page.clock.run_for(key_takes_ms)
        raise AssertionError(f"Tab never comes to {target}")

    def press(self, role: Role, name: str | re.Pattern[str], key: str = "Enter") -> None:
        self.walk_to(self.one(role, name))
        self.page.keyboard.press(key)

    def write(self, text: str, field: Locator | None = None) -> None:
        """In place of what is in the field."""
        self.walk_to(field or self.prompt)
        self.page.keyboard.press("ControlOrMeta+a")
        if text:
            self.page.keyboard.insert_text(text)
        else:
            self.page.keyboard.press("Delete")

    def ask(self, prompt: str, images: int = 1) -> None:
        """Fills the form, then Ctrl+Enter."""
        self.choose_images(images)
        self.write(prompt)
        self.page.keyboard.press("ControlOrMeta+Enter")

    def choose_images(self, images: int) -> None:
        group = self.page.get_by_role("group", name="Images")
        if not group.get_by_role("radio", name=str(images)).is_checked():
            self.walk_to(group.get_by_role("radio", checked=True))
            for _ in range(4):
                self.page.keyboard.press("ArrowRight")
                if group.get_by_role("radio", name=str(images)).is_checked():
                    return

    def make(self, prompt: str, images: int = 1) -> None:
        """Asks, and waits for the pictures."""
        self.ask(prompt, images)
        self.sees(prompt, images)
        expect(self.queue).to_have_count(0)

    def go(self, view: str) -> None:
        self.walk_to(self.page.get_by_role("navigation", name="Views").get_by_role("link", name=view))
        self.page.keyboard.press("Enter")

    def generate_button(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile("^Generate"))

    # ---------------------------------------------------------------- counting

    @contextmanager
    def submits(self) -> Iterator[list[Request]]:
        """The requests for pictures that the page sends from here on."""
        sent: list[Request] = []

        def note(request: Request) -> None:
            if request.method == "POST" and request.url.endswith("/v2/BigDug-Sasha"):
                sent.append(request)

        self.page.context.on("request", note)
        yield sent
        self.page.context.remove_listener("request", note)


def is_drawn(picture: Locator) -> None:
    """Its bytes are there, and are those of a picture."""
    expect(picture).not_to_have_js_property("naturalWidth", 0)
