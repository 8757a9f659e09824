// Links: what is shared is read back, and whatever else stands in one is told, never obeyed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defaults } from "../../frontend/app/settings.js";
import { link, read } from "../../frontend/app/share.js";
import { MODEL } from "./files/model.js";

const ORIGIN = "https://pictures.example";
const FORM = { ...defaults(MODEL), prompt: "a red fox in the snow" };

/** What a visitor who opens the link has in the form. @param {string} url */
function opened(url) {
  const found = read(new URL(url).hash, MODEL);
  return { settings: { ...defaults(MODEL), ...found?.settings }, said: found?.said };
}

test("a link has the prompt and what differs from the defaults", () => {
  assert.equal(link(FORM, ORIGIN, MODEL), `${ORIGIN}/#/create?prompt=a+red+fox+in+the+snow`);
  const other = { ...FORM, seed: 7, img_width: 512, lora_scale: -0.5, scheduler: "Euler a" };
  assert.equal(
    link(other, ORIGIN, MODEL),
    `${ORIGIN}/#/create?prompt=a+red+fox+in+the+snow&img_width=512&seed=7&scheduler=Euler+a&lora_scale=-0.5`,
  );
});

test("whatever is shared is read back as it was", () => {
  const prompts = [
    "café 100% + more & less = #1?",
    "ثعلب أحمر في الثلج", "雪の中の狐", "🦊 👩‍👩‍👧", "two\nlines\r\n\tand a tab", "{a|b} \\{c\\}",
    "<img src=x onerror=alert(1)>", "%41 %zz", "", "&prompt=other&seed=9",
  ];
  for (const prompt of prompts) {
    const settings = {
      ...FORM, prompt, negative_prompt: prompt, seed: 999_999_999_999_999, samples: 4, img_height: 768,
      guidance_scale: 0.1, num_inference_steps: 100, lora_scale: 0, scheduler: "DPM2 a Karras",
    };
    assert.deepEqual(opened(link(settings, ORIGIN, MODEL)), { settings, said: [] }, prompt);
  }
});

test("the longest prompts that can be asked for make a link that can be read", () => {
  for (const letter of ["狐", "🦊", "<"]) {
    const settings = { ...FORM, prompt: letter.repeat(4000), negative_prompt: letter.repeat(4000) };
    assert.deepEqual(opened(link(settings, ORIGIN, MODEL)), { settings, said: [] });
  }
});

test("only settings get into a link, whatever else is in the object", () => {
  const more = { ...FORM, key: "sasha_demo_secret", base64: true, api_key: "sasha_demo_secret" };
  assert.equal(link(more, ORIGIN, MODEL), link(FORM, ORIGIN, MODEL));
});

test("fragments without settings are none", () => {
  for (const fragment of [
    "", "#", "#/", "#/create", "#/create?", "#/create?&", "#/gallery", "#/gallery?prompt=x", "#/createx?prompt=x",
    "?prompt=x",
  ]) {
    assert.equal(read(fragment, MODEL), null, fragment);
  }
});

test("a part is enough", () => {
  assert.deepEqual(read("#/create?seed=7", MODEL), { settings: { seed: 7 }, said: [] });
  assert.deepEqual(read("#/create?prompt=a%20fox", MODEL), { settings: { prompt: "a fox" }, said: [] });
  assert.deepEqual(read("#/create?prompt=", MODEL)?.settings, { prompt: "" });
});

test("numbers outside their range are moved into it, sizes to the nearest, and it is said", () => {
  const found = read(
    "#/create?num_inference_steps=500&guidance_scale=-3&img_width=832&img_height=99999&samples=2.4", MODEL,
  );
  assert.deepEqual(
    found?.settings, { num_inference_steps: 100, guidance_scale: 0.1, img_width: 768, img_height: 1024, samples: 2 },
  );
  assert.equal(found?.said.length, 5);
  assert.match(found?.said.join(" ") ?? "", /Steps: .*500.* became 100/);
});

test("values that are none are left out, and it is said", () => {
  for (const value of [
    "NaN", "Infinity", "-Infinity", "1e999", "0x10", "[object Object]", "null", "<img src=x onerror=alert(1)>",
    "9".repeat(5000),
  ]) {
    for (const name of [
      "seed", "num_inference_steps", "guidance_scale", "samples", "img_width", "lora_scale", "scheduler",
    ]) {
      const found = read(`#/create?prompt=a+fox&${name}=${encodeURIComponent(value)}`, MODEL);
      const { prompt, ...rest } = found?.settings ?? {};
      assert.equal(prompt, "a fox");
      for (const each of Object.values(rest)) assert.ok(Number.isFinite(each), `${name} ${value}: ${each}`);
      assert.equal(found?.said.length, 1, `${name}=${value}`);
      assert.ok((found?.said[0].length ?? 0) < 200, found?.said[0]);
    }
  }
});

test("unknown names are told, not what stands beside them", () => {
  const found = read("#/create?prompt=a+fox&key=sasha_demo_secret&steps=9&__proto__=1&constructor=2&toString=3", MODEL);
  assert.deepEqual(found?.settings, { prompt: "a fox" });
  assert.equal(found?.said.length, 1);
  assert.match(found?.said[0] ?? "", /key.*steps.*__proto__.*2 more/);
  assert.doesNotMatch(found?.said[0] ?? "", /secret/);
  assert.equal(/** @type {any} */ ({})[0], undefined);
});

test("of repeated values the first is taken, and it is said", () => {
  const found = read("#/create?seed=1&seed=2&seed=3&prompt=a&prompt=b&junk=1&junk=2", MODEL);
  assert.deepEqual(found?.settings, { seed: 1, prompt: "a" });
  assert.ok(
    found?.said.includes("More than one value was given for Seed, Prompt; the first was taken."), found?.said.join(" "),
  );
});

test("a prompt that is too long is kept for the field to refuse, and it is said", () => {
  const found = read(`#/create?prompt=${"a".repeat(10_000)}`, MODEL);
  assert.equal(found?.settings.prompt?.length, 10_000);
  assert.equal(found?.said.length, 1);
});

test("a link beyond all measure is refused in words", () => {
  assert.deepEqual(read(`#/create?prompt=${"a".repeat(1e6)}`, MODEL), {
    settings: {}, said: ["The link is too long to be read, so none of it was."],
  });
});

test("broken codings and thousands of names neither fail nor take time", () => {
  const started = performance.now();
  for (const query of [
    "%", "%ff%fe=%c3", "=", "====", "a".repeat(99_000), "&".repeat(99_000), "a=1&".repeat(24_000),
    Array.from({ length: 12_000 }, (_, n) => `n${n}=1`).join("&"),
  ]) {
    const said = read(`#/create?${query}`, MODEL)?.said ?? [];
    assert.ok(said.join("").length < 400, said.join("").slice(0, 500));
  }
  assert.ok(performance.now() - started < 20_000);
  assert.equal(read("#/create?prompt=%F0%9F%A6", MODEL)?.settings.prompt, "\ufffd");
});
