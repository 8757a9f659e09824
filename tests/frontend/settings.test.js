// The form's fields as the API describes them: defaults, faults, prices, and what other sources bring.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fit } from "../../frontend/app/fitting.js";
import {
  asDollars, changed, check, defaults, drawSeed, field, fields, forApi, lengthOf, priceOf, readNumber, shown, withSeed,
} from "../../frontend/app/settings.js";

/** @typedef {import("../../frontend/app/types.js").Model} Model */

// As `GET /v1/models/BigDug-Sasha` answers.
const properties = {
  prompt: { description: "Prompt to render", examples: ["a red fox"], maxLength: 4000, minLength: 1, title: "Prompt", type: "string" },
  negative_prompt: { anyOf: [{ maxLength: 4000, type: "string" }, { type: "null" }], default: null, title: "Negative Prompt" },
  scheduler: { default: "UniPC", enum: ["DDIM", "Euler a", "Euler", "UniPC"], title: "Scheduler", type: "string" },
  num_inference_steps: { default: 20, maximum: 100, minimum: 20, title: "Num Inference Steps", type: "integer" },
  guidance_scale: { default: 7.5, maximum: 25, minimum: 0.1, title: "Guidance Scale", type: "number" },
  samples: { default: 1, maximum: 4, minimum: 1, title: "Samples", type: "integer" },
  seed: { default: -1, maximum: 999_999_999_999_999, minimum: -1, title: "Seed", type: "integer" },
  img_width: { default: 1024, enum: [512, 768, 1024], title: "Img Width", type: "integer" },
  img_height: { default: 1024, enum: [512, 768, 1024], title: "Img Height", type: "integer" },
  base64: { default: false, title: "Base64", type: "boolean" },
  lora_scale: { anyOf: [{ maximum: 10, minimum: -10, type: "number" }, { type: "null" }], default: null, title: "Lora Scale" },
};

/** @param {Record<string, unknown>} [more] parameters @param {object} [definitions] @returns {Model} */
function model(more = {}, definitions = {}) {
  return /** @type {Model} */ (/** @type {unknown} */ ({
    name: "BigDug-Sasha",
    price: { per_image: 0.012, micros_per_image: 12_000, currency: "USD" },
    parameters: { properties: { ...properties, ...more }, required: ["prompt"], $defs: definitions },
  }));
}

const settings = { ...defaults(model()), prompt: "a red fox" };

test("the defaults are the API's, with an empty text and no LoRA scale", () => {
  assert.deepEqual(defaults(model()), {
    prompt: "", negative_prompt: "", img_width: 1024, img_height: 1024, samples: 1, seed: -1,
    num_inference_steps: 20, guidance_scale: 7.5, scheduler: "UniPC", lora_scale: null,
  });
});

test("a field has its range, choices and length from the API", () => {
  const steps = field(model(), "num_inference_steps");
  assert.deepEqual([steps?.type, steps?.minimum, steps?.maximum, steps?.default, steps?.label], ["int", 20, 100, 20, "Steps"]);
  assert.deepEqual(field(model(), "img_width")?.choices, [512, 768, 1024]);
  assert.equal(field(model(), "negative_prompt")?.maxLength, 4000);
  assert.equal(field(model(), "lora_scale")?.optional, true);
  assert.equal(field(model(), "base64"), null);
  assert.equal(field(model(), "constructor"), null);
});

