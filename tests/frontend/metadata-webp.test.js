// WebP files down to the byte: where EXIF goes, what stays, and files made to do harm.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { embed, extract, strip } from "../../frontend/app/metadata/index.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: 3426017487, img_width: 1024, img_height: 768, lora_scale: null,
};
const bytes = async (/** @type {Blob} */ blob) => Buffer.from(await blob.arrayBuffer());
const file = (/** @type {string} */ name) => readFile(new URL(`files/${name}`, import.meta.url));

/** @param {Buffer} whole @returns {[type: string, data: Buffer][]} */
function chunks(whole) {
  assert.equal(whole.readUInt32LE(4), whole.length - 8, "the size in the head");
  /** @type {[string, Buffer][]} */
  const found = [];
  for (let at = 12; at < whole.length; ) {
    const size = whole.readUInt32LE(at + 4);
    found.push([whole.toString("latin1", at, at + 4), whole.subarray(at + 8, at + 8 + size)]);
    at += 8 + size + (size % 2);
    assert.ok(at <= whole.length);
  }
  return found;
}

/** @param {[type: string, data: string | Buffer, size?: number][]} parts */
function webp(...parts) {
  const body = parts.flatMap(([type, data, size = data.length]) => {
    const head = Buffer.from(`${type}\0\0\0\0`, "latin1");
    head.writeUInt32LE(size, 4);
    return [head, Buffer.from(data), Buffer.alloc(data.length % 2)];
  });
  const whole = Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP"), ...body]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return new Blob([whole]);
}

for (const [name, flags, size] of /** @type {const} */ ([
  ["lossy.webp", 0x08, [19, 13]], ["lossless.webp", 0x08, [19, 13]],
])) {
  test(`${name} gets a header that says what it has and how large it is; its pixels stay`, async () => {
    const plain = await file(name);
    const written = chunks(await bytes(await embed(new Blob([plain]), SETTINGS, { model: "" })));
    const [[first, header], [pixels, data], [last, exif]] = written;
    assert.deepEqual([first, pixels.slice(0, 3), last, written.length], ["VP8X", "VP8", "EXIF", 3]);
    assert.deepEqual([header[0] & ~0x10, header.readUIntLE(4, 3), header.readUIntLE(7, 3)], [flags, ...size]);
    assert.deepEqual(data, chunks(plain)[0][1]);
    assert.equal(exif.toString("latin1", 0, 4), "MM\0*");
  });
}

test("an old EXIF is replaced, XMP is kept behind it, both are gone when stripped", async () => {
  const plain = new Blob([await file("a1111.webp")]);
  const written = chunks(await bytes(await embed(plain, SETTINGS, { model: "" })));
  assert.deepEqual(written.map(([type]) => type), ["VP8X", "VP8 ", "EXIF", "XMP "]);
  assert.equal(written[0][1][0], 0x0c);
  const stripped = chunks(await bytes(await strip(plain)));
  assert.deepEqual(stripped.map(([type]) => type), ["VP8X", "VP8 "]);
  assert.equal(stripped[0][1][0], 0);
});

test("a moving picture keeps moving", async () => {
  const plain = await file("moving.webp");
  const frames = (/** @type {Buffer} */ whole) => chunks(whole).filter(([type]) => type.startsWith("AN"));
  for (const blob of [await embed(new Blob([plain]), SETTINGS, { model: "" }), await strip(new Blob([plain]))]) {
    assert.deepEqual(frames(await bytes(blob)), frames(plain));
  }
});

test("unknown chunks and what follows the end are gone when stripped", async () => {
  const [[type, data]] = chunks(await file("lossy.webp"));
  const whole = new Blob([webp([type, data], ["fox ", "fox"]), "fox"]);
  assert.deepEqual(await bytes(await strip(whole)), await file("lossy.webp"));
});

test("EXIF behind JPEG's mark is read", async () => {
  const written = await embed(new Blob([await file("lossy.webp")]), SETTINGS, { model: "" });
  const [, , [, exif]] = chunks(await bytes(written));
  assert.equal(
    (await extract(webp(["EXIF", Buffer.concat([Buffer.from("Exif\0\0"), exif])])))?.values.seed, SETTINGS.seed,
  );
});

test("sizes that cannot be are refused in words, and reserve nothing", async () => {
  const wrong = [
    webp(["VP8 ", "x", 0xffffffff]), webp(["EXIF", "MM", 5000]), webp(["VP8X", "short"]), webp(["VP8 ", "x"]), webp(),
    webp(["ALPH", "x"]), new Blob(["RIFF\xff\xff\xff\xffWEBPVP8 "]), new Blob(["RIFF\0\0\0\0WEBP"]),
  ];
  for (const blob of wrong) {
    for (const deed of [extract, strip, (/** @type {Blob} */ each) => embed(each, SETTINGS, { model: "" })]) {
      await deed(blob).catch((error) => assert.equal(error.name, "FileProblem", error.stack));
    }
    await assert.rejects(embed(blob, SETTINGS, { model: "" }), { name: "FileProblem" });
  }
  const many = Buffer.from(`RIFF\0\0\0\0WEBP${"none\0\0\0\0".repeat(150_000)}`);
  many.writeUInt32LE(many.length - 8, 4);
  await assert.rejects(extract(new Blob([many])), { name: "FileProblem", message: /too many parts/ });
});
