// Which pictures the gallery shows, and under which day.

import assert from "node:assert/strict";
import { test } from "node:test";
import { between, byDay, byMonth, find } from "../../frontend/app/search.js";

const NOON = new Date(2025, 2, 10, 12).getTime();
const HOUR = 3_600_000;

/** @param {string} id @param {any} [more] @returns {any} a picture, as far as searching needs it */
function picture(id, more = {}) {
  const { settings = {}, ...own } = more;
  return {
    id, requestId: id, index: 0, createdAt: NOON, template: null, width: 1024, height: 768, starred: false,
    settings: { prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", seed: 7, ...settings },
    ...own,
  };
}

const ids = (pictures) => pictures.map((each) => each.id).join(" ");

test("every word must match, anywhere, whatever its case or accents", () => {
  const pictures = [
    picture("fox"),
    picture("cafe", { settings: { prompt: "Café at dawn", seed: 3426017487, scheduler: "DDIM" } }),
    picture("wide", { width: 512, height: 1024 }),
  ];
  assert.equal(ids(find(pictures, { words: "SNOW fox" })), "fox wide");
  assert.equal(ids(find(pictures, { words: "snow dawn" })), "");
  assert.equal(ids(find(pictures, { words: "cafe" })), "cafe");
  assert.equal(ids(find(pictures, { words: "CAFÉ" })), "cafe");
  assert.equal(ids(find(pictures, { words: "3426017" })), "cafe");
  assert.equal(ids(find(pictures, { words: "ddim" })), "cafe");
  assert.equal(ids(find(pictures, { words: "512x1024" })), "wide");
  assert.equal(ids(find(pictures, { words: "512×1024 fox" })), "wide");
  assert.equal(ids(find(pictures, { words: "  \t " })), "fox cafe wide");
});

test("words from other scripts, emoji and signs of patterns are only text", () => {
  const pictures = [picture("a", { settings: { prompt: "ثعلب أحمر 🦊 (red:1.2) [x" } }), picture("b")];
  for (const words of ["ثعلب", "🦊", "(red:1.2)", "[x"]) assert.equal(ids(find(pictures, { words })), "a");
});

test("stars only, and the orders", () => {
  const pictures = [
    picture("new", { settings: { prompt: "zebra 10" } }),
    picture("mid", { starred: true, settings: { prompt: "zebra 9" } }),
    picture("old", { starred: true, settings: { prompt: "apple" } }),
  ];
  assert.equal(ids(find(pictures, { starredOnly: true })), "mid old");
  assert.equal(ids(find(pictures, { order: "oldest" })), "old mid new");
  assert.equal(ids(find(pictures, { order: "prompt" })), "old mid new");
  assert.equal(ids(pictures), "new mid old", "the list itself stays as it was");
});

test("days are the visitor's, named by how far back they are", () => {
  const at = (hours) => picture(`${hours}`, { createdAt: NOON - hours * HOUR });
  const days = byDay([at(0), at(11), at(13), at(13 + 24), at(24 * 400)], NOON, "en-GB");
  assert.deepEqual(days.map((day) => [day.title.replace(",", ""), day.pictures.length]), [
    ["Today", 2], ["Yesterday", 1], ["Saturday 8 March", 1], ["Sunday 4 February 2024", 1],
  ]);
});

test("a range is what lies between in the order shown", () => {
  const shown = ["a", "b", "c", "d"].map((id) => picture(id));
  assert.deepEqual(between(shown, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(shown, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(shown, "gone", "b"), ["b"]);
});

test("a few are found among 10,000", () => {
  const prompt = "a lighthouse on a cliff at dawn, long exposure, ".repeat(10);
  const pictures = Array.from({ length: 10_000 }, (_, n) => picture(`${n}`, { settings: { prompt, seed: n } }));
  assert.equal(find(pictures, { words: "cliff exposure 999" }).length, 19);
});

test("what a search finds is told by month", () => {
  const at = (month, day) => picture(`${month}/${day}`, { createdAt: new Date(2025, month - 1, day, 12).getTime() });
  const months = byMonth([at(3, 31), at(3, 1), at(2, 28)], "en-GB");
  assert.deepEqual(months.map((month) => [month.day, month.title, month.pictures.length]), [
    ["2025-03", "March 2025", 2], ["2025-02", "February 2025", 1],
  ]);
});
