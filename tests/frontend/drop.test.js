// A picture on the page: its settings are in the form, one Undo away; on any trouble the form is left alone.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";
import { takeDrops, takeFiles } from "../../frontend/app/drop.js";
import { embed } from "../../frontend/app/metadata/index.js";
import { defaults } from "../../frontend/app/settings.js";
import { model, notices, route, settings } from "../../frontend/app/state.js";
import { expand } from "../../frontend/app/wildcards.js";
import { MODEL } from "./files/model.js";

const FORM = { ...defaults(MODEL), prompt: "a hare", lora_scale: 0.5, samples: 4 };
const MADE = { ...defaults(MODEL), prompt: "a red fox in the snow 🦊", seed: 7, scheduler: "Heun" };
const root = {
  dropping: false,
  toggleAttribute(/** @type {string} */ _, /** @type {boolean} */ on) {
    this.dropping = on;
  },
};

beforeEach(() => {
  model.value = MODEL;
  settings.value = FORM;
  notices.value = [];
  route.value = "create";
  root.dropping = false;
});

/** @param {string} name @param {string} [as] */
async function file(name, as = name) {
  return new File([await readFile(new URL(`files/${name}`, import.meta.url))], as);
}

/** @param {string} [as] */
async function made(as = "fox.png") {
  return new File([await embed(await file("plain.png"), MADE, { model: MODEL.name })], as);
}

/** An event as a browser makes it. @template T @param {string} type @param {T} more */
function event(type, more) {
  return Object.assign(new Event(type, { cancelable: true }), more);
}

const held = (/** @type {File[]} */ ...files) => ({ dataTransfer: { types: ["Files"], files, dropEffect: "none" } });
const told = () => notices.value.map(({ text }) => text);

const pause = (/** @type {number} */ ms) => new Promise((resume) => setTimeout(resume, ms));

/** Until a notice is there. */
async function settled() {
  for (let turn = 0; turn < 200 && notices.value.length === 0; turn++) await pause(5);
}

test("the file's settings are in the form exactly, what was not set is not set, and it is told", async () => {
  await takeFiles([await made()]);
  assert.deepEqual(settings.value, MADE);
  assert.deepEqual(told(), ["Settings read from fox.png: 5 changed."]);
  assert.equal(notices.value[0].stays, false);
});

test("Undo brings back what was there, but for what was changed since", async () => {
  await takeFiles([await made()]);
  assert.equal(notices.value[0].action?.label, "Undo");
  settings.value = { ...MADE, prompt: "a badger" };
  notices.value[0].action?.run();
  assert.deepEqual(settings.value, { ...FORM, prompt: "a badger" });
});

test("braces in a picture's prompt make no options in the form", async () => {
  for (const [prompt, shown] of [
    ["a {red|blue} fox", "a \\{red|blue\\} fox"], ["{{a fox}}", "{{a fox}}"], ["a {fox|", "a \\{fox|"],
    ["\\{a", "\\\\{a"],
  ]) {
    await takeFiles([new File([await embed(await file("plain.png"), { ...MADE, prompt }, { model: "" })], "fox.png")]);
    assert.equal(settings.value?.prompt, shown);
    assert.deepEqual(expand(shown).prompts, [prompt]);
  }
});

test("settings that the form has already change nothing", async () => {
  settings.value = MADE;
  await takeFiles([await made()]);
  assert.equal(settings.value, MADE);
  assert.deepEqual(told(), ["Settings read from fox.png: the form had them already."]);
  assert.equal(notices.value[0].action, null);
});

test("another program's settings are fitted, and what was done to them is told and stays", async () => {
  await takeFiles([await file("a1111.jpg", "foreign.jpg")]);
  const {
    scheduler, num_inference_steps: steps, img_width: width, img_height: height, samples, lora_scale,
  } = settings.value ?? FORM;
  assert.deepEqual([scheduler, steps, width, height], ["DPM Multi", 30, 768, 1024]);
  assert.deepEqual([samples, lora_scale], [4, 0.5], "what the file does not tell of stays");
  assert.match(told()[0], /^Settings read from foreign\.jpg: 7 changed\. The sampler “DPM\+\+ 2M Karras” .*Width.*768/);
  assert.equal(notices.value[0].stays, true);
});

test("of many files the first is read, and it is told", async () => {
  await takeFiles([await made("one.png"), await file("a1111.png", "two.png"), new File(["x"], "three.txt")]);
  assert.deepEqual(settings.value, MADE);
  assert.deepEqual(told(), ["Settings read from one.png: 5 changed. Of the 3 files only the first was read."]);
});

