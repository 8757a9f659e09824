// The one door to the API: what is sent, what is believed of an answer, and which problem every failure leaves as.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as api from "../../frontend/app/api.js";

const KEY = `sasha_acme_${"a".repeat(32)}`;
const realFetch = globalThis.fetch;
/** @type {{ address: string, init: any }[]} */
let calls = [];

afterEach(() => {
  globalThis.fetch = realFetch;
  calls = [];
});

/** @param {Response | Error | ((init: any) => Promise<Response>)} answer */
function answering(answer) {
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ address, /** @type {any} */ init) => {
      calls.push({ address, init });
      if (answer instanceof Error) throw answer;
      return typeof answer === "function" ? answer(init) : answer;
    }
  );
}

/** @param {unknown} body @param {number} [status] @param {Record<string, string>} [headers] */
function json(body, status = 200, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}

/** The problem that a call ends with. @param {Promise<unknown>} call */
async function problemOf(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof api.ApiError, String(error));
    return error.problem;
  }
  throw new Error("It should have failed");
}

test("a submit carries its key, its body and who asks; the answer tells what is left", async () => {
  answering(json({ request_id: "r", status: "QUEUED" }, 200, { "x-remaining-credits": "4.988", "idempotent-replayed": "true" }));
  const accepted = await api.submit({ prompt: "a red fox" }, KEY, "id-1");
  assert.deepEqual(accepted, { requestId: "r", status: "QUEUED", replayed: true, credits: 4.988, freeImagesLeft: null });
  const [{ address, init }] = calls;
  assert.deepEqual([address, init.method, init.body], ["/v2/BigDug-Sasha", "POST", '{"prompt":"a red fox"}']);
  assert.deepEqual(init.headers, { "x-api-key": KEY, "content-type": "application/json", "idempotency-key": "id-1" });
});

test("a guest says so, and learns how many pictures are left", async () => {
  answering(json({ request_id: "r", status: "QUEUED" }, 200, { ratelimit: '"guest-images-per-day";r=2;t=1000' }));
  const accepted = await api.submit({}, null, "id-1");
  assert.deepEqual([accepted.replayed, accepted.credits, accepted.freeImagesLeft], [false, null, 2]);
  assert.equal(calls[0].init.headers["sasha-guest"], "1");
  assert.equal(calls[0].init.headers["x-api-key"], undefined);
});

test("what a limit says of itself is kept", async () => {
  const limit = { name: "requests-per-minute", allowed: 30, left: 0, resets_at: "2026-11-22T20:31:00.000Z" };
  const headers = { "retry-after": "12", "x-rate-limit-reset-at-utc": limit.resets_at };
  answering(json({ code: "rate_limited", detail: "Slowly.", billed: false, retryable: true, limit }, 429, headers));
  const problem = await problemOf(api.submit({}, KEY, "id"));
  assert.deepEqual(problem, {
    code: "rate_limited", detail: "Slowly.", status: 429, billed: false, retryable: true, retryAt: Date.parse(limit.resets_at),
    requestId: null, errors: [], limit,
  });
});

test("Retry-After is read in seconds and as a date", async () => {
  for (const [after, at] of /** @type {const} */ ([["30", Date.now() + 30_000], ["Sun, 22 Nov 2026 20:31:00 GMT", Date.UTC(2026, 10, 22, 20, 31)]])) {
    answering(json({ code: "busy", detail: "", retryable: true }, 503, { "retry-after": after }));
    const { retryAt } = await problemOf(api.submit({}, KEY, "id"));
    assert.ok(Math.abs(Number(retryAt) - at) < 2_000);
  }
});

test("every bad field is told", async () => {
  const errors = [{ pointer: "/seed", detail: "Should be a number" }];
  answering(json({ code: "invalid_parameters", detail: "…", billed: false, retryable: false, errors }, 400));
  assert.deepEqual((await problemOf(api.submit({}, KEY, "id"))).errors, errors);
});

test("a request that failed is an answer", async () => {
  answering(json({ request_id: "r", status: "FAILED", images: [], error: "It did.", code: "provider_error" }, 422));
  const result = await api.getRequest("r", null);
  assert.deepEqual([result.status, result.code, result.failures, result.metrics], ["FAILED", "provider_error", [], {}]);
});

test("no network, and no answer to a submit: whether it was charged is not known", async () => {
  answering(new TypeError("Failed to fetch"));
  const told = await problemOf(api.submit({}, KEY, "id"));
  assert.deepEqual([told.code, told.status, told.billed, told.retryable], ["offline", 0, null, true]);
  assert.equal((await problemOf(api.getRequest("r", KEY))).billed, false);
});

