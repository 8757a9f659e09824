// The key: checked before it is used, kept where its owner said, forgotten on request, never anywhere else.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { accountOf, forgetKey, learnAllowance, refreshAllowance, restoreKey, useKey } from "../../frontend/app/account.js";
import { allowance, dialog, key, model, notices } from "../../frontend/app/state.js";

const KEY = `sasha_acme_${"a".repeat(32)}`;
/** @type {() => Promise<Response>} */
let answer;
let calls = 0;
/** @type {((event: any) => void)[]} */
const listeners = [];
const g = /** @type {any} */ (globalThis);

class Storage {
  /** @type {Map<string, string>} */
  rows = new Map();
  getItem = (/** @type {string} */ name) => this.rows.get(name) ?? null;
  setItem = (/** @type {string} */ name, /** @type {string} */ value) => void this.rows.set(name, value);
  removeItem = (/** @type {string} */ name) => void this.rows.delete(name);
}

beforeEach(() => {
  g.sessionStorage = new Storage();
  g.localStorage = new Storage();
  g.addEventListener = (/** @type {string} */ _name, /** @type {any} */ listener) => listeners.push(listener);
  g.fetch = () => ((calls += 1), answer());
  answer = async () => new Response(JSON.stringify({ credits: 4.5, "free-credits": 0 }));
  calls = 0;
  forgetKey();
  notices.value = [];
  model.value = null;
});

const refusal = async () => new Response(JSON.stringify({ code: "invalid_api_key", detail: "Unknown API key." }), { status: 401 });

test("the account is the part of a key that is no secret", () => {
  assert.equal(accountOf(KEY), "acme");
  for (const other of ["", "acme", "SG_abc", `sasha_acme_${"a".repeat(31)}`, `sasha_Acme_${"a".repeat(32)}`]) assert.equal(accountOf(other), "");
});

test("a good key is used, for this visit", async () => {
  assert.equal(await useKey(` ${KEY}\n`), null);
  assert.deepEqual(key.value, { value: KEY, account: "acme", remembered: false });
  assert.equal(allowance.value.credits, 4.5);
  assert.deepEqual([[...g.sessionStorage.rows.values()], [...g.localStorage.rows.values()]], [[KEY], []]);
});

test("it is remembered where that is asked for, and then lies there alone", async () => {
  await useKey(KEY);
  await useKey(KEY, { remember: true });
  assert.equal(key.value?.remembered, true);
  assert.deepEqual([[...g.sessionStorage.rows.values()], [...g.localStorage.rows.values()]], [[], [KEY]]);
});

test("a key that is refused, of another form, or cannot be checked changes nothing", async () => {
  await useKey(KEY);
  const before = key.value;
  answer = refusal;
  assert.equal((await useKey(`sasha_other_${"b".repeat(32)}`))?.code, "invalid_api_key");
  assert.equal((await useKey("SG_123"))?.code, "invalid_api_key");
  answer = () => Promise.reject(new TypeError("Failed to fetch"));
  assert.equal((await useKey(`sasha_other_${"b".repeat(32)}`))?.code, "offline");
  assert.equal(key.value, before);
  assert.deepEqual([...g.sessionStorage.rows.values()], [KEY]);
});

test("a browser without storage uses it all the same", async () => {
  const refuse = () => {
    throw new Error("SecurityError");
  };
  g.localStorage = g.sessionStorage = { getItem: refuse, setItem: refuse, removeItem: refuse };
  assert.equal(await useKey(KEY, { remember: true }), null);
  assert.equal(key.value?.remembered, false);
  restoreKey();
  forgetKey();
  assert.equal(key.value, null);
});

test("the next load takes it up; forgetting leaves nothing", async () => {
  await useKey(KEY, { remember: true });
  key.value = null;
  restoreKey();
  assert.deepEqual(key.value, { value: KEY, account: "acme", remembered: true });
  forgetKey();
  assert.deepEqual([key.value, g.localStorage.rows.size, g.sessionStorage.rows.size], [null, 0, 0]);
});

test("what lies there and is no key is left alone", () => {
  g.localStorage.setItem("sasha.key", "<script>");
  restoreKey();
  assert.equal(key.value, null);
});

test("a remembered key that another tab forgot is forgotten here", async () => {
  await useKey(KEY, { remember: true });
  restoreKey();
  const tell = listeners[listeners.length - 1];
  tell({ key: "sasha.theme", newValue: null });
  assert.ok(key.value);
  tell({ key: "sasha.key", newValue: null });
  assert.equal(key.value, null);
});

test("a guest learns of free pictures, and asks nothing where there are none", async () => {
  answer = async () => new Response(JSON.stringify({ credits: 0, free_images_left: 3, resets_at: "2026-11-23T00:00:00.000Z" }));
  await refreshAllowance();
  assert.deepEqual(allowance.value, { credits: null, freeImagesLeft: 3, resetsAt: Date.UTC(2026, 10, 23) });
  model.value = /** @type {any} */ ({ limits: { guest_images_per_day: 0 } });
  calls = 0;
  await refreshAllowance();
  assert.deepEqual([calls, allowance.value.freeImagesLeft], [0, 0]);
});

test("a revoked key is told once, with what to do", async () => {
  await useKey(KEY);
  answer = refusal;
  assert.equal((await refreshAllowance())?.code, "invalid_api_key");
  await refreshAllowance();
  assert.equal(notices.value.length, 1);
  assert.ok(!notices.value[0].text.includes(KEY));
  notices.value[0].action?.run();
  assert.equal(dialog.value, "key");
  assert.equal(allowance.value.credits, null);
});

test("an answer about a key that is no longer used is not shown", async () => {
  await useKey(KEY);
  answer = async () => {
    forgetKey();
    return new Response(JSON.stringify({ credits: 99 }));
  };
  await refreshAllowance();
  assert.equal(allowance.value.credits, null);
});

test("what an answer tells by the way counts for its own account alone", async () => {
  await useKey(KEY);
  learnAllowance("other", { credits: 1 });
  learnAllowance(null, { freeImagesLeft: 1 });
  assert.deepEqual([allowance.value.credits, allowance.value.freeImagesLeft], [4.5, null]);
  learnAllowance("acme", { credits: 1 });
  assert.equal(allowance.value.credits, 1);
});
