// Every problem is told in its own words, with what it cost and what can be done.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { when } from "../../frontend/app/moments.js";
import { ownProblem } from "../../frontend/app/api.js";
import { explain, KNOWN_CODES } from "../../frontend/app/problems.js";

const errorsFile = readFileSync(new URL("../../functions/sasha/core/errors.py", import.meta.url), "utf8");
const API_CODES = [...errorsFile.matchAll(/^    [A-Z_]+ = "([a-z_]+)"$/gm)].map(([, code]) => code);
const LOCAL_CODES = ["offline", "slow", "unreadable", "never_confirmed", "cancel_unconfirmed"];
const NOON = new Date(2030, 4, 17, 12, 0, 0).getTime();
const HOUR = 3_600_000;

const model = /** @type {import("../../frontend/app/types.js").Model} */ ({
  price: { per_image: 0.012, micros_per_image: 12_000, currency: "USD" },
  limits: { requests_per_minute: 10, guest_images_per_day: 3, url_lifetime_s: 3600 },
  site: {
    name: "Sasha", contact_url: "https://site.test/contact", get_key_url: "https://site.test/keys", terms_url: "",
    privacy_url: "",
  },
});
const key = { account: "fox" };

/** @param {string} code @param {Partial<import("../../frontend/app/types.js").Problem>} [more] */
const problem = (code, more = {}) => ownProblem(code, "", more);

/** @param {string} code @param {object} [more] @param {object} [circumstances] */
const told = (code, more, circumstances) =>
  explain(problem(code, more), { model, key, now: NOON, ...circumstances });

/** @param {number} left @param {number} ends in ms from now */
const ownLimit = (left, ends) => ({
  name: "guest-images-per-day", allowed: 3, left, resets_at: new Date(NOON + ends).toISOString(),
});

/** @param {ReturnType<typeof told>} explanation */
const labels = ({ actions }) => actions.map(({ label }) => label);

test("the API's codes are found in its source", () => {
  assert.ok(API_CODES.length >= 28, `${API_CODES.length} codes`);
});

