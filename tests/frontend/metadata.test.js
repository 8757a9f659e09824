// Settings in picture files: what is written comes back, in every format; what is removed is gone; pixels stay.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { embed, extract, FileProblem, strip } from "../../frontend/app/metadata/index.js";
import { writePng } from "../../frontend/app/metadata/png.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: 3426017487, img_width: 1024, img_height: 768, lora_scale: null,
};
const MODEL = { model: "BigDug-Sasha" };
const PLAIN = [
  "plain.png", "palette.png", "plain.jpg", "camera.jpg", "print.jpg", "lossy.webp", "lossless.webp", "moving.webp",
];
const PROMPTS = {
  "Latin-1": "café, smörgåsbord, ÿ",
  Arabic: "ثعلب أحمر في الثلج، إضاءة الصباح",
  Hebrew: "שועל אדום בשלג",
  Japanese: "雪の中の赤い狐",
  emoji: "🦊 in the ❄️, 👩‍👩‍👧 watching",
  lines: "a fox\n\n  and a hare\tin the snow ",
  "A1111's own words": "a sign: Negative prompt: none\nNegative prompt: here\nSteps: 50, Sampler: Heun, Seed: 1",
  quotes: "\"a\" 'b' \\ {red|blue} <img src=x onerror=alert(1)> %41 &amp;",
  "a cut emoji and a zero": "half \ud83e of a fox\0",
};

/** @param {string} name */
async function file(name) {
  return new Blob([await readFile(new URL(`files/${name}`, import.meta.url))]);
}

/** @param {Error} error */
function isFileProblem(error) {
  assert.ok(error instanceof FileProblem, error.stack);
}

/** @param {Blob} blob */
async function latin(blob) {
  return Buffer.from(await blob.arrayBuffer()).toString("latin1");
}

for (const name of PLAIN) {
  test(`the settings written into ${name} are read back exactly, whatever the prompt`, async () => {
    for (const [kind, prompt] of Object.entries(PROMPTS)) {
      const settings = { ...SETTINGS, prompt, negative_prompt: prompt, lora_scale: -0.25, guidance_scale: 0.1 };
      const found = await extract(await embed(await file(name), settings, MODEL));
      assert.deepEqual(found, { values: settings, said: [] }, kind);
    }
  });

  test(`writing into ${name} twice leaves the second settings alone, and no trace of the first`, async () => {
    const first = await embed(await file(name), { ...SETTINGS, prompt: "a badger" }, MODEL);
    const again = await embed(first, SETTINGS, MODEL);
    assert.deepEqual((await extract(again))?.values, SETTINGS);
    assert.equal(await latin(again), await latin(await embed(await file(name), SETTINGS, MODEL)));
  });

  test(`nothing told remains in ${name} once it is stripped, and stripping again changes nothing`, async () => {
    const stripped = await strip(await embed(await file(name), SETTINGS, MODEL));
    assert.equal(await extract(stripped), null);
    assert.doesNotMatch(await latin(stripped), /fox|f\0o\0x|sasha|BigDug|xmp|a note/i);
    assert.equal(await latin(await strip(stripped)), await latin(stripped));
  });

  test(`${name} cut off anywhere is a FileProblem or is read as far as it goes`, async () => {
    const whole = await embed(await file(name), SETTINGS, MODEL);
    for (let size = 0; size < whole.size; size += 1 + Math.floor(size / 40)) {
      for (const deed of [extract, strip, (/** @type {Blob} */ blob) => embed(blob, SETTINGS, MODEL)]) {
        await deed(whole.slice(0, size)).catch(isFileProblem);
      }
    }
  });

  test(`${name} with any byte wrong is a FileProblem or is read`, async () => {
    const whole = new Uint8Array(await (await embed(await file(name), SETTINGS, MODEL)).arrayBuffer());
    for (let at = 0; at < Math.min(whole.length, 1200); at++) {
      for (const byte of [0, 0xff]) {
        const wrong = whole.with(at, byte);
        for (const deed of [extract, strip]) {
          await deed(new Blob([wrong])).catch(isFileProblem);
        }
      }
    }
  });
}

test("the type is the file's own, whatever it was said to be", async () => {
  const told = new Blob([await file("plain.jpg")], { type: "image/png" });
  assert.equal((await embed(told, SETTINGS, MODEL)).type, "image/jpeg");
  assert.equal((await strip(told)).type, "image/jpeg");
  assert.equal((await embed(await file("lossy.webp"), SETTINGS, MODEL)).type, "image/webp");
});

test("a seed that was drawn later takes the place of -1", async () => {
  const found = await extract(await embed(await file("plain.png"), { ...SETTINGS, seed: -1 }, { ...MODEL, seed: 7 }));
  assert.equal(found?.values.seed, 7);
});

