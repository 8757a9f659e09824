// The blob URLs of pictures: read once, and once more when what hindered it is over.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { browser } from "../../frontend/app/browser.js";
import { sourceOf } from "../../frontend/app/picture-urls.js";
import { online, pictures } from "../../frontend/app/state.js";
import { turns, until } from "./jobs-world.js";

/** Answers each call for a file in its turn. @type {(() => Response | Promise<Response>)[]} */
const answers = [];
const lost = () => {
  throw new TypeError("Failed to fetch");
};
const file = () => new Response("bytes", { headers: { "content-type": "image/png" } });
/** @param {string} id @returns {import("../../frontend/app/types.js").Picture} */
const meant = (id, more = {}) => /** @type {any} */ ({
  id, permalink: `/${id}`, account: null, expiresAt: null, kept: false, starred: false, ...more,
});
let count = 0;

beforeEach(() => {
  answers.length = 0;
  online.value = true;
  globalThis.fetch = /** @type {any} */ (async () => (answers.shift() ?? lost)());
});

/** A picture whose file cannot be had. */
async function withoutFile() {
  const picture = meant(`r-${(count += 1)}/0`);
  pictures.value = [picture];
  answers.push(lost);
  assert.deepEqual(sourceOf(picture, "full"), { url: null, problem: null });
  await turns();
  assert.equal(sourceOf(picture, "full").problem?.code, "offline");
  return picture;
}

/** @param {import("../../frontend/app/types.js").Picture} picture */
async function keep(picture) {
  const shelf = await browser.store();
  await shelf.write({ files: { put: [{ id: picture.id, picture: new Blob(["bytes"]), thumbnail: null }] } });
  pictures.value = [{ ...picture, kept: true }];
}

test("what was fetched in the background is read, though nobody draws it anew", async () => {
  const picture = await withoutFile();
  await keep(picture);
  await until(() => sourceOf(picture, "full").url);
});

test("so is what was fetched while reading it failed", async () => {
  const picture = meant("r-late/0");
  pictures.value = [picture];
  let fail = () => {};
  answers.push(() => new Promise((_, reject) => (fail = () => reject(new TypeError("Failed to fetch")))));
  sourceOf(picture, "full");
  await turns();
  await keep(picture);
  fail();
  await until(() => sourceOf(picture, "full").url);
});

test("with the network back it is asked for again", async () => {
  const picture = await withoutFile();
  online.value = false;
  answers.push(file);
  online.value = true;
  await until(() => sourceOf(picture, "full").url);
});

test("what the server has deleted is not asked for", async () => {
  const picture = meant("r-old/0", { expiresAt: 1 });
  globalThis.fetch = /** @type {any} */ (() => assert.fail("it was asked for"));
  sourceOf(picture, "full");
  sourceOf(picture, "small");
  await turns();
  const codes = [sourceOf(picture, "full"), sourceOf(picture, "small")].map(({ problem }) => problem?.code);
  assert.deepEqual(codes, ["not_found", "not_found"]);
});
