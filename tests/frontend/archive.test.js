// Zip files of pictures: what is in them, under which names, and what happens when some cannot be had.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { archiveName, namesFor, pack } from "../../frontend/app/archive.js";

/** @param {string} fileName @param {any} [more] @returns {any} a picture, as far as packing needs it */
function picture(fileName, more = {}) {
  return {
    id: `${fileName}/0`, requestId: "r", index: 0, createdAt: Date.UTC(2025, 2, 10), fileName, contentType: "image/png",
    template: null, starred: false, settings: { prompt: "a red fox in the snow", seed: 7 }, ...more,
  };
}

/** What an unzip program finds. */
async function opened(zip, look) {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    writeFileSync(join(folder, "all.zip"), Buffer.from(await zip.arrayBuffer()));
    execFileSync("python3", ["-m", "zipfile", "-e", "all.zip", "out"], { cwd: folder });
    return look((name) => readFileSync(join(folder, "out", name), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("names are unique, whatever their case", () => {
  assert.deepEqual(
    namesFor([picture("sasha-7.png"), picture("Sasha-7.PNG"), picture("sasha-7-2.png"), picture("sasha-7.png")]),
    ["sasha-7.png", "Sasha-7-2.PNG", "sasha-7-2-2.png", "sasha-7-3.png"],
  );
});

test("names are legal everywhere and never leave the folder", () => {
  assert.deepEqual(
    namesFor(["../../etc/x.png", "C:\\x\u0000.png", "con.png", "...", "", "no-ending"].map((name) => picture(name))),
    ["_.._etc_x.png", "C_x_.png", "_con.png", "picture-7.png", "picture-7-2.png", "no-ending.png"],
  );
  assert.ok(namesFor([picture(`${"x".repeat(500)}.png`)])[0].length < 130);
});

test("three pictures are opened again, with their settings and a list", async () => {
  const pictures = ["one.png", "two.png", "two.png"].map((name) => picture(name));
  const steps = [];
  const { zip, packed, missing } = await pack(pictures, {
    fileOf: async (each) => new Blob([`bytes of ${each.fileName}`]),
    listed: true,
    prepared: async (blob, each) => new Blob([blob, ` seed ${each.settings.seed}`]),
    progress: (done, of) => steps.push(`${done}/${of}`),
  });
  assert.deepEqual([packed.length, missing.length], [3, 0]);
  assert.deepEqual(steps, ["0/3", "1/3", "2/3", "3/3"]);
  await opened(zip, (read) => {
    assert.equal(read("one.png"), "bytes of one.png seed 7");
    assert.equal(read("two-2.png"), "bytes of two.png seed 7");
    const list = JSON.parse(read("pictures.json"));
    assert.deepEqual(list.map((line) => line.file), ["one.png", "two.png", "two-2.png"]);
    assert.equal(list[0].settings.prompt, "a red fox in the snow");
    assert.ok(!("request" in list[0] || "requestId" in list[0]), "its id would let anybody erase a guest's request");
  });
});

test("without settings nothing tells of the prompt", async () => {
  const { zip } = await pack([picture("one.png")], {
    fileOf: async () => new Blob(["bytes of a red fox"]), prepared: async () => new Blob(["bytes"]), listed: false,
  });
  const bytes = Buffer.from(await zip.arrayBuffer()).toString("latin1");
  assert.ok(!bytes.includes("fox") && !bytes.includes("pictures.json"));
});

test("a picture that cannot be had, or not be prepared, is left out and told", async () => {
  const pictures = ["gone.png", "odd.png", "one.png"].map((name) => picture(name));
  const { zip, packed, missing, unprepared } = await pack(pictures, {
    fileOf: async (each) => (each.fileName === "gone.png" ? Promise.reject(new Error("410")) : new Blob(["odd bytes"])),
    prepared: async (file, each) => (each.fileName === "odd.png" ? Promise.reject(new Error("not a PNG")) : file),
    listed: true,
  });
  const names = [packed, missing, unprepared].map((list) => list.map(({ fileName }) => fileName));
  assert.deepEqual(names, [["one.png"], ["gone.png"], ["odd.png"]]);
  await opened(zip, (read) => {
    assert.deepEqual(JSON.parse(read("pictures.json")).map((line) => line.file), ["one.png"]);
    assert.throws(() => read("odd.png"));
  });
});

test("packing stops when asked to", async () => {
  const stop = new AbortController();
  const packing = pack([picture("a.png"), picture("b.png")], {
    fileOf: async () => (stop.abort(), new Blob(["x"])),
    prepared: async (file) => file,
    listed: true,
    signal: stop.signal,
  });
  await assert.rejects(packing, { name: "AbortError" });
});

test("the archive has its day in its name", () => {
  assert.equal(archiveName(new Date(2025, 2, 9).getTime()), "sasha-2025-03-09.zip");
});