test("a parameter that the page does not know comes last, under the API's own words", () => {
  const known = model(
    {
      clip_skip: { default: 1, maximum: 4, minimum: 1, type: "integer", title: "Clip Skip", description: "Layers to skip" },
      tiling: { default: false, type: "boolean", title: "Tiling" },
      quality: { $ref: "#/$defs/Quality", default: "draft" },
      mode: { const: "fast", default: "fast", title: "Mode", type: "string" },
      shapes: { type: "array" },
    },
    { Quality: { enum: ["draft", "fine"], title: "Quality", type: "string" } },
  );
  assert.deepEqual(fields(known).slice(-4).map(({ name, label, type, hint }) => ({ name, label, type, hint })), [
    { name: "clip_skip", label: "Clip Skip", type: "int", hint: "Layers to skip" },
    { name: "tiling", label: "Tiling", type: "switch", hint: "" },
    { name: "quality", label: "Quality", type: "choice", hint: "" },
    { name: "mode", label: "Mode", type: "choice", hint: "" },
  ]);
  const values = { ...defaults(known), prompt: "a fox" };
  assert.deepEqual(check(values, known), {});
  const { clip_skip, tiling, quality } = forApi(values);
  assert.deepEqual([clip_skip, tiling, quality], [1, false, "draft"]);
  assert.deepEqual(Object.keys(check(/** @type {any} */ ({ ...values, clip_skip: 9, tiling: "x", quality: "best" }), known)), ["clip_skip", "tiling", "quality"]);
});

test("a parameter that the API has dropped is no field", () => {
  const known = model();
  delete known.parameters.properties.lora_scale;
  assert.equal("lora_scale" in defaults(known), false);
});

test("what is right has no fault", () => assert.deepEqual(check(settings, model()), {}));

test("every wrong field has its sentence", () => {
  const wrong = {
    ...settings, prompt: " \n", negative_prompt: "x".repeat(4001), scheduler: "Foo", num_inference_steps: 20.5, guidance_scale: NaN,
    samples: 0, seed: -2, img_width: 500, lora_scale: 11,
  };
  assert.deepEqual(check(wrong, model()), {
    prompt: "Say in words what to draw.",
    negative_prompt: "4,001 characters; at most 4,000 can be sent. Nothing was cut.",
    img_width: "Choose one from the list.",
    samples: "Write a whole number from 1 to 4.",
    seed: "Write a whole number from −1 to 999,999,999,999,999.",
    num_inference_steps: "Write a whole number from 20 to 100.",
    guidance_scale: "Write a number from 0.1 to 25.",
    scheduler: "Choose one from the list.",
    lora_scale: "Write a number from −10 to 10, or leave it empty.",
  });
});

test("a prompt of 10,000 characters is refused with its count", () => {
  assert.match(check({ ...settings, prompt: "x".repeat(10_000) }, model()).prompt ?? "", /^10,000 characters; at most 4,000/);
});

test("an emoji is one character, as the API counts", () => {
  assert.deepEqual(["🦊", "a🦊b", "é", "\ud83e", "🦊".repeat(3)].map(lengthOf), [1, 3, 1, 1, 3]);
  assert.deepEqual(check({ ...settings, prompt: "🦊".repeat(4000) }, model()), {});
  assert.deepEqual(Object.keys(check({ ...settings, prompt: "🦊".repeat(4001) }, model())), ["prompt"]);
});

test("the last picture's seed must be in range too", () => {
  const seed = 999_999_999_999_998;
  assert.deepEqual(check({ ...settings, seed, samples: 2 }, model()), {});
  assert.deepEqual(Object.keys(check({ ...settings, seed, samples: 3 }, model())), ["seed"]);
});

test("the request leaves out what is empty, and half an emoji", () => {
  const sent = forApi({ ...settings, prompt: "a fox \ud83e", negative_prompt: " " });
  assert.equal(sent.prompt, "a fox \ufffd");
  assert.equal("negative_prompt" in sent || "lora_scale" in sent, false);
  assert.equal(forApi({ ...settings, lora_scale: 0 }).lora_scale, 0);
  assert.equal(forApi({ ...settings, negative_prompt: "text" }).negative_prompt, "text");
});

test("the price is of all pictures", () => {
  assert.equal(priceOf({ ...settings, samples: 4 }, model()), 0.048);
  assert.equal(priceOf({ ...settings, samples: 4 }, model(), 2), 0.096);
  assert.equal(priceOf({ ...settings, samples: NaN }, model()), 0.012);
});