test("on any trouble the form stays as it is, and the trouble is told", async () => {
  const gone = Object.assign(
    await made("gone.png"), { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) },
  );
  for (const [given, words] of /** @type {[File | undefined, string][]} */ ([
    [
      new File(["a note"], "note.txt"),
      "note.txt was not read. This file is not a PNG, JPEG or WebP picture. The form stays as it was.",
    ],
    [
      new File([], "empty.png"),
      "empty.png was not read. This file is not a PNG, JPEG or WebP picture. The form stays as it was.",
    ],
    [
      new File([(await made()).slice(0, 60)], "half.png"),
      "half.png was not read. This PNG file is damaged: it breaks off. The form stays as it was.",
    ],
    [await file("plain.jpg"), "plain.jpg holds no settings, so the form stays as it was."],
    [
      await file("comfyui.png"),
      "comfyui.png was not read. This picture was made with ComfyUI, whose notes cannot be read here. " +
        "The form stays as it was.",
    ],
    [gone, "gone.png was not read. This file could not be opened. The form stays as it was."],
    [undefined, "Nothing that could be read was dropped."],
  ])) {
    notices.value = [];
    await takeFiles(given ? [given] : []);
    assert.equal(settings.value, FORM);
    assert.deepEqual(told(), [words]);
    assert.deepEqual([notices.value[0].kind, notices.value[0].action], ["bad", null]);
  }
});

test("before the form is there, nothing is put anywhere", async () => {
  model.value = null;
  settings.value = null;
  await takeFiles([await made()]);
  assert.equal(settings.value, null);
  assert.match(told()[0], /the form is not there yet/);
});

test("a file that takes longer than the next does not come after it", async () => {
  const slow = await made("slow.png");
  const { slice } = slow;
  slow.slice = (...range) => Object.assign(slice.apply(slow, range), {
    arrayBuffer: () => pause(50).then(() => slice.apply(slow, range).arrayBuffer()),
  });
  await Promise.all([takeFiles([slow]), takeFiles([await file("a1111.png", "quick.png")])]);
  assert.equal(told().length, 1);
  assert.match(told()[0], /quick\.png/);
  assert.equal(settings.value?.seed, 965400086);
});

test("hostile names are cut and cannot turn the text around them", async () => {
  await takeFiles([new File(["x"], `\u202e${"a".repeat(300)}\n\u2066<b>.png`)]);
  assert.match(told()[0], /^a{30}…a{10}<b>\.png was not read\./);
  await takeFiles([new File(["x"], "\u202e \n")]);
  assert.match(told()[1], /^The file was not read\./);
});

test("a file held over the window is hinted at, dropped it is taken, and the browser does not open it", async () => {
  const target = new EventTarget();
  const end = takeDrops(target, root);
  const over = event("dragover", held());
  target.dispatchEvent(over);
  assert.deepEqual([root.dropping, over.defaultPrevented, over.dataTransfer.dropEffect], [true, true, "copy"]);
  target.dispatchEvent(event("dragleave", { relatedTarget: {} }));
  assert.equal(root.dropping, true, "over another part of the page");
  target.dispatchEvent(event("dragleave", { relatedTarget: null }));
  assert.equal(root.dropping, false);
  target.dispatchEvent(event("dragover", held()));
  const drop = event("drop", held(await made()));
  target.dispatchEvent(drop);
  assert.deepEqual([root.dropping, drop.defaultPrevented], [false, true]);
  await settled();
  assert.deepEqual(settings.value, MADE);
  end();
  target.dispatchEvent(event("dragover", held()));
  assert.equal(root.dropping, false);
});

test("where a browser does not say that the file has left, the hint goes by itself", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const target = new EventTarget();
  takeDrops(target, root);
  target.dispatchEvent(event("dragover", held()));
  context.mock.timers.tick(900);
  target.dispatchEvent(event("dragover", held()));
  context.mock.timers.tick(900);
  assert.equal(root.dropping, true);
  context.mock.timers.tick(200);
  assert.equal(root.dropping, false);
});

test("text, and pictures of the page itself, are dragged as ever", async () => {
  const target = new EventTarget();
  takeDrops(target, root);
  const text = event("dragover", { dataTransfer: { types: ["text/plain"], files: [] } });
  target.dispatchEvent(text);
  target.dispatchEvent(new Event("dragstart"));
  const own = event("drop", held(await made()));
  target.dispatchEvent(event("dragover", held()));
  target.dispatchEvent(own);
  assert.deepEqual([root.dropping, text.defaultPrevented, own.defaultPrevented, told()], [false, false, false, []]);
  target.dispatchEvent(event("dragover", held()));
  assert.equal(root.dropping, true, "after a drag of its own, files from outside are taken again");
  target.dispatchEvent(new Event("dragstart"));
  target.dispatchEvent(new Event("pointerover"));
  assert.equal(target.dispatchEvent(event("dragover", held())), false, "and after one whose end was not told");
});

test("a pasted file is taken, pasted text is left to its field", async () => {
  const target = new EventTarget();
  takeDrops(target, root);
  for (const clipboardData of [
    null, { types: ["text/plain"], files: [] }, { types: ["text/plain", "Files"], files: [await made()] },
  ]) {
    const text = event("paste", { clipboardData });
    target.dispatchEvent(text);
    assert.equal(text.defaultPrevented, false);
  }
  const paste = event("paste", { clipboardData: { types: ["Files"], files: [await made()] } });
  target.dispatchEvent(paste);
  assert.equal(paste.defaultPrevented, true);
  await settled();
  assert.deepEqual(told(), ["Settings read from fox.png: 5 changed."]);
});
