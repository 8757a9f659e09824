// JPEG files down to the byte: where EXIF goes, what stays, and files made to do harm.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readExif, writeExif } from "../../frontend/app/metadata/exif.js";
import { embed, extract, strip } from "../../frontend/app/metadata/index.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: 3426017487, img_width: 1024, img_height: 768, lora_scale: null,
};
const A1111 = "a hare\nSteps: 25, Sampler: DDIM, Seed: 5";
const START = Buffer.from("ffd8", "hex");
const PIXELS = Buffer.from("ffda0002112233ff00ff0044ffd055ffd766", "hex");
const END = Buffer.from("ffd9", "hex");

/** @param {number} marker @param {Buffer | string} data @param {number} [length] */
function segment(marker, data, length = data.length + 2) {
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), Buffer.from(data)]);
}

/** @param {Buffer[]} segments */
const jpeg = (...segments) => new Blob([START, ...segments, PIXELS, END]);
const bytes = async (/** @type {Blob} */ blob) => Buffer.from(await blob.arrayBuffer());
const file = (/** @type {string} */ name) => readFile(new URL(`files/${name}`, import.meta.url));
const exif = (/** @type {Buffer | Uint8Array} */ tiff) => segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff]));

/**
 * A TIFF file of fields [tag, type, count, value or offset], the second directory right after the first.
 * @param {boolean} little @param {number[][]} outer @param {number[][]} inner @param {Buffer} [rest]
 */
function tiff(little, outer, inner, rest = Buffer.alloc(0)) {
  const directory = (/** @type {number[][]} */ fields) => {
    const data = Buffer.alloc(2 + 12 * fields.length + 4);
    const view = new DataView(data.buffer, data.byteOffset);
    view.setUint16(0, fields.length, little);
    for (const [index, [tag, type, count, value]] of fields.entries()) {
      view.setUint16(2 + 12 * index, tag, little);
      view.setUint16(4 + 12 * index, type, little);
      view.setUint32(6 + 12 * index, count, little);
      view.setUint32(10 + 12 * index, value, little);
    }
    return data;
  };
  const head = Buffer.from(little ? "49492a0008000000" : "4d4d002a00000008", "hex");
  return Buffer.concat([head, directory(outer), directory(inner), rest]);
}

/** @param {boolean} little @param {Buffer} comment */
function commented(little, comment) {
  return tiff(little, [[0x8769, 4, 1, 26]], [[0x9286, 7, comment.length, 44]], comment);
}

test("EXIF comes after JFIF, as A1111 writes it, and all else is as it was", async () => {
  const plain = await file("plain.jpg");
  const written = await bytes(await embed(new Blob([plain]), SETTINGS, { model: "" }));
  const jfif = 2 + 18;
  const size = written.readUInt16BE(jfif + 2) + 2;
  assert.equal(
    written.toString("latin1", jfif, jfif + 10), `\xff\xe1${written.toString("latin1", jfif + 2, jfif + 4)}Exif\0\0`,
  );
  assert.ok(written.includes(Buffer.from("UNICODE\0\0a\0 \0r\0e\0d\0 \0f\0o\0x", "latin1")));
  assert.deepEqual(Buffer.concat([written.subarray(0, jfif), written.subarray(jfif + size)]), plain);
});

test("without JFIF, EXIF comes first", async () => {
  const written = await bytes(await embed(jpeg(segment(0xdb, "q")), SETTINGS, { model: "" }));
  assert.deepEqual([written[2], written[3]], [0xff, 0xe1]);
});

test("an old EXIF is replaced, but for which way is up", async () => {
  const plain = new Blob([await file("camera.jpg")]);
  for (const [name, blob] of Object.entries({
    written: await embed(plain, SETTINGS, { model: "" }), stripped: await strip(plain),
  })) {
    const whole = (await bytes(blob)).toString("latin1");
    assert.equal(whole.split("Exif\0\0").length, 2, name);
    assert.doesNotMatch(whole, /garden/);
    assert.match(whole, /ICC_PROFILE/, "colours need their profile");
    const at = whole.indexOf("Exif\0\0") + 6;
    assert.equal(readExif(new Uint8Array(Buffer.from(whole.slice(at), "latin1"))).orientation, 6, name);
  }
});

test("stripped of all but what makes its looks, pixels untouched", async () => {
  const told = [
    exif(commented(false, Buffer.from("ASCII\0\0\0fox"))),
    segment(0xe1, "http://ns.adobe.com/xap/1.0/\0<fox/>"), segment(0xe2, "MPF\0fox"),
    segment(0xeb, "JP fox"), segment(0xed, "Photoshop 3.0\0fox"), segment(0xfe, "fox"), segment(0xef, "fox"),
  ];
  const looks = [
    segment(0xe2, "ICC_PROFILE\0\x01\x01"), segment(0xee, "Adobe\0d"), segment(0xdb, "q"), segment(0xc2, "f"),
  ];
  const scans = [
    segment(0xc4, "h"), PIXELS, Buffer.from("ffffff", "hex"), segment(0xc4, "i"), segment(0xfe, "fox"), PIXELS,
  ];
  const whole = new Blob([
    START, segment(0xe0, "JFIF\0"), ...told, ...looks, ...scans, END, Buffer.from("a film of a fox"),
  ]);
  const left = [
    segment(0xe0, "JFIF\0"), ...looks, segment(0xc4, "h"), PIXELS, Buffer.from("ffffff", "hex"), segment(0xc4, "i"),
    PIXELS,
  ];
  assert.deepEqual(await bytes(await strip(whole)), Buffer.concat([START, ...left, END]));
});

