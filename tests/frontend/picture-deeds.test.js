// What can be done with pictures: their settings into the form and into links, their files onto the disk.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, mock, test } from "node:test";
import { browser } from "../../frontend/app/browser.js";
import { asDownloaded } from "../../frontend/app/downloads.js";
import { download, starThem } from "../../frontend/app/gallery-deeds.js";
import { embed, extract } from "../../frontend/app/metadata/index.js";
import { download as saveOne, edit, remix, reuse, share } from "../../frontend/app/picture-deeds.js";
import { defaults } from "../../frontend/app/settings.js";
import { read } from "../../frontend/app/share.js";
import { announcement, model, notices, pictures, settings } from "../../frontend/app/state.js";
import { expand } from "../../frontend/app/wildcards.js";
import { MODEL } from "./files/model.js";
import { turns } from "./jobs-world.js";

const FORM = { ...defaults(MODEL), prompt: "a hare" };
const RUN = { ...defaults(MODEL), prompt: "a {red|blue} fox", seed: 7 };
const PLAIN = new Blob([await readFile(new URL("files/plain.png", import.meta.url))]);

/** What the browser has and Node has not. */
const kept = new Map();
const saved = /** @type {Blob[]} */ ([]);
const copied = /** @type {string[]} */ ([]);
/** @type {any} */ (globalThis).localStorage = { getItem: (/** @type {string} */ name) => kept.get(name) ?? null };
/** @type {any} */ (globalThis).location = { origin: "https://page.test" };
/** @type {any} */ (globalThis).document = { querySelector: () => null, createElement: () => ({ click() {} }) };
const clipboard = { writeText: async (/** @type {string} */ text) => copied.push(text) };
Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
mock.timers.enable({ apis: ["setTimeout"] }); // a saved file's address is let go after a minute
URL.createObjectURL = (/** @type {any} */ blob) => `blob:${saved.push(blob)}`;

/** @param {string} id */
function picture(id, more = {}) {
  const fileName = `${id.replace("/", "-")}.png`;
  return /** @type {import("../../frontend/app/types.js").Picture} */ (/** @type {unknown} */ ({
    id, fileName, contentType: "image/png", createdAt: 1e12, settings: RUN, template: null, starred: false, kept: true,
    ...more,
  }));
}

beforeEach(() => {
  model.value = MODEL;
  settings.value = FORM;
  notices.value = [];
  kept.clear();
  saved.length = copied.length = 0;
});

test("braces in a prompt that was run make no options in the form, and none in a link", async () => {
  const those = { pictures: [], settings: RUN };
  for (const deed of [() => reuse(those), () => remix(those), () => edit(RUN, false), () => edit(RUN, true)]) {
    settings.value = FORM;
    deed();
    assert.deepEqual(expand(settings.value.prompt).prompts, [RUN.prompt]);
  }
  await share(those);
  const linked = read(new URL(copied[0]).hash, MODEL)?.settings;
  assert.deepEqual([expand(linked?.prompt ?? "").prompts, linked?.seed], [[RUN.prompt], 7]);
});

test("Undo takes back what a remix changed, but for what was changed since", () => {
  remix({ pictures: [], settings: { ...RUN, scheduler: "Heun" } });
  settings.value = { ...settings.value, prompt: "a badger" };
  notices.value[0].action?.run();
  assert.deepEqual(settings.value, { ...FORM, prompt: "a badger" });
});

test("a form that has a request's settings already is left alone", () => {
  reuse({ pictures: [], settings: RUN });
  notices.value = [];
  edit(RUN, false);
  edit(RUN, true);
  assert.deepEqual(notices.value, []);
});

test("a file goes out with its settings, or with none where that is switched off", async () => {
  const found = async (/** @type {Blob} */ file) => (await extract(file))?.values ?? null;
  const made = await embed(PLAIN, FORM, { model: "" });
  assert.deepEqual(await found(await asDownloaded(PLAIN, picture("a/0"))), RUN);
  const odd = new Blob(["odd"]);
  assert.equal(await asDownloaded(odd, picture("a/0")), odd);
  kept.set("sasha.metadata", "off");
  assert.equal(await found(await asDownloaded(made, picture("a/0"))), null);
});

/** @param {string} id @param {Blob} file */
const onDisk = async (id, file) =>
  (await browser.store()).write({ files: { put: [{ id, picture: file, thumbnail: null }] } });

test("a file that cannot be rid of its settings goes out only when that is asked for", async () => {
  kept.set("sasha.metadata", "off");
  const odd = new Blob(["odd"]);
  await onDisk("o/0", odd);
  await saveOne({ pictures: [picture("o/0")], settings: RUN });
  assert.deepEqual([saved.length, notices.value.length], [0, 1]);
  assert.match(notices.value[0].text, /could not be taken out of the file, so it was not saved/);
  notices.value[0].action?.run();
  assert.deepEqual(saved, [odd]);
});

test("such a file is left out of an archive, and that is said", async () => {
  kept.set("sasha.metadata", "off");
  await onDisk("o/0", new Blob(["odd"]));
  await onDisk("o/1", PLAIN);
  await download([picture("o/0"), picture("o/1")]);
  assert.match(notices.value[0].text, /^1 picture saved, 1 left out: their settings cannot be taken out/);
});

for (const [how, told] of /** @type {const} */ ([["on", true], ["off", false]])) {
  test(`with the settings switched ${how}, an archive ${told ? "tells" : "does not tell"} of them`, async () => {
    kept.set("sasha.metadata", how);
    const those = [picture("a/0"), picture("a/1")];
    const file = await embed(PLAIN, RUN, { model: "" });
    const files = those.map(({ id }) => ({ id, picture: file, thumbnail: null }));
    await (await browser.store()).write({ files: { put: files } });
    await download(those);
    const bytes = Buffer.from(await saved[0].arrayBuffer()).toString("latin1");
    assert.deepEqual(["a-1.png", "blue", "pictures.json"].map((word) => bytes.includes(word)), [true, told, told]);
  });
}

test("many are starred by one writing", async () => {
  const those = Array.from({ length: 60 }, (_, n) => picture(`s/${n}`, { requestId: "s", index: n, starred: n === 0 }));
  pictures.value = those;
  const shelf = await browser.store();
  const write = shelf.write.bind(shelf);
  let writings = 0;
  shelf.write = (change) => ((writings += 1), write(change));
  await starThem(those.map(({ id }) => id));
  await turns();
  const rows = (await shelf.all("pictures")).filter((row) => row.starred);
  assert.deepEqual([pictures.value.every(({ starred }) => starred), rows.length, writings], [true, 59, 1]);
  assert.equal(announcement.value?.text, "59 pictures starred");
});
