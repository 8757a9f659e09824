// What goes away by itself waits for whoever is about to use it.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { attended, whenLeftAlone } from "../../frontend/app/attention.js";

beforeEach(() => {
  attended.value = false;
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});
afterEach(() => mock.timers.reset());

/** Counts how often it came. */
function counter() {
  const count = { came: 0 };
  return { count, come: () => void (count.came += 1) };
}

test("it comes when the time is over, once", () => {
  const { count, come } = counter();
  whenLeftAlone(8_000, come);
  mock.timers.tick(7_999);
  assert.equal(count.came, 0);
  mock.timers.tick(1);
  mock.timers.tick(100_000);
  assert.equal(count.came, 1);
});

test("while somebody is there, no time passes; then what is left of it", () => {
  const { count, come } = counter();
  whenLeftAlone(8_000, come);
  mock.timers.tick(5_000);
  attended.value = true;
  mock.timers.tick(100_000);
  attended.value = false;
  mock.timers.tick(2_999);
  assert.equal(count.came, 0);
  mock.timers.tick(1);
  assert.equal(count.came, 1);
});

test("what is prevented does not come", () => {
  const { count, come } = counter();
  whenLeftAlone(8_000, come)();
  mock.timers.tick(8_000);
  assert.equal(count.came, 0);
});
