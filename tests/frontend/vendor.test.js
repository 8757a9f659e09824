// What the page runs of other people's code is their released files, byte for byte.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const vendor = new URL("../../frontend/vendor/", import.meta.url);
const installed = new URL("node_modules/", import.meta.url);

/** @type {{file: string, package: string, version: string, path: string, sha256: string}[]} */
const manifest = JSON.parse(readFileSync(new URL("manifest.json", vendor), "utf8"));
const pinned = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")).devDependencies;

/** @param {Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

for (const each of manifest) {
  test(`${each.file} is ${each.path} of ${each.package} ${each.version}`, () => {
    const ours = readFileSync(new URL(each.file, vendor));
    const theirs = readFileSync(new URL(`${each.package}/${each.path}`, installed));
    const { version } = JSON.parse(readFileSync(new URL(`${each.package}/package.json`, installed), "utf8"));

    assert.equal(sha256(ours), each.sha256);
    assert.equal(sha256(theirs), each.sha256);
    assert.equal(version, each.version);
    assert.equal(pinned[each.package], each.version);
  });
}

test("nothing runs from vendor that the manifest does not name", () => {
  const found = readdirSync(vendor, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const code = found.filter((path) => /\.(js|mjs|cjs|css|wasm)$/.test(path));
  const named = manifest.map((each) => each.file).filter((file) => !file.endsWith("LICENSE"));

  assert.deepEqual(code.sort(), named.sort());
});

test("every package in vendor has its licence beside it", () => {
  for (const folder of new Set(manifest.map((each) => each.file.split("/")[0]))) {
    assert.ok(manifest.some((each) => each.file === `${folder}/LICENSE`), folder);
  }
});
