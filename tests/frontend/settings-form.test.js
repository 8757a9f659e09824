// The form's values: what the last visit left, what is written down, and when a fault is told.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {Record<string, () => void>} */
const listeners = {};
let stored = /** @type {string | null} */ (JSON.stringify({
  settings: { prompt: "x".repeat(5000), samples: 4, num_inference_steps: 500, gone: 1 },
}));
let refuses = false;
Object.assign(globalThis, {
  addEventListener: (/** @type {string} */ type, /** @type {() => void} */ listener) => (listeners[type] = listener),
  document: { addEventListener: () => {}, visibilityState: "visible" },
  localStorage: {
    getItem: () => stored,
    setItem: (/** @type {string} */ _, /** @type {string} */ text) => {
      if (refuses) throw new Error("refused");
      stored = text;
    },
  },
});

const form = await import("../../frontend/app/form.js");
const { field: fieldOf } = await import("../../frontend/app/settings.js");
const { faults, model, notices, settings } = await import("../../frontend/app/state.js");

const known = /** @type {import("../../frontend/app/types.js").Model} */ (/** @type {unknown} */ ({
  price: { micros_per_image: 12_000 },
  parameters: {
    required: ["prompt"],
    properties: {
      prompt: { type: "string", minLength: 1, maxLength: 4000 },
      num_inference_steps: { type: "integer", minimum: 20, maximum: 100, default: 20 },
      guidance_scale: { type: "number", minimum: 0.1, maximum: 25, default: 7.5 },
      samples: { type: "integer", minimum: 1, maximum: 4, default: 1 },
      img_width: { type: "integer", enum: [512, 1024], default: 1024 },
      img_height: { type: "integer", enum: [512, 1024], default: 1024 },
      seed: { type: "integer", minimum: -1, maximum: 100, default: -1 },
    },
  },
}));
const field = (/** @type {string} */ name) => /** @type {import("../../frontend/app/settings.js").Field} */ (fieldOf(known, name));

form.startForm();
const early = form.typedPrompt.value;
form.put({ prompt: `${early}y` });
model.value = known;
await new Promise((/** @type {(value: void) => void} */ resolve) => settings.subscribe((values) => values && resolve()));
const first = { settings: settings.value, said: notices.value.map(({ text }) => text), faults: faults.value };

beforeEach(() => {
  form.put({ prompt: "a red fox", num_inference_steps: 20, guidance_scale: 7.5, seed: -1, samples: 1 });
  faults.value = {};
});

test("the last visit's values come back as far as they fit, the prompt whole and as typed since", () => {
  assert.equal(early.length, 5000);
  assert.deepEqual(first.settings, {
    prompt: `${"x".repeat(5000)}y`, samples: 4, num_inference_steps: 100, guidance_scale: 7.5, img_width: 1024, img_height: 1024, seed: -1,
  });
  assert.deepEqual(first.said, ["Steps: 500 became 100. Left out, as this model has no such setting: “gone”."]);
  assert.match(first.faults.prompt ?? "", /^5,001 characters/);
});

test("every change is written down when the page goes, also after a store that refused", () => {
  refuses = true;
  form.put({ prompt: "a blue fox" });
  listeners.pagehide();
  refuses = false;
  form.put({ prompt: "a blue fox!" });
  listeners.pagehide();
  assert.equal(JSON.parse(stored ?? "").settings.prompt, "a blue fox!");
});

test("a text that is too long is told at once, an empty one when it is asked for", () => {
  form.put({ prompt: "" });
  assert.deepEqual(faults.value, {});
  assert.equal(form.judgeAll(/** @type {any} */ (settings.value)), "prompt");
  assert.deepEqual(faults.value, { prompt: "Say in words what to draw." });
  form.put({ prompt: "x".repeat(4001) });
  assert.match(faults.value.prompt ?? "", /^4,001/);
  form.put({ prompt: "x" });
  assert.deepEqual(faults.value, {});
});

test("a number is judged when its field is left, and the fault goes once it is mended", () => {
  form.write(field("num_inference_steps"), "2");
  assert.deepEqual(faults.value, {});
  form.judge("num_inference_steps");
  assert.deepEqual(Object.keys(faults.value), ["num_inference_steps"]);
  form.write(field("num_inference_steps"), "25");
  assert.deepEqual(faults.value, {});
});

test("what the API found stays until its field is touched", () => {
  faults.value = { prompt: "This may not be asked." };
  form.put({ samples: 2 });
  form.put({ seed: 5 });
  assert.deepEqual(faults.value, { prompt: "This may not be asked." });
  form.put({ prompt: "a green fox" });
  assert.deepEqual(faults.value, {});
});

test("a number stays as it was typed while it is that number", () => {
  const guidance = field("guidance_scale");
  form.write(guidance, "7,");
  assert.equal(form.textOf(guidance), "7,");
  assert.equal(settings.value?.guidance_scale, 7);
  form.write(guidance, "7,50");
  assert.deepEqual([form.textOf(guidance), settings.value?.guidance_scale], ["7,50", 7.5]);
  form.put({ guidance_scale: 9 });
  assert.equal(form.textOf(guidance), "9");
});

test("an empty seed is a random one", () => {
  form.write(field("seed"), "5");
  form.write(field("seed"), "");
  assert.deepEqual([settings.value?.seed, form.textOf(field("seed"))], [-1, ""]);
  form.write(field("seed"), "-1");
  assert.equal(form.textOf(field("seed")), "-1");
});

test("wildcards are checked as the prompts that they stand for", async () => {
  await form.needWildcards();
  form.put({ prompt: "a {red|blue} fox" });
  assert.deepEqual(form.expansion.value.prompts, ["a red fox", "a blue fox"]);
  form.put({ prompt: `{${"x".repeat(3000)}|${"y".repeat(3000)}}` });
  assert.deepEqual(faults.value, {});
  form.put({ prompt: "{a|b|c|d|e}{a|b|c|d|e}" });
  assert.match(faults.value.prompt ?? "", /25 prompts/);
  form.put({ prompt: "{|a}" });
  assert.equal(form.judgeAll(/** @type {any} */ (settings.value)), "prompt");
});

test("shapes are the legal pairs, images the few numbers; the rest is advanced", () => {
  assert.deepEqual(form.legalPairs(known), [[512, 1024], [512, 512], [1024, 1024], [1024, 512]]);
  assert.deepEqual(form.counts(known), [1, 2, 3, 4]);
  assert.deepEqual(form.advanced(known).map(({ name }) => name), ["num_inference_steps", "guidance_scale"]);
});
