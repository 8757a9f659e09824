// PNG files down to the byte: where the text goes, what stays, and files made to do harm.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { embed, extract, strip } from "../../frontend/app/metadata/index.js";
import { crc32 } from "../../frontend/app/metadata/png.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: 3426017487, img_width: 1024, img_height: 768, lora_scale: null,
};
const PARAMETERS = "a hare\nSteps: 25, Sampler: DDIM, Seed: 5";
const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const HEADER = chunk("IHDR", Buffer.from("00000001000000010802000000", "hex"));
const PIXELS = chunk("IDAT", deflateSync(Buffer.alloc(4)));
const END = chunk("IEND", "");

/** @param {string} type @param {Buffer | string} data @param {number} [length] */
function chunk(type, data, length = data.length) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), Buffer.from(data)]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(length);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(new Uint8Array(body)), body.length + 4);
  return whole;
}

/** @param {Buffer[]} chunks */
const png = (...chunks) => new Blob([SIGNATURE, ...chunks]);
const bytes = async (/** @type {Blob} */ blob) => Buffer.from(await blob.arrayBuffer());
const file = (/** @type {string} */ name) => readFile(new URL(`files/${name}`, import.meta.url));

/** @param {Buffer} whole @returns {[type: string, data: string][]} */
function chunks(whole) {
  const found = [];
  for (let at = 8; at < whole.length; at += whole.readUInt32BE(at) + 12) {
    const end = at + 8 + whole.readUInt32BE(at);
    assert.equal(whole.readUInt32BE(end), crc32(new Uint8Array(whole.subarray(at + 4, end))), "checksum");
    found.push(/** @type {[string, string]} */ ([
      whole.toString("latin1", at + 4, at + 8), whole.toString("latin1", at + 8, end),
    ]));
  }
  return found;
}

test("the checksum is PNG's", () => {
  assert.equal(crc32(new Uint8Array(Buffer.from("123456789"))), 0xcbf43926);
});

test("texts stand before the pixels, tEXt where Latin-1 can hold them, else iTXt; all else is as it was", async () => {
  const plain = new Blob([await file("palette.png")]);
  const latin = chunks(await bytes(await embed(plain, { ...SETTINGS, prompt: "café" }, { model: "" })));
  assert.deepEqual(latin.map(([type]) => type), ["IHDR", "PLTE", "tRNS", "pHYs", "tEXt", "tEXt", "IDAT", "IEND"]);
  assert.match(latin[4][1], /^parameters\0caf\xe9\nSteps: 20, Sampler: UniPC/);
  assert.match(latin[5][1], /^sasha\0\{"version":1,/);
  const arabic = chunks(await bytes(await embed(plain, { ...SETTINGS, prompt: "ثعلب" }, { model: "" })));
  assert.deepEqual(arabic.map(([type]) => type), ["IHDR", "PLTE", "tRNS", "pHYs", "iTXt", "iTXt", "IDAT", "IEND"]);
  assert.ok(arabic[4][1].startsWith(`parameters\0\0\0\0\0${Buffer.from("ثعلب").toString("latin1")}\nSteps`));
  assert.deepEqual(arabic.filter(([type]) => type !== "iTXt"), chunks(await bytes(plain)));
});

test("texts of others are kept, and their settings replaced", async () => {
  const written = chunks(await bytes(await embed(new Blob([await file("a1111.png")]), SETTINGS, { model: "" })));
  const texts = written.filter(([type]) => type === "tEXt").map(([, data]) => data.split("\0")[0]);
  assert.deepEqual(texts, ["Software", "parameters", "sasha"]);
});

test("stripped of all but what makes its looks, pixels untouched", async () => {
  const told = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME", "caBX", "prVt"].map((type) => chunk(type, "parameters\0fox"));
  const looks = ["gAMA", "iCCP", "tRNS", "pHYs", "acTL"].map((type) => chunk(type, "1234"));
  const whole = png(HEADER, ...told, ...looks, PIXELS, ...told, PIXELS, END, Buffer.from("PK a zip that was appended"));
  assert.deepEqual(await bytes(await strip(whole)), Buffer.concat([SIGNATURE, HEADER, ...looks, PIXELS, PIXELS, END]));
});

test("settings are read from a file whose end is missing or garbage", async () => {
  const text = chunk("tEXt", `parameters\0${PARAMETERS}`);
  for (const rest of [[], [PIXELS.subarray(0, 9)], [Buffer.alloc(50, 0xff)], [PIXELS]]) {
    assert.equal((await extract(png(HEADER, text, ...rest)))?.values.seed, 5);
  }
});

test("a file that breaks off before any settings is damaged, in words", async () => {
  for (const blob of [
    png(HEADER.subarray(0, 20)), png(HEADER, PIXELS.subarray(0, 15)), png(HEADER, chunk("tEXt", "a", 2 ** 32 - 1)),
  ]) {
    await assert.rejects(extract(blob), { name: "FileProblem", message: "This PNG file is damaged: it breaks off." });
  }
  for (const blob of [png(), png(HEADER, END), png(HEADER, PIXELS), png(PIXELS, END)]) {
    await assert.rejects(strip(blob), { name: "FileProblem" });
    await assert.rejects(embed(blob, SETTINGS, { model: "" }), { name: "FileProblem" });
  }
});

test("a length of four gigabytes reserves nothing", async () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let times = 0; times < 20; times++) {
    await extract(png(HEADER, chunk("zTXt", "parameters\0\0", 0xffffffff), PIXELS, END)).catch(() => {});
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
});

