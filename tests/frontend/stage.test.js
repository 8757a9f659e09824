// What the stage shows of requests and pictures, and the words it has for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ownProblem } from "../../frontend/app/api.js";
import * as words from "../../frontend/app/job-words.js";
import { followRequests, sizes, subjectOf, variations } from "../../frontend/app/showing.js";
import { jobs, pictures, shown } from "../../frontend/app/state.js";

/** @typedef {import("../../frontend/app/types.js").Job} Job */
/** @typedef {import("../../frontend/app/types.js").Picture} Picture */

const settings = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: -1, img_width: 1024, img_height: 768, lora_scale: null,
};

/** @param {string} id @param {number} createdAt @param {Partial<Job>} [more] @returns {Job} */
const job = (id, createdAt, more = {}) => ({
  id, createdAt, settings, requestId: `r-${id}`, runningSince: null, endedAt: null, template: null, account: null,
  state: "queued", pictures: [], failures: [], warnings: [], problem: null, metrics: {}, waiting: null, ...more,
});

/** @param {string} request @param {number} index @param {number} [seed] @returns {Picture} */
const picture = (request, index, seed = 100) => ({
  id: `r-${request}/${index}`, requestId: `r-${request}`, index, createdAt: 0,
  settings: { ...settings, seed: seed + index }, template: null, contentType: "image/png", fileName: "fox.png",
  fileSize: 1, width: 1024, height: 768, permalink: "", expiresAt: null, account: null, cost: null, took: null,
  starred: false, kept: true,
});

/** @param {string} id @param {number} createdAt @param {number} endedAt */
const done = (id, createdAt, endedAt) => job(id, createdAt, { state: "done", endedAt, pictures: [`r-${id}/0`] });

/** @param {Job[]} all @param {Picture[]} [here] @param {Parameters<typeof subjectOf>[0]} [wanted] */
const shownOf = (all, here = [], wanted = null) => subjectOf(wanted, all, here)?.id ?? null;

test("nothing is shown of nothing", () => {
  assert.equal(shownOf([]), null);
});

test("the first request is shown at once, and those behind it do not take its place", () => {
  assert.equal(shownOf([job("c", 3), job("b", 2), job("a", 1)]), "a");
});

test("a result stays while others run that were asked for before it came", () => {
  assert.equal(shownOf([job("b", 2), done("a", 1, 5)], [picture("a", 0)]), "a");
});

test("a request that was sent after the last result takes its place", () => {
  assert.equal(shownOf([job("b", 6), done("a", 1, 5)], [picture("a", 0)]), "b");
});

test("the latest result takes the place of the one before", () => {
  const all = [done("b", 2, 9), done("a", 1, 5)];

  assert.equal(shownOf(all, [picture("a", 0), picture("b", 0)]), "b");
});

test("a canceled request takes nobody's place, but is shown if there is nothing else", () => {
  const canceled = job("b", 2, { state: "canceled", endedAt: 9 });

  assert.equal(shownOf([canceled, done("a", 1, 5)], [picture("a", 0)]), "a");
  assert.equal(shownOf([canceled]), "b");
});

test("a request without its pictures is passed over, though it was chosen", () => {
  assert.equal(shownOf([done("a", 1, 5)], [], { job: "a" }), null);
  assert.equal(shownOf([done("a", 1, 5)], [picture("b", 0)], { job: "a" }), "r-b/0");
});

test("what was chosen is shown, and what is there no more is not", () => {
  const all = [job("b", 2), job("a", 1)];

  assert.equal(shownOf(all, [picture("c", 0)], { job: "b" }), "b");
  assert.equal(shownOf(all, [picture("c", 0)], { picture: "r-c/0" }), "r-c/0");
  assert.equal(shownOf(all, [], { picture: "r-c/0" }), "a");
});

test("the only picture of a request is shown with what its request has to tell", () => {
  assert.equal(shownOf([done("a", 1, 5)], [picture("a", 0)], { picture: "r-a/0" }), "a");
});

test("one of four pictures knows its place among them", () => {
  const four = { ...done("a", 1, 5), settings: { ...settings, samples: 4 }, pictures: ["r-a/0", "r-a/2"] };
  const subject = subjectOf({ picture: "r-a/2" }, [four], [picture("a", 0), picture("a", 2)]);

  assert.equal(subject?.whole, four);
  assert.equal(subject?.of, 4);
  assert.equal(subject?.settings.seed, 102);
});

test("the settings of a request have the seed that its pictures were made with", () => {
  const four = { ...done("a", 1, 5), settings: { ...settings, samples: 4 }, pictures: ["r-a/1"] };
  const subject = subjectOf({ job: "a" }, [four], [picture("a", 1)]);

  assert.deepEqual([subject?.settings.seed, subject?.settings.samples], [100, 4]);
});

test("a request that would be shown anyway is not held on to", () => {
  [jobs.value, pictures.value] = [[job("b", 2), job("a", 1)], []];
  followRequests();

  shown.value = { job: "a" };
  assert.equal(shown.value, null);
  shown.value = { job: "b" };
  assert.deepEqual(shown.value, { job: "b" });
});

test("variations are the seeds to both sides, in as few requests as can be", () => {
  const seeds = (/** @type {number} */ seed, /** @type {number} */ reach) =>
    variations({ ...settings, seed }, reach, 1000).map((each) => [each.seed, each.samples]);

  assert.deepEqual(seeds(100, 1), [[99, 1], [101, 1]]);
  assert.deepEqual(seeds(100, 4), [[96, 4], [101, 4]]);
  assert.deepEqual(seeds(0, 2), [[1, 2]]);
  assert.deepEqual(seeds(1000, 1), [[999, 1]]);
});