test("the longest prompts fit into every format, in any script", async () => {
  for (const letter of ["a", "é", "狐", "🦊", "\u0001", "\ud83e", '"']) {
    const settings = { ...SETTINGS, prompt: letter.repeat(4000), negative_prompt: letter.repeat(4000) };
    for (const name of ["plain.png", "camera.jpg", "lossy.webp"]) {
      assert.deepEqual(
        (await extract(await embed(await file(name), settings, MODEL)))?.values, settings, `${letter} ${name}`,
      );
    }
  }
});

test("what would not fit into a JPEG is refused in words", async () => {
  const settings = { ...SETTINGS, prompt: "a".repeat(40_000) };
  await assert.rejects(embed(await file("plain.jpg"), settings, MODEL), /too long to be written into a JPEG/);
});

test("what is no picture is refused in words", async () => {
  for (const content of [
    "", "a note", "%PDF-1.7", "GIF89a\x01\0\x01\0", "<svg xmlns='http://www.w3.org/2000/svg'/>", "BM\0\0\0\0",
  ]) {
    for (const deed of [extract, strip, (/** @type {Blob} */ blob) => embed(blob, SETTINGS, MODEL)]) {
      await assert.rejects(
        deed(new Blob([content])), { name: "FileProblem", message: "This file is not a PNG, JPEG or WebP picture." },
      );
    }
  }
});

test("a file that cannot be opened, and one that is too large, are refused in words before they are read", async () => {
  const arrayBuffer = () => Promise.reject(new DOMException("gone", "NotFoundError"));
  const gone = { size: 9, slice: () => ({ arrayBuffer }) };
  await assert.rejects(
    extract(/** @type {any} */ (gone)), { name: "FileProblem", message: "This file could not be opened." },
  );
  const head = await (await file("plain.png")).slice(0, 16).arrayBuffer();
  const huge = { size: 100_000_001, slice: () => new Blob([head]), arrayBuffer: () => assert.fail("it was read") };
  await assert.rejects(
    extract(/** @type {any} */ (huge)), { name: "FileProblem", message: "This picture is larger than 100 MB." },
  );
});

test("A1111's settings are read from PNG, JPEG and WebP, packed or not, in every encoding and byte order", async () => {
  const plain = ["a1111.png", "a1111-packed.png"];
  const arabic = [
    "a1111-arabic.png", "a1111-arabic-packed.png", "a1111.jpg", "a1111-little.jpg", "a1111-undefined.jpg", "a1111.webp",
  ];
  for (const name of [...plain, ...arabic, "a1111-ascii.jpg"]) {
    const found = await extract(await file(name));
    const fox = arabic.includes(name) ? "ثعلب أحمر في الثلج 🦊 雪の中の狐" : "a red fox in the snow";
    assert.deepEqual(found?.values, {
      prompt: `${fox}, (morning light:1.2), caf${name === "a1111-ascii.jpg" ? "e" : "é"}`,
      negative_prompt: "blurry, text", num_inference_steps: 30, scheduler: "DPM Multi", guidance_scale: 6.5,
      seed: 965400086, img_width: 832, img_height: 1216,
    }, name);
    assert.deepEqual(found?.said, [
      "The sampler “DPM++ 2M Karras” is not offered; DPM Multi comes nearest.",
      "Left out, as this model has no such setting: Clip skip.",
    ]);
  }
});

test("a picture without settings has none, and one of a program that cannot be read here is named", async () => {
  for (const name of PLAIN) assert.equal(await extract(await file(name)), null, name);
  await assert.rejects(extract(await file("comfyui.png")), { name: "FileProblem", message: /made with ComfyUI/ });
});

test("settings of our own that are no settings give way to A1111's text, and told of if there is none", async () => {
  const plain = new Uint8Array(await (await file("plain.png")).arrayBuffer());
  const text = "a hare\nSteps: 25, Sampler: DDIM, CFG scale: 7, Seed: 5, Size: 512x512";
  for (const wrong of [
    "", "{", "null", "7", '{"version": 9}', '{"settings": null}', '{"settings": [1]}', "[".repeat(150_000),
  ]) {
    const both = new Blob(writePng(plain, [["sasha", wrong], ["parameters", text]]));
    assert.equal((await extract(both))?.values.prompt, "a hare", wrong.slice(0, 20));
    const alone = new Blob(writePng(plain, [["sasha", wrong]]));
    await assert.rejects(extract(alone), { name: "FileProblem", message: "The settings in this file are damaged." });
  }
});

test("values of our own are passed on as they stand, hostile ones too, and change nothing but themselves", async () => {
  const hostile = JSON.parse('{"prompt": "a fox", "__proto__": {"polluted": 1}, "constructor": 1, "steps": "1e999"}');
  const found = await extract(await embed(await file("plain.png"), hostile, { ...MODEL, seed: 1 }));
  assert.equal(found?.values.prompt, "a fox");
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});