test("a picture that breaks off in its pixels can be written and stripped, one that has none cannot", async () => {
  const short = new Blob([START, segment(0xdb, "q"), PIXELS]);
  assert.deepEqual(await bytes(await strip(short)), await bytes(short));
  assert.equal((await extract(await embed(short, SETTINGS, { model: "" })))?.values.seed, SETTINGS.seed);
  for (const blob of [
    new Blob([START, END]), new Blob([START, segment(0xdb, "q")]), new Blob([START, segment(0xdb, "q", 900), END]),
  ]) {
    await assert.rejects(strip(blob), { name: "FileProblem", message: /^This JPEG file is damaged: / });
  }
});

test("a comment is read in its codes and byte orders", async () => {
  const text = A1111.replace("hare", "أرنب");
  const big = Buffer.from(text, "utf16le").swap16();
  const comments = {
    "UNICODE\0": [
      big, Buffer.from(text, "utf16le"), Buffer.from(`\ufeff${text}`, "utf16le").swap16(), Buffer.from(text),
    ],
    "ASCII\0\0\0": [Buffer.from(text)],
    "\0\0\0\0\0\0\0\0": [Buffer.from(text), Buffer.from(`${text}\0\0`)],
  };
  for (const little of [false, true]) {
    for (const [code, texts] of Object.entries(comments)) {
      for (const [index, each] of texts.entries()) {
        const found = await extract(jpeg(exif(commented(little, Buffer.concat([Buffer.from(code), each])))));
        assert.deepEqual([found?.values.prompt, found?.values.seed], ["a أرنب", 5], `${little} ${code} ${index}`);
      }
    }
    // Shift JIS, which is what programs write under this code.
    const jis = Buffer.concat([
      Buffer.from("JIS\0\0\0\0\0"), Buffer.from([0x8c, 0xcf]), Buffer.from("\nSteps: 20, Seed: 5"),
    ]);
    assert.equal((await extract(jpeg(exif(commented(little, jis)))))?.values.prompt, "狐");
  }
});

test("a comment of a camera is no settings", async () => {
  assert.equal(await extract(jpeg(exif(commented(true, Buffer.from("ASCII\0\0\0taken in the garden"))))), null);
  assert.equal(await extract(jpeg(exif(commented(true, Buffer.from("ASCII\0\0\0"))))), null);
  assert.equal(await extract(jpeg(exif(commented(true, Buffer.from("\0"))))), null);
});

test("EXIF that points at itself, outside, or at gigabytes is passed over", async () => {
  const wrong = [
    tiff(false, [[0x8769, 4, 1, 8]], []), // the second directory is the first
    tiff(false, [[0x8769, 4, 1, 0xffffffff]], []),
    tiff(false, [[0x8769, 4, 0xffffffff, 26]], []),
    tiff(false, [[0x8769, 4, 1, 26]], [[0x9286, 7, 0xffffffff, 44]]),
    tiff(false, [[0x8769, 4, 1, 26]], [[0x9286, 12, 0x20000001, 0]]),
    tiff(false, [[0x8769, 4, 1, 26]], [[0x9286, 7, 100, 0xffffffff]]),
    tiff(false, [[0x8769, 4, 1, 26]], [[0x9286, 99, 1, 0]]),
    tiff(false, [[0x8769, 4, 0, 0]], []),
    tiff(false, [[0x8769, 3, 1, 26]], []),
    tiff(false, [[0x112, 3, 1, 99 << 16]], []),
    Buffer.from("4d4d002affffffff", "hex"),
    Buffer.from("49492a00ffffffff", "hex"),
    Buffer.from("4d4d002a00000008ffff", "hex"),
  ];
  for (const [index, each] of wrong.entries()) {
    assert.equal(await extract(jpeg(exif(each))), null, `${index}`);
    const written = await embed(jpeg(exif(each)), SETTINGS, { model: "" });
    assert.equal((await extract(written))?.values.seed, SETTINGS.seed);
  }
  for (const each of ["", "MM", "II*\0", "<?xml", "XX\0*\0\0\0\x08"]) {
    await assert.rejects(extract(jpeg(exif(Buffer.from(each)))), { name: "FileProblem", message: /EXIF/ });
    assert.equal(await extract(await strip(jpeg(exif(Buffer.from(each))))), null);
  }
});

test("what is written is read, with and without each part", () => {
  for (const comment of [null, "a fox 🦊", ""]) {
    for (const note of [null, "{}", "é"]) {
      for (const orientation of [1, 3, 8]) {
        const whole = writeExif({ comment, note, orientation });
        if (whole === null) assert.deepEqual([comment, note, orientation], [null, null, 1]);
        else assert.deepEqual(readExif(whole), { comment, note, orientation });
      }
    }
  }
});

test("a hundred megabytes are gone through at once", async () => {
  const bodies = {
    pixels: Buffer.concat([PIXELS, Buffer.alloc(95_000_000, 0x5a)]),
    fill: Buffer.concat([PIXELS, Buffer.alloc(95_000_000, 0xff)]),
    zeros: Buffer.concat([PIXELS, Buffer.alloc(95_000_000, Buffer.from("ff00", "hex"))]),
    "fill before a marker": Buffer.alloc(95_000_000, 0xff),
    "empty segments": Buffer.alloc(95_000_000, segment(0xe5, "")),
  };
  for (const [name, body] of Object.entries(bodies)) {
    const whole = new Blob([START, body, END]);
    const started = process.cpuUsage(); // not the clock: other tests run beside this one
    for (const deed of [extract, strip]) {
      await deed(whole).catch((error) => assert.equal(error.name, "FileProblem", `${name}: ${error.stack}`));
    }
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 4e6, `${name} ${user + system} µs`);
  }
});
