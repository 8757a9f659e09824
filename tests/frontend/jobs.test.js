// The life of a job: one request whatever happens, pictures as they come, refusals, trouble on the way.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { allowance, jobs, key, notices, pictures, storage } from "../../frontend/app/state.js";
import { faults, json, problem } from "./jobs-server.js";
import { FOX, KEY, Locks, now, openTab, turns, until, untilEnded } from "./jobs-world.js";

const SUBMIT = /^POST \/v2\/BigDug/;
const LOOK = /^GET \/v2\/requests\/[^/]+$/;

beforeEach(() => {
  key.value = null;
});

test("a guest's picture is asked for, followed, fetched and kept", async () => {
  const tab = openTab();
  const job = tab.generate(FOX);
  assert.equal(job.state, "sending");
  await untilEnded(job);

  assert.equal(now(job).state, "done");
  assert.deepEqual(now(job).pictures, pictures.value.map((picture) => picture.id));
  const [picture] = pictures.value;
  assert.deepEqual(picture.settings, { ...FOX, seed: 7 });
  assert.deepEqual([picture.kept, picture.cost, picture.took, picture.account], [true, null, 6.2, null]);
  assert.equal((await tab.library.fileOf(picture)).size, 8);
  await until(() => allowance.value.freeImagesLeft === 3);
  assert.equal((await tab.store.get("jobs", job.id))?.state, "done");
});

test("with a key, cost and balance are told", async () => {
  key.value = KEY;
  const tab = openTab();
  const job = tab.generate({ ...FOX, samples: 4 });
  await untilEnded(job);
  assert.equal(pictures.value.length, 4);
  assert.deepEqual(pictures.value.map((picture) => picture.index), [0, 1, 2, 3]);
  assert.deepEqual(pictures.value.map((picture) => picture.cost), [0.012, 0.012, 0.012, 0.012]);
  assert.equal(allowance.value.credits, tab.server.credits);
});

test("a job is in the store before it is sent", async () => {
  const tab = openTab();
  /** @type {any} */
  let stored;
  tab.server.meet(SUBMIT, async (process) => {
    [stored] = await tab.store.all("jobs");
    return process();
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([stored.id, stored.state, stored.waiting], [job.id, "sending", null]);
  assert.ok(!JSON.stringify(stored).includes("sasha_"));
});

const busy = () => problem(503, "busy", { retryable: true }, { "retry-after": "1" });
for (const [name, fault] of Object.entries({ ...faults, busy })) {
  test(`a submit that meets ${name} is sent again, and is one request`, async () => {
    const tab = openTab();
    tab.server.meet(SUBMIT, fault, fault);
    const job = tab.generate(FOX);
    await untilEnded(job);
    assert.equal(now(job).state, "done");
    assert.deepEqual([tab.server.count(SUBMIT), tab.server.requests.size], [3, 1]);
  });
}

test("while it cannot be sent, the job says why, and when it is tried again", async () => {
  const tab = openTab();
  const seen = /** @type {any[]} */ ([]);
  const stop = jobs.subscribe(([job]) => job && seen.push([job.waiting, job.problem?.code]));
  tab.server.meet(SUBMIT, faults.unsent, faults.html);
  await untilEnded(tab.generate(FOX));
  stop();
  assert.ok(seen.some(([waiting, code]) => waiting === "network" && code === "offline"));
  assert.ok(seen.some(([waiting, code]) => waiting === "retry" && code === "unreadable"));
  assert.equal(jobs.value[0].problem, null);
});

test("a reload in the middle of a submit is the same request", async () => {
  const before = openTab();
  before.server.meet(SUBMIT, async (process) => {
    await process();
    return new Promise(() => {}); // the page is gone before the answer comes
  });
  const job = before.generate(FOX);
  await turns();
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await untilEnded(job);
  assert.equal(now(job).state, "done");
  assert.equal(after.server.requests.size, 1);
});

test("a reload while a request runs goes on with it; pictures that came stay single", async () => {
  const before = openTab();
  const running = { status: "PROCESSING", pictures: 1 };
  before.server.steps = [running, running, { status: "COMPLETED", pictures: 2 }];
  before.server.meet(/^GET \/v2\/requests\/[^/]+$/, (process) => process(), () => new Promise(() => {}));
  const job = before.generate({ ...FOX, samples: 2 });
  await until(() => jobs.value[0]?.pictures.length === 1);
  await turns();
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await untilEnded(job);
  assert.equal(now(job).pictures.length, 2);
  assert.equal(pictures.value.length, 2);
  assert.equal(after.server.count(/^GET \/outputs/), 2);
});

for (const [status, code] of /** @type {const} */ ([
  [400, "prompt_refused"], [401, "invalid_api_key"], [406, "insufficient_credits"], [403, "forbidden"], [413, "too_large"],
])) {
  test(`a refusal with ${code} ends the job with its problem`, async () => {
    key.value = KEY;
    const tab = openTab();
    tab.server.meet(SUBMIT, () => problem(status, code));
    const job = tab.generate(FOX);
    await untilEnded(job);
    assert.deepEqual([now(job).state, now(job).problem.code, now(job).problem.billed], ["failed", code, false]);
    assert.deepEqual([tab.server.count(SUBMIT), tab.server.requests.size], [1, 0]);
    assert.deepEqual(now(job).settings, FOX);
  });
}

test("a spent allowance says when it renews", async () => {
  const tab = openTab();
  const limit = { name: "guest-images-per-day", allowed: 4, left: 0, resets_at: "2026-11-23T00:00:00.000Z" };
  const headers = { "retry-after": "3600", "x-rate-limit-reset-at-utc": limit.resets_at };
  tab.server.meet(SUBMIT, () => problem(429, "allowance_spent", { retryable: true, limit }, headers));
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).problem.retryAt, Date.parse(limit.resets_at));
  assert.deepEqual(now(job).problem.limit, limit);
});