test("progress is told in words, with what is known and nothing else", () => {
  const around = { place: 1, now: 10_000, left: null };

  assert.equal(words.progressWords(job("a", 7_000), around), "Queued, next in line · 3 s");
  assert.equal(words.progressWords(job("a", 7_000), { ...around, place: 2 }), "Queued, 2nd in line on this page · 3 s");
  const running = job("a", 0, { state: "running", runningSince: 4_000 });
  assert.equal(words.progressWords(running, around), "Running 6 s");
  assert.equal(words.progressWords(running, { ...around, left: 4 }), "Running 6 s · about 4 s left");
  const some = { ...running, settings: { ...settings, samples: 4 }, pictures: ["x", "y"] };
  assert.equal(words.progressWords(some, around), "Running 6 s · 2 of 4 here");
});

const refused = ownProblem("invalid_api_key", "It has been revoked.");

test("each reason to wait is told, and that it goes on by itself", () => {
  const waits = (/** @type {Job["waiting"]} */ waiting, more = {}) =>
    words.waitingWords(job("a", 0, { waiting, ...more }), 0) ?? "";

  assert.equal(words.waitingWords(job("a", 0), 0), null);
  assert.match(waits("network", { state: "sending" }), /sent as soon as it is back/);
  assert.match(waits("network"), /goes on at the server/);
  assert.match(waits("key", { account: "fox" }), /“fox”/);
  assert.match(waits("key", { account: "fox", problem: refused }), /of “fox” was refused: It has been revoked\. With a good key/);
  const offline = ownProblem("offline", "It was offline before the key was forgotten.");
  assert.match(waits("key", { account: "fox", problem: offline }), /“fox”, which is not in use/);
  assert.match(waits("retry"), /asked again in a moment/);
  const full = { ...refused, code: "rate_limited", retryAt: 42_000 };
  assert.match(waits("retry", { problem: full }), /More requests than a minute takes\. It is asked again in 42 s/);
  assert.equal(words.waitingFor(job("a", 0, { waiting: "retry", problem: full })), "Waiting for the next minute");
  assert.match(waits("another tab"), /Another tab/);
});

test("a screen reader hears of a request when it is asked for and when it ends, and not in between", () => {
  const around = { place: 2, problem: "Segmind took too long. Refunded." };
  const news = (/** @type {Job["state"] | undefined} */ before, /** @type {Partial<Job>} */ more) =>
    words.newsOf(before, job("a", 0, more), around);

  assert.equal(news(undefined, { state: "sending" }), "Queued, 2nd in line.");
  assert.equal(words.newsOf(undefined, job("a", 0), { place: 1, problem: null }), "Queued.");
  assert.equal(news("sending", { state: "queued" }), null);
  assert.equal(news("queued", { state: "running" }), null);
  assert.equal(news("running", { state: "done", pictures: ["a", "b", "c", "d"] }), "Done, 4 pictures.");
  const failures = [{ index: 1, code: "provider_timeout", detail: "" }];
  assert.equal(news("running", { state: "done", pictures: ["a"], failures }), "Done, 1 picture. 1 failed, not charged.");
  assert.equal(news("running", { state: "failed" }), "Failed: Segmind took too long. Refunded.");
  assert.equal(words.newsOf("queued", job("a", 0, { state: "canceled" }), { place: 1, problem: null }), "Canceled.");
  assert.equal(news("done", { state: "done" }), null);
});

test("the title says how many run", () => {
  const states = /** @type {Job["state"][]} */ (["running", "running", "queued"]);
  const open = states.map((state) => ({ state }));

  assert.equal(words.titleWords(open, "Sasha"), "● 2 running · Sasha");
  assert.equal(words.titleWords([{ state: "sending" }], "Sasha"), "● 1 queued · Sasha");
});

test("an alternative text says which picture of which prompt", () => {
  assert.equal(words.altOf(picture("a", 1), 4), "Picture 2 of 4: a red fox in the snow");
});

test("every view knows of how many a picture is one: as asked for, else as far as they are here", () => {
  jobs.value = [job("a", 1, { settings: { ...settings, samples: 4 }, pictures: ["r-a/0"] })];
  pictures.value = [picture("a", 0), picture("b", 0), picture("b", 2)];

  assert.deepEqual(Object.fromEntries(sizes.value), { "r-a": 4, "r-b": 3 });
});

test("a long prompt is cut between characters", () => {
  const cut = words.brief("🦊".repeat(5_000), 60);

  assert.equal([...cut].length, 60);
  assert.ok(cut.isWellFormed());
  assert.equal(words.brief("two\n lines ", 60), "two lines");
});

test("money, times and numbers are told as they are spoken", () => {
  assert.equal(words.costWords(0.048, "fox"), "$0.048");
  assert.equal(words.costWords(0, null), "free");
  assert.equal(words.costWords(null, "fox"), null);
  assert.equal(words.balanceWords(4.904), "balance $4.90");
  assert.equal(words.balanceWords(4.999), "balance $4.99");
  assert.equal(words.balanceWords(0.29), "balance $0.29");
  assert.equal(words.span(65_000), "1 min 05 s");
  assert.equal(words.span(-5), "0 s");
  const spoken = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"];
  assert.deepEqual(spoken.map((each) => words.ordinal(parseInt(each))), spoken);
});