test("a call that is not answered in time is slow, one that its caller ends is no problem", async () => {
  const hangs = (/** @type {any} */ { signal }) =>
    new Promise((_, reject) => {
      signal.throwIfAborted();
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const alive = setTimeout(() => {}, 5_000);
  answering(/** @type {any} */ (hangs));
  assert.equal((await problemOf(api.getModel({ timeLimit: 10 }))).code, "slow");
  const ending = AbortSignal.abort(new Error("enough"));
  await assert.rejects(api.getModel({ signal: ending }), /enough/);
  clearTimeout(alive);
});

for (const [name, answer, status] of /** @type {[string, () => Response, number][]} */ ([
  ["HTML", () => new Response("<!doctype html>", { status: 200 }), 200],
  ["an error page", () => new Response("<!doctype html>", { status: 502 }), 502],
  ["nothing", () => new Response("", { status: 200 }), 200],
  ["another JSON", () => json({ message: "Service Unavailable" }, 503), 503],
  ["a list", () => json([1]), 200],
  ["half an answer", () => json({ request_id: "r" }), 200],
])) {
  test(`${name} is unreadable`, async () => {
    for (const call of [() => api.getModel(), () => api.getRequest("r", null), () => api.submit({}, null, "id"), () => api.getAllowance(KEY)]) {
      answering(answer());
      const problem = await problemOf(call());
      assert.deepEqual([problem.code, problem.status], ["unreadable", status]);
    }
  });
}

test("what a submit's unreadable answer did cost is not known; a 4xx came no further", async () => {
  answering(new Response("<html>", { status: 502 }));
  assert.equal((await problemOf(api.submit({}, null, "id"))).billed, null);
  answering(new Response("<html>", { status: 200 }));
  assert.equal((await problemOf(api.submit({}, null, "id"))).billed, null);
  answering(new Response("<html>", { status: 403 }));
  const refused = await problemOf(api.submit({}, null, "id"));
  assert.deepEqual([refused.billed, refused.retryable], [false, false]);
});

test("a picture comes by its URL without the key, by its permalink with it, wherever that says to live", async () => {
  const picture = () => new Response(new Blob(["png"]), { headers: { "content-type": "image/png" } });
  answering(picture());
  assert.equal((await api.getFile("/outputs/a.png?X-Amz-Signature=1", KEY)).type, "image/png");
  answering(picture());
  await api.getFile("https://elsewhere.example/v2/requests/r/images/0", KEY);
  assert.deepEqual(calls.map(({ address, init }) => [address, init.headers]), [
    ["/outputs/a.png?X-Amz-Signature=1", {}],
    ["/v2/requests/r/images/0", { "x-api-key": KEY }],
  ]);
});

test("an address that is too old, a picture that is gone, and what is no picture are told apart", async () => {
  answering(new Response("<Error>", { status: 403 }));
  assert.equal((await problemOf(api.getFile("/outputs/a", null))).code, "expired");
  answering(json({ code: "erased", detail: "Gone." }, 410));
  assert.equal((await problemOf(api.getFile("/v2/requests/r/images/0", null))).code, "erased");
  for (const type of ["text/html", "image/svg+xml"]) {
    answering(new Response(new Blob(["<svg>"]), { headers: { "content-type": type } }));
    assert.equal((await problemOf(api.getFile("/outputs/a", null))).code, "unreadable");
  }
});

test("erasing and canceling go where they must", async () => {
  answering(() => Promise.resolve(new Response(null, { status: 204 })));
  await api.eraseRequest("r", KEY);
  await api.erasePicture("r", 2, null);
  answering(json({ request_id: "r", status: "FAILED", code: "canceled", metrics: {} }));
  await api.cancelRequest("r", KEY);
  assert.deepEqual(calls.map(({ address, init }) => `${init.method} ${address}`), [
    "DELETE /v2/requests/r", "DELETE /v2/requests/r/images/2", "POST /v2/requests/r/cancel",
  ]);
});

test("no address ever holds the key", async () => {
  answering(() => Promise.resolve(json({ results: [], next: null })));
  await api.listRequests(KEY, "next page");
  assert.ok(calls.every(({ address }) => !address.includes(KEY)));
  assert.match(calls[0].address, /cursor=next\+page/);
  answering(new TypeError(`Failed to fetch with ${KEY}`));
  assert.ok(!JSON.stringify(await problemOf(api.getAllowance(KEY))).includes(KEY));
});