test("dollars have the decimals that it takes", () => {
  assert.deepEqual([0.048, 0.1, 4.9, 12, 1234.5, 0.0125, 0].map(asDollars), ["$0.048", "$0.10", "$4.90", "$12.00", "$1,234.50", "$0.0125", "$0.00"]);
});

test("only what differs from the default is changed, the prompt aside", () => {
  assert.deepEqual(changed(settings, model()), []);
  assert.deepEqual(changed({ ...settings, seed: 7, lora_scale: 0, num_inference_steps: NaN }, model()), ["seed", "num_inference_steps", "lora_scale"]);
});

test("a seed is drawn below 2³²", () => {
  const seed = drawSeed();
  assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
  assert.equal(withSeed(settings, 7).seed, 7);
});

test("numbers are read as people write them", () => {
  assert.deepEqual(["7.5", "7,5", "−3", " +2 ", "1e2", ".5", "7."].map((text) => readNumber(text)), [7.5, 7.5, -3, 2, 100, 0.5, 7]);
  assert.deepEqual(["", "abc", "1.2.3", "0x10", "Infinity", "1,2,3", "9".repeat(99)].map((text) => readNumber(text)), Array(7).fill(NaN));
  assert.deepEqual(["1,000", "12,345,678", "1,0", "-1"].map((text) => readNumber(text, true)), [1000, 12345678, NaN, -1]);
});

test("numbers are shown with commas, a minus, and six decimals at most", () => {
  assert.deepEqual([0, 999, 1000, -1234567.5, 4294967295, 0.1 + 0.2, 1e-7].map(shown), [
    "0", "999", "1,000", "−1,234,567.5", "4,294,967,295", "0.3", "0",
  ]);
});

test("what fits is taken as it is", () => {
  const given = { prompt: "a fox", samples: "4", seed: "42", guidance_scale: 9, scheduler: "euler A", img_width: "512", lora_scale: "", negative_prompt: null };
  assert.deepEqual(fit(given, model()), {
    settings: { prompt: "a fox", samples: 4, seed: 42, guidance_scale: 9, scheduler: "Euler a", img_width: 512 },
    said: [],
  });
});

test("what does not fit is moved or left out, and said", () => {
  const given = { num_inference_steps: 500, samples: 2.6, img_height: 700, scheduler: "DPM++ 3M", seed: 1e30, guidance_scale: "much", prompt: {}, size: 3 };
  assert.deepEqual(fit(given, model()), {
    settings: { num_inference_steps: 100, samples: 3, img_height: 768 },
    said: [
      "Steps: 500 became 100.",
      "Images: 2.6 became 3.",
      "Height: 700 became 768.",
      "Scheduler: “DPM++ 3M” is not known and was left out.",
      "Seed: 1e+30 is too large and was left out.",
      "Guidance: “much” is no number and was left out.",
      "Prompt: it is no text and was left out.",
      "Left out, as this model has no such setting: “size”.",
    ],
  });
});

test("a prompt that is too long is kept whole, and said", () => {
  const { settings: fitting, said } = fit({ prompt: "x".repeat(10_000) }, model());
  assert.equal(fitting.prompt?.length, 10_000);
  assert.equal(said.length, 1);
});

test("nothing that a link or a file can hold makes it throw", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1, "samples": [[]], "seed": {"a": 1}, "prompt": "<img src=x onerror=alert(1)>"}');
  const { settings: fitting } = fit(hostile, model());
  assert.deepEqual(fitting, { prompt: "<img src=x onerror=alert(1)>" });
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  for (const value of [null, undefined, 7, "x", [], [1], true, Symbol("x"), () => 1, NaN, Object.create(null)]) {
    for (const name of Object.keys(properties)) assert.ok(fit({ [name]: value }, model()));
    assert.ok(fit(value, model()));
  }
});

test("many unknown settings make one short sentence", () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`x${n}`, 1]));
  assert.deepEqual(fit({ ...many, ["y".repeat(9999)]: 1 }, model()).said, [
    "Left out, as this model has no such setting: “x0”, “x1”, “x2”, 4,998 more.",
  ]);
});