for (const code of [...API_CODES, ...LOCAL_CODES]) {
  test(`${code} has words and something to do, for a guest and with a key`, () => {
    assert.ok(KNOWN_CODES.includes(code), `${code} has no entry`);
    for (const who of [key, null]) {
      for (const retryable of [true, false]) {
        const { title, text, charged, actions } = told(code, { retryable, detail: "The API's words." }, { key: who });

        for (const words of [title, text, charged]) {
          assert.ok(words.length > 3);
          assert.doesNotMatch(words, /something went wrong|undefined|NaN|null|\[object/i);
        }
        assert.ok(actions.length > 0);
        for (const { id, label, href } of actions) {
          assert.ok(label);
          assert.equal(Boolean(href), id === "link");
        }
      }
    }
  });
}

test("no entry is left over from a code that the API no longer has", () => {
  assert.deepEqual(KNOWN_CODES.filter((code) => ![...API_CODES, ...LOCAL_CODES].includes(code)), []);
});

test("no two codes share their sentence, but for a page that is older than the server", () => {
  const sentences = KNOWN_CODES.filter((code) => code !== "method_not_allowed").map((code) => told(code).text || code);

  assert.equal(new Set(sentences).size, sentences.length);
});

test("what it cost is said of every outcome", () => {
  const of = (/** @type {boolean | null} */ billed, code = "provider_error") =>
    [key, null].map((who) => told(code, { billed }, { key: who }).charged);

  assert.deepEqual(of(true), ["You were charged for it.", "It counts as a free picture."]);
  assert.deepEqual(of(false), ["Refunded: you were not charged.", "No free picture was used for it."]);
  assert.deepEqual(of(false, "busy")[0], "You were not charged.");
  assert.match(of(null)[0], /not known yet; your balance will tell/);
  assert.match(of(null)[1], /not known yet/);
});

test("a look at a request that is gone says nothing of what the request did cost", () => {
  assert.equal(told("erased").charged, "Asking the server about it cost nothing.");
  assert.match(told("not_found", { billed: null }).charged, /not known yet/);
});

test("too few credits: price, balance, and where to add some", () => {
  const detail = "Insufficient credits: this costs $0.048 and the balance is $0.01. Ask for fewer pictures, or top up.";
  const explanation = told("insufficient_credits", { detail });

  assert.equal(explanation.text, "This costs $0.048, and your balance is $0.01.");
  assert.equal(explanation.actions[0].label, "Add credits");
  assert.equal(explanation.actions[0].href, "https://site.test/keys");
});

test("who cannot pay one picture is not told to ask for fewer", () => {
  const short = (/** @type {string} */ price) => labels(told("insufficient_credits", {
    detail: `Insufficient credits: this costs ${price} and the balance is $0.004. Ask for fewer pictures, or top up.`,
  }));

  assert.ok(short("$0.048").includes("Ask for fewer pictures"));
  assert.ok(!short("$0.012").includes("Ask for fewer pictures"));
});

test("too few credits in other words than expected are told as they are", () => {
  assert.equal(told("insufficient_credits", { detail: "No credits." }).text, "No credits.");
});

test("links are left out where the owner gave none", () => {
  const bare = { ...model, site: { ...model.site, contact_url: "", get_key_url: "" } };

  for (const code of KNOWN_CODES) {
    assert.ok(told(code, {}, { model: bare }).actions.every(({ id }) => id !== "link"), code);
    assert.ok(told(code, {}, { model: null }).actions.every(({ id }) => id !== "link"), code);
  }
});

test("a spent allowance says when the next free pictures come, and how to go on", () => {
  const limit = ownLimit(0, 14 * HOUR);
  const explanation = told("allowance_spent", { limit, retryAt: NOON + HOUR }, { key: null });

  assert.match(explanation.title, /^Your free pictures of today are used up$/);
  assert.match(explanation.text, /The next ones come tomorrow at /);
  assert.deepEqual(labels(explanation), ["Add a key", "Get a key"]);
});

test("an allowance with too little left offers as many as there are", () => {
  const limit = ownLimit(2, HOUR);
  const explanation = told("allowance_spent", { limit }, { key: null });

  assert.equal(explanation.title, "Only 2 free pictures are left today");
  assert.deepEqual(explanation.actions[0], { id: "fewer", label: "Make 2 pictures", pictures: 2 });
});

test("more than is ever free offers the most that is", () => {
  const refusal = { limit: ownLimit(1, HOUR), retryable: false, detail: "Never more than 3 at once." };
  const explanation = told("allowance_spent", refusal, { key: null });

  assert.equal(explanation.text, "Never more than 3 at once.");
  assert.equal(explanation.actions[0].label, "Make 3 pictures");
});

test("a rate limit counts down to its end", () => {
  const limit = { name: "requests-per-minute", allowed: 10, left: 0, resets_at: new Date(NOON + 42_000).toISOString() };

  assert.match(told("rate_limited", { limit }).text, /10 in a minute.*in 42 s/);
  assert.match(told("rate_limited", { limit }, { now: NOON + 50_000 }).text, /You can go on now\./);
});

test("without the limit's own end, Retry-After says when", () => {
  assert.match(told("spend_cap_reached", { retryAt: NOON + 2 * HOUR }).text, /next begins at /);
  assert.match(told("spend_cap_reached", { retryAt: null }).text, /next begins later/);
});

test("faults of settings are named as in the form", () => {
  const errors = [
    { pointer: "/guidance_scale", detail: "Input should be at most 25" },
    { pointer: "", detail: "Too much." },
  ];

  assert.equal(told("invalid_parameters", { errors }).text, "Guidance scale: Input should be at most 25. Too much.");
});

test("the API's own words appear without what it cost, which is said once", () => {
  const detail = "The picture service is out of order. Not charged.";
  const { text, charged } = told("provider_unavailable", { detail, retryAt: NOON + 30_000 });

  assert.equal(text, "The picture service is out of order. Try again in 30 s.");
  assert.equal(charged, "You were not charged.");
});

test("where keys are to be had is a button, not a part of the sentence", () => {
  const detail = "This API key has been revoked. Keys and credits: https://site.test/keys";

  assert.equal(told("invalid_api_key", { detail }).text, "This API key has been revoked.");
});

test("the owner's trouble is not shown as the caller's", () => {
  const explanation = told("provider_out_of_credits");

  assert.match(explanation.text, /owner has to mend this/);
  assert.deepEqual(explanation.actions[0], { id: "link", label: "Tell the owner", href: "https://site.test/contact" });
});

test("a refused key lets a guest go on without, where guests are welcome", () => {
  const closed = { ...model, limits: { ...model.limits, guest_images_per_day: 0 } };

  assert.deepEqual(labels(told("invalid_api_key")), ["Change the key", "Forget it, go on without"]);
  assert.deepEqual(labels(told("invalid_api_key", {}, { model: closed })), ["Change the key", "Get a key"]);
});

for (const code of ["a_code_of_tomorrow", "constructor", "__proto__", ""]) {
  test(`an unknown code (${code || "none"}) is told in the API's words`, () => {
    assert.equal(told(code, { detail: "The moon is in the way." }).text, "The moon is in the way.");
    assert.match(told(code, { status: 418 }).text, /status 418/);
    assert.ok(told(code).actions.length > 0);
  });
}

test("moments are told as one would say them", () => {
  assert.equal(when(null, NOON), "later");
  assert.equal(when(NOON - 1, NOON), "now");
  assert.equal(when(NOON + 500, NOON), "in 1 s");
  assert.match(when(NOON + 2 * HOUR, NOON), /^at .*\b(14|0?2)\b/);
  assert.match(when(NOON + 14 * HOUR, NOON), /^tomorrow at /);
  assert.match(when(NOON + 48 * HOUR, NOON), /^on .*19.* at /);
});