for (const [type, head] of [["zTXt", "parameters\0\0"], ["iTXt", "parameters\0\x01\0\0\0"]]) {
  test(`a packed bomb in ${type} is refused before it has grown`, async () => {
    const bomb = deflateSync(Buffer.alloc(150_000_000), { level: 9 });
    const before = process.memoryUsage().rss;
    const text = chunk(type, Buffer.concat([Buffer.from(head, "latin1"), bomb]));
    const started = performance.now();
    await assert.rejects(extract(png(HEADER, text, PIXELS, END)), { name: "FileProblem", message: /too large/ });
    assert.ok(performance.now() - started < 20_000);
    assert.ok(process.memoryUsage().rss - before < 60_000_000);
  });

  test(`packed settings in ${type} that are broken are refused in words, and others are read instead`, async () => {
    const packed = deflateSync(Buffer.from(PARAMETERS));
    for (const wrong of [packed.subarray(0, 9), Buffer.from("no zlib"), Buffer.alloc(0)]) {
      const text = chunk(type, Buffer.concat([Buffer.from(head, "latin1"), wrong]));
      await assert.rejects(extract(png(HEADER, text, PIXELS, END)), { name: "FileProblem", message: /damaged/ });
      const own = chunk("tEXt", 'sasha\0{"settings": {"seed": 9}}');
      assert.equal((await extract(png(HEADER, text, own, PIXELS, END)))?.values.seed, 9);
    }
  });
}

test("many packed texts cost no more than one", async () => {
  const bomb = chunk(
    "zTXt", Buffer.concat([Buffer.from("parameters\0\0"), deflateSync(Buffer.alloc(20_000_000), { level: 9 })]),
  );
  const started = performance.now();
  await assert.rejects(extract(png(HEADER, ...Array(200).fill(bomb), PIXELS, END)), { name: "FileProblem" });
  assert.ok(performance.now() - started < 20_000);
});

test("settings with a wrong checksum are refused in words", async () => {
  const text = chunk("tEXt", `parameters\0${PARAMETERS}`);
  text[30] ^= 1;
  await assert.rejects(extract(png(HEADER, text, PIXELS, END)), { name: "FileProblem", message: /checksum/ });
});

test("texts without a keyword, without an end or in a strange form are passed over or refused", async () => {
  for (const data of ["", "parameters", "\0", "\0\0\0", "p".repeat(300), `${"p".repeat(90)}\0x`]) {
    for (const type of ["tEXt", "zTXt", "iTXt"]) {
      assert.equal(await extract(png(HEADER, chunk(type, data), PIXELS, END)), null);
    }
  }
  for (const data of [
    "parameters\0", "parameters\0\0", "parameters\0\0\0", "parameters\0\x01\0en", "parameters\0\x01\0\0",
  ]) {
    await assert.rejects(extract(png(HEADER, chunk("iTXt", data), PIXELS, END)), { name: "FileProblem" });
  }
});

test("a text in iTXt may have a language and a translated keyword", async () => {
  const data = Buffer.from(`parameters\0\0\0ar\0إعدادات\0${PARAMETERS.replace("hare", "أرنب")}`);
  assert.equal((await extract(png(HEADER, chunk("iTXt", data), PIXELS, END)))?.values.prompt, "a أرنب");
});

test("a hundred megabytes are gone through at once", async () => {
  const text = chunk("tEXt", `parameters\0${PARAMETERS}`);
  const large = Array(12).fill(chunk("IDAT", Buffer.alloc(8_000_000)));
  const usual = Array(12_000).fill(chunk("IDAT", Buffer.alloc(8_192)));
  for (const parts of [large, usual]) {
    const whole = png(HEADER, ...parts, text, END);
    const started = performance.now();
    assert.equal((await extract(whole))?.values.seed, 5);
    await strip(whole);
    assert.ok(performance.now() - started < 20_000, `${performance.now() - started}`);
  }
});

test("millions of empty parts are refused", async () => {
  const empty = Buffer.concat(Array(100_000).fill(chunk("IDAT", "")));
  const started = performance.now();
  await assert.rejects(
    extract(png(HEADER, ...Array(40).fill(empty), END)), { name: "FileProblem", message: /too many parts/ },
  );
  assert.ok(performance.now() - started < 20_000, `${performance.now() - started}`);
});
