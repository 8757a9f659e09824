// Whose a job is: the key it was asked for with, and the one tab that looks after it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { jobs, key } from "../../frontend/app/state.js";
import { problem } from "./jobs-server.js";
import { Disk, FOX, KEY, Locks, now, openTab, OTHER_KEY, turns, until, untilEnded } from "./jobs-world.js";

const SUBMIT = /^POST \/v2\/BigDug/;
const LOOK = /^GET \/v2\/requests\/[^/]+$/;

beforeEach(() => {
  key.value = null;
});

test("a revoked key makes the job wait for a good one of its account", async () => {
  key.value = KEY;
  const tab = openTab();
  const fresh = { ...KEY, value: `sasha_acme_${"c".repeat(32)}` };
  tab.server.meet(LOOK, (process) => (tab.server.revoked.add(KEY.value), process().then(() => problem(401, "invalid_api_key"))));
  const job = tab.generate(FOX);
  await until(() => now(job) && jobs.value[0].waiting === "key");
  assert.equal(now(job).problem.code, "invalid_api_key");
  key.value = OTHER_KEY;
  await turns();
  assert.equal(now(job).waiting, "key");
  key.value = fresh;
  await untilEnded(job);
  assert.equal(now(job).state, "done");
});

test("a job of another account waits; a guest's goes on with any key", async () => {
  key.value = KEY;
  const before = openTab();
  before.server.meet(LOOK, () => new Promise(() => {}), () => new Promise(() => {}));
  const paid = before.generate(FOX);
  await turns();
  key.value = null;
  const free = before.generate(FOX);
  await until(() => jobs.value.every((job) => job.requestId));
  await turns();
  key.value = OTHER_KEY;
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await untilEnded(free);
  await until(() => jobs.value.some((job) => job.waiting === "key"));
  assert.equal(now(paid).state, "queued");
  assert.equal(now(free).state, "done");
});

test("another tab follows: this one waits, hears of it, and takes over when that is closed", async () => {
  const disk = new Disk();
  const locks = new Locks();
  const other = disk.tab();
  let close = () => {};
  const tab = openTab({ disk, locks });
  await tab.resume();
  // The other tab: it holds the lock, has sent the job, and tells so.
  const id = crypto.randomUUID();
  void locks.request(`job:${id}`, {}, () => new Promise((resolve) => (close = () => resolve(undefined))));
  await tab.server.fetch("/v2/BigDug-Sasha", {
    method: "POST", headers: { "sasha-guest": "1", "idempotency-key": id }, body: JSON.stringify({ prompt: "p", samples: 1 }),
  });
  /** @type {any} */
  const job = {
    id, requestId: null, createdAt: tab.clock.at, runningSince: null, endedAt: null, settings: FOX, template: null, account: null,
    state: "sending", pictures: [], failures: [], warnings: [], problem: null, metrics: {}, waiting: null,
  };
  await other.write({ jobs: { put: [job] } });
  await until(() => jobs.value[0]?.waiting === "another tab");
  await turns();
  assert.equal(tab.server.calls.length, 1);
  const [requestId] = tab.server.requests.keys();
  await other.write({ jobs: { put: [{ ...job, state: "queued", requestId }] } });
  assert.deepEqual([now(job).state, now(job).waiting], ["queued", "another tab"]);
  close();
  await untilEnded(job);
  assert.equal(now(job).state, "done");
  assert.deepEqual([tab.server.count(SUBMIT), tab.server.requests.size], [1, 1]);
});

test("where the browser refuses locks, the job goes on without", async () => {
  const refuse = () => Promise.reject(Object.assign(new Error("denied"), { name: "SecurityError" }));
  const tab = openTab({ locks: /** @type {any} */ ({ request: refuse }) });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).state, "done");
});

test("what another tab brings to its end is not waited for any more", async () => {
  const tab = openTab();
  await tab.resume();
  const other = tab.disk.tab();
  const job = { id: "a", state: "queued", requestId: "r", createdAt: 1, settings: FOX, account: null, pictures: [], endedAt: null };
  void tab.locks.request("job:a", {}, () => new Promise(() => {}));
  await other.write({ jobs: { put: [/** @type {any} */ (job)] } });
  await until(() => jobs.value[0]?.waiting === "another tab");
  await other.write({ jobs: { put: [/** @type {any} */ ({ ...job, state: "done", endedAt: 2 })] } });
  assert.deepEqual([now(job).state, now(job).waiting], ["done", null]);
  await other.write({ jobs: { remove: ["a"] } });
  assert.deepEqual(jobs.value, []);
});
