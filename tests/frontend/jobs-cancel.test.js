// Canceling at every point of a job's life: nothing is charged that was canceled in time, and nothing is told wrongly.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { jobs, key, notices, pictures } from "../../frontend/app/state.js";
import { faults, problem } from "./jobs-server.js";
import { FOX, KEY, Locks, now, openTab, OTHER_KEY, turns, until, untilEnded } from "./jobs-world.js";

const SUBMIT = /^POST \/v2\/BigDug/;
const LOOK = /^GET \/v2\/requests\/[^/]+$/;
const CANCEL = /^POST .*\/cancel$/;
const never = () => new Promise(() => {});

beforeEach(() => {
  key.value = null;
});

test("a queued request is canceled", async () => {
  const tab = openTab();
  tab.server.steps = [{ status: "QUEUED", pictures: 0 }];
  tab.server.meet(LOOK, never);
  const job = tab.generate(FOX);
  await until(() => now(job).state === "queued");
  await tab.cancel(job.id);
  assert.deepEqual([now(job).state, now(job).problem], ["canceled", null]);
  assert.deepEqual(notices.value, []);
});

test("one that has begun goes on, and that is told", async () => {
  const tab = openTab();
  const running = { status: "PROCESSING", pictures: 0 };
  tab.server.steps = [running, running, { status: "COMPLETED", pictures: 1 }];
  const job = tab.generate(FOX);
  await until(() => now(job).state === "running");
  await tab.cancel(job.id);
  assert.match(notices.value[0].text, /goes on/);
  await untilEnded(job);
  assert.equal(now(job).state, "done");
});

test("what certainly was not sent is canceled at once, and never sent", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, never); // the first holds the turn
  const first = tab.generate(FOX);
  const second = tab.generate(FOX);
  await turns();
  await tab.cancel(second.id);
  assert.deepEqual([now(second).state, now(second).problem, now(first).state], ["canceled", null, "sending"]);
  assert.equal(tab.server.count(SUBMIT), 1);
});

test("one that waits for the network to come back is canceled, and not sent when it does", async () => {
  const tab = openTab();
  tab.tab.online = false;
  tab.server.meet(SUBMIT, async () => {
    queueMicrotask(() => void tab.cancel(job.id));
    throw new TypeError("Failed to fetch");
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).problem], ["canceled", null]);
  await turns();
  assert.deepEqual([tab.server.count(SUBMIT), tab.server.requests.size], [1, 0]);
});

test("while its submit is under way, it is canceled after the answer", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, async (process) => {
    await tab.cancel(job.id);
    assert.equal(now(job).state, "sending");
    return process();
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).problem, tab.server.count(CANCEL)], ["canceled", null, 1]);
});

test("it is told if that was too late", async () => {
  const tab = openTab();
  tab.server.steps = [{ status: "PROCESSING", pictures: 0 }, { status: "COMPLETED", pictures: 1 }];
  tab.server.meet(SUBMIT, async (process) => {
    await tab.cancel(job.id);
    return process();
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, pictures.value.length], ["done", 1]);
  assert.match(notices.value[0].text, /goes on/);
  assert.equal(notices.value.length, 1);
});

test("when the answer is lost, it is not sent again to find out, and what is not known is said", async () => {
  const tab = openTab();
  tab.server.meet(SUBMIT, async (process) => {
    await tab.cancel(job.id);
    return faults.answerLost(process);
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).problem.code, now(job).problem.billed], ["canceled", "cancel_unconfirmed", null]);
  await turns();
  assert.equal(tab.server.count(SUBMIT), 1);
});

test("the wish outlives a reload", async () => {
  const before = openTab();
  before.server.meet(SUBMIT, never);
  const job = before.generate(FOX);
  await turns();
  await before.cancel(job.id);
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await untilEnded(job);
  assert.deepEqual([now(job).state, now(job).problem.code], ["canceled", "cancel_unconfirmed"]);
  assert.equal(after.server.count(SUBMIT), 1);
});

test("one that waits for its key before it is sent can be canceled", async () => {
  key.value = KEY;
  const before = openTab();
  before.server.meet(SUBMIT, never);
  const job = before.generate(FOX);
  await turns();
  key.value = OTHER_KEY;
  const after = openTab({ ...before, locks: new Locks() });
  await after.resume();
  await until(() => now(job)?.waiting === "key");
  await after.cancel(job.id);
  await untilEnded(job);
  assert.equal(now(job).state, "canceled");
});

test("a cancelation that does not arrive is told, and the job goes on", async () => {
  const tab = openTab();
  tab.server.meet(LOOK, async (process) => {
    tab.server.meet(CANCEL, faults.unsent);
    await tab.cancel(job.id);
    return process();
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).state, "done");
  assert.match(notices.value[0].text, /did not reach/);
});

test("another tab's wish is followed", async () => {
  const tab = openTab();
  const other = tab.disk.tab();
  await tab.resume();
  tab.server.meet(SUBMIT, async (process) => {
    await other.write({ jobs: { put: [{ ...now(job), cancelWanted: true }] } });
    return process();
  });
  const job = tab.generate(FOX);
  await untilEnded(job);
  assert.equal(now(job).state, "canceled");
});

test("all that wait are canceled in one go; what runs is left alone", async () => {
  const tab = openTab();
  tab.server.steps = [{ status: "PROCESSING", pictures: 0 }];
  tab.server.meet(LOOK, (process) => process(), never);
  const running = tab.generate(FOX);
  await until(() => now(running).state === "running");
  tab.server.steps = [{ status: "QUEUED", pictures: 0 }];
  tab.server.meet(LOOK, never, never);
  const waiting = tab.generateAll([FOX, FOX]);
  await until(() => jobs.value.every((job) => job.requestId));
  await turns();
  await tab.cancelAll();
  assert.deepEqual([running, ...waiting].map((job) => now(job).state), ["running", "canceled", "canceled"]);
});

test("a request of a key that is not here is not canceled, and why is said", async () => {
  key.value = KEY;
  const tab = openTab();
  tab.server.meet(LOOK, never);
  const job = tab.generate(FOX);
  await until(() => now(job).requestId);
  key.value = OTHER_KEY;
  await tab.cancel(job.id);
  assert.match(notices.value[0].text, /key/);
  assert.equal(tab.server.count(CANCEL), 0);
});

test("other trouble with a cancelation is left to whoever follows", async () => {
  const tab = openTab();
  tab.server.meet(LOOK, never);
  tab.server.meet(CANCEL, () => problem(404, "not_found"));
  const job = tab.generate(FOX);
  await until(() => now(job).state === "queued");
  await tab.cancel(job.id);
  assert.deepEqual([now(job).state, notices.value], ["queued", []]);
});

test("one that was taken on waits for its key, though it shall be canceled, and is canceled with it", async () => {
  key.value = KEY;
  const tab = openTab();
  await tab.resume();
  let submitted = () => {};
  tab.server.meet(SUBMIT, async (process) => {
    await tab.cancel(job.id);
    const answer = await process();
    await new Promise((resolve) => (submitted = () => resolve(undefined)));
    return answer;
  });
  const job = tab.generate(FOX);
  await turns();
  key.value = null;
  submitted();
  await until(() => now(job).requestId && now(job).waiting === "key");
  await turns(); // which come only if it rests
  key.value = KEY;
  await untilEnded(job);
  assert.deepEqual([now(job).state, tab.server.count(CANCEL)], ["canceled", 1]);
});