/** As the API says that a minute is full, until `passes` at the page's clock. @param {{ at: number }} clock @param {number} passes */
function fullUntil(clock, passes) {
  const limit = { name: "requests-per-minute", allowed: 30, left: 0, resets_at: new Date(passes).toISOString() };
  const headers = { "retry-after": "60", "x-rate-limit-reset-at-utc": limit.resets_at };
  return (/** @type {() => Promise<Response>} */ process) =>
    clock.at < passes ? problem(429, "rate_limited", { retryable: true, limit }, headers) : process();
}

test("more requests than a minute takes wait for the next, and keep their order", async () => {
  const tab = openTab();
  const full = fullUntil(tab.clock, tab.clock.at + 42_000);
  tab.server.meet(SUBMIT, (process) => process(), ...Array(9).fill(full));
  const batch = tab.generateAll([1, 2, 3].map((seed) => ({ ...FOX, seed })));
  await Promise.all(batch.map(untilEnded));
  assert.deepEqual(batch.map((job) => now(job).state), ["done", "done", "done"]);
  assert.deepEqual([...tab.server.requests.values()].map(({ body }) => body.seed), [1, 2, 3]);
  assert.equal(tab.server.count(SUBMIT), 5, "each that was turned away is asked for once more, when the minute is over");
});

test("one that waits for the next minute can be canceled", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, (process) => fullUntil(tab.clock, tab.clock.at + 42_000)(process));
  tab.browser.nap = () => new Promise(() => {});
  const job = tab.generate(FOX);
  await until(() => now(job).waiting === "retry");
  await tab.cancel(job.id);
  assert.deepEqual([now(job).state, now(job).problem, tab.server.count(SUBMIT)], ["canceled", null, 1]);
});

test("a site that takes no requests at all is not asked again", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, () => problem(429, "rate_limited", { retryable: false }));
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, tab.server.count(SUBMIT)], ["failed", 1]);
});

test("a refusal after an answer that was lost is asked again, since the first may still be on its way", async () => {
  const tab = openTab();
  /** @type {() => Promise<Response>} */
  let arrive = async () => json({});
  const slow = async (/** @type {() => Promise<Response>} */ process) => {
    arrive = process; // taken on later than the page stops waiting for it
    throw new TypeError("Failed to fetch");
  };
  tab.server.meet(SUBMIT, slow, async () => {
    await arrive();
    return problem(429, "allowance_spent", { retryable: true });
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).state, "done");
  assert.equal(tab.server.requests.size, 1);
  assert.ok(tab.clock.at - job.createdAt >= 35_000);
});

test("what is not confirmed within a day is not sent again", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, ...Array(5_000).fill(faults.unsent));
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).problem.code, now(job).problem.billed], ["failed", "never_confirmed", null]);
  assert.ok(tab.clock.at - job.createdAt < 24 * 3600_000 + 30_000);
  assert.equal(tab.server.requests.size, 0);
});

test("a job from the day before is not sent when the page is opened again", async () => {
  const before = openTab();
  before.server.meet(SUBMIT, () => new Promise(() => {}));
  const job = before.generate(FOX);
  await turns();
  before.clock.at += 24 * 3600_000;
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await untilEnded(job);
  assert.equal(now(job).problem.code, "never_confirmed");
  assert.equal(after.server.count(SUBMIT), 1);
});

test("a failed request ends with its problem, not charged", async () => {
  const tab = openTab();
  tab.server.steps = [{ status: "FAILED", pictures: 0 }];
  tab.server.failed = { code: "provider_timeout", error: "Segmind did not answer in time." };
  const job = tab.generate(FOX);
  await untilEnded(job);
  const { code, detail, billed, retryable } = now(job).problem;
  assert.deepEqual([code, detail, billed, retryable], ["provider_timeout", "Segmind did not answer in time.", false, true]);
});

test("what failed of several is told, the others are there", async () => {
  key.value = KEY;
  const tab = openTab();
  tab.server.failures = [{ index: 1, code: "provider_timeout", detail: "No answer." }];
  const job = tab.generate({ ...FOX, samples: 3 });
  await untilEnded(job);
  assert.equal(now(job).state, "done");
  assert.deepEqual(now(job).failures, tab.server.failures);
  assert.deepEqual(now(job).pictures.map((/** @type {string} */ id) => id.split("/")[1]), ["0", "2"]);
});

