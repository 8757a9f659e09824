// What is chosen in the gallery: only what is seen, whole ranges, and where the arrow keys go on.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as selection from "../../frontend/app/selection.js";
import { pictures } from "../../frontend/app/state.js";

const { chosen, current } = selection;

/** Pictures with ids 0, 1, 2, … of which every second has a fox. @param {number} count */
function there(count) {
  pictures.value = Array.from({ length: count }, (_, n) => /** @type {any} */ ({
    id: `${n}`, createdAt: 1000 - n, template: null, width: 512, height: 512, starred: n === 2,
    settings: { prompt: n % 2 ? "a lighthouse" : "a red fox", negative_prompt: "", scheduler: "DDIM", seed: n },
  }));
}

const ids = () => chosen.value.map((picture) => picture.id).join(" ");

beforeEach(() => {
  there(6);
  selection.look({ words: "", starredOnly: false, order: "newest" });
  selection.chooseNone();
  selection.goTo("0");
});

test("a range goes from the last one toggled, and adds to what is chosen", () => {
  selection.toggle("5");
  selection.toggle("1");
  selection.chooseUpTo("3");
  assert.equal(ids(), "1 2 3 5");
  selection.toggle("2");
  assert.equal(ids(), "1 3 5");
});

test("what the search hides is not touched", () => {
  selection.chooseAll();
  selection.look({ words: "fox" });
  assert.equal(ids(), "0 2 4");
  selection.look({ starredOnly: true });
  assert.equal(ids(), "2");
  selection.lookAtAll();
  assert.equal(ids(), "0 1 2 3 4 5");
});

test("what was deleted is no longer chosen", () => {
  selection.chooseAll();
  there(2);
  assert.equal(ids(), "0 1");
});

test("the keys stay within the list, in its order", () => {
  assert.equal(selection.neighbour(-1), "0");
  selection.goTo("5");
  assert.equal(selection.neighbour(1), "5");
  selection.look({ words: "fox", order: "oldest" });
  assert.equal(current.value, "4", "the first, where the old place is not shown");
  assert.equal(selection.neighbour(1), "2");
});

test("after a deletion the next goes on, else the one before", () => {
  selection.goTo("2");
  assert.equal(selection.survivor(new Set(["2", "3"])), "4");
  assert.equal(selection.survivor(new Set(["2", "3", "4", "5"])), "1");
  assert.equal(selection.survivor(new Set(["0", "1", "2", "3", "4", "5"])), null);
});