test("trouble while following is waited out", async () => {
  const tab = openTab();
  const internal = () => problem(500, "internal", { retryable: true });
  tab.server.meet(LOOK, faults.unsent, faults.html, internal, () => json({ message: "Too Many Requests" }, 429));
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).state, "done");
});

for (const [status, code] of /** @type {const} */ ([[404, "not_found"], [410, "erased"]])) {
  test(`a request that the server has no more (${status}) ends the job and says so`, async () => {
    const tab = openTab();
    tab.server.meet(LOOK, () => problem(status, code));
    const job = tab.generate(FOX);
    await untilEnded(job);
    assert.deepEqual([now(job).state, now(job).problem.code, now(job).problem.billed], ["failed", code, null]);
    assert.match(now(job).problem.detail, /no more/);
  });
}

test("an expired address is asked for anew, by the permalink", async () => {
  const tab = openTab();
  const denied = () => new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
  tab.server.meet(/^GET \/outputs/, denied);
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(pictures.value[0].kept, true);
  assert.equal(tab.server.count(/^GET \/v2\/requests\/.*\/images\/0$/), 1);
});

test("a file of another length than was told is fetched again", async () => {
  const tab = openTab();
  tab.server.meet(/^GET \/outputs/, () => new Response(new Blob(["cut"]), { headers: { "content-type": "image/png" } }));
  await untilEnded(tab.generate(FOX));
  assert.equal((await tab.library.fileOf(pictures.value[0])).size, 8);
});

test("a download that fails does not fail the job; the picture is fetched at the next load", async () => {
  const before = openTab();
  before.server.meet(/^GET (\/outputs|.*\/images\/)/, faults.unsent, faults.html, () => json({}));
  const job = before.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).pictures.length, pictures.value[0].kept], ["done", 1, false]);
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await until(() => pictures.value[0]?.kept);
  assert.equal((await after.store.get("files", pictures.value[0].id))?.picture.size, 8);
});

test("with no room left, pictures are held for the visit, and that is said once", async () => {
  const tab = openTab();
  tab.disk.full = true;
  await untilEnded(tab.generate({ ...FOX, samples: 2 }));
  assert.deepEqual([storage.value.full, pictures.value.length, pictures.value[0].kept], [true, 2, false]);
  assert.equal((await tab.library.fileOf(pictures.value[0])).size, 8);
  assert.equal(notices.value.length, 1);
  tab.disk.full = false;
  tab.library.tend();
  await until(() => pictures.value.every((picture) => picture.kept));
  assert.equal(storage.value.full, false);
});

test("with no room even for a record, the job goes on all the same", async () => {
  const tab = openTab();
  tab.disk.brimful = true;
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, pictures.value.length], ["done", 1]);
});

test("jobs of one moment are sent in their order", async () => {
  const tab = openTab();
  const list = tab.generateAll(["one", "two", "three"].map((prompt) => ({ ...FOX, prompt })), { template: "{one|two|three}" });
  await Promise.all(list.map(untilEnded));
  assert.deepEqual([...tab.server.requests.values()].map((request) => request.body.prompt), ["one", "two", "three"]);
  assert.deepEqual(jobs.value.map((job) => job.template), Array(3).fill("{one|two|three}"));
  assert.ok(jobs.value[0].createdAt > jobs.value[1].createdAt);
  assert.deepEqual(await tab.library.prompts(), ["{one|two|three}"]);
});

test("jobs that ended long ago are put away at the next load", async () => {
  const before = openTab();
  await untilEnded(before.generate(FOX));
  await turns();
  before.clock.at += 8 * 24 * 3600_000;
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  assert.deepEqual(jobs.value, []);
  assert.equal(pictures.value.length, 1);
});

test("an ended job can be put away and asked for again; an open one stays", async () => {
  const tab = openTab();
  const job = tab.generate(FOX);
  await tab.putAway(job.id);
  assert.equal(jobs.value.length, 1);
  await untilEnded(job);
  const again = tab.retry(job.id);
  assert.ok(again && again.id !== job.id);
  await untilEnded(again);
  await tab.putAway(job.id);
  assert.deepEqual(jobs.value.map((each) => each.id), [again.id]);
  assert.equal(await tab.store.get("jobs", job.id), undefined);
});

test("the time left is told once three like requests are known", async () => {
  const tab = openTab();
  for (let known = 0; known < 3; known += 1) await untilEnded(tab.generate(FOX));
  tab.server.meet(LOOK, () => new Promise(() => {}));
  const job = tab.generate(FOX);
  assert.equal(tab.etaOf(job), 6);
  assert.equal(tab.etaOf({ ...job, settings: { ...FOX, samples: 2 } }), null);
  tab.clock.at += 60_000;
  assert.equal(tab.etaOf(job), 0);
});
