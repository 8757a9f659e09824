// What the stage shows: a request with its pictures, one picture, or nothing.

import { computed, effect } from "../vendor/preact-signals-core/signals-core.mjs";
import { ended, jobs, pictures, shown } from "./state.js";

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * `job` is null for a picture that is shown by itself. `settings` make the same pictures again, as far as their seed is
 * known. `whole` is the request that a single picture is of, where it is known and has more than that one.
 * @typedef {{
 *   id: string, job: Job | null, pictures: Picture[], settings: Settings, whole: Job | null, of: number,
 * }} Subject
 */

export const subject = computed(() => subjectOf(shown.value, jobs.value, pictures.value));

/** How many pictures each request has, by its id: as asked for where that is known, else as far as they are here. */
export const sizes = computed(() => {
  /** @type {Map<string, number>} */
  const known = new Map();
  for (const { requestId, index } of pictures.value) {
    known.set(requestId, Math.max(known.get(requestId) ?? 1, index + 1));
  }
  for (const { requestId, settings } of jobs.value) if (requestId) known.set(requestId, settings.samples);
  return known;
});

/**
 * A request that would be shown anyway need not be held on to: so the stage goes on to the next when that has come.
 * Begins once, and goes on.
 */
export function followRequests() {
  effect(() => {
    const wanted = shown.value;
    if (wanted && "job" in wanted && subjectOf(null, jobs.value, pictures.value)?.id === wanted.job) shown.value = null;
  });
}

/**
 * @param {{job: string} | {picture: string} | null} wanted
 * @param {Job[]} jobs the newest first
 * @param {Picture[]} pictures the newest first
 * @returns {Subject | null}
 */
export function subjectOf(wanted, jobs, pictures) {
  if (wanted && "picture" in wanted) {
    const picture = pictures.find(({ id }) => id === wanted.picture);
    if (picture) return ofPicture(picture, jobs, pictures);
  }
  if (wanted && "job" in wanted) {
    const job = jobs.find(({ id }) => id === wanted.job);
    if (job && hasSomething(job, pictures)) return ofJob(job, pictures);
  }
  const job = mostTelling(jobs.filter((each) => hasSomething(each, pictures)));
  if (job) return ofJob(job, pictures);
  return pictures.length > 0 ? ofPicture(pictures[0], jobs, pictures) : null;
}

/**
 * The request to show where nobody chose: the latest that ended stays until another ends, so that pictures are not
 * taken away by empty boxes; one that was sent after that comes at once.
 * @param {Job[]} jobs
 */
function mostTelling(jobs) {
  const open = jobs.filter((job) => !ended(job)).sort((one, other) => one.createdAt - other.createdAt);
  const over = jobs.filter((job) => ended(job) && job.state !== "canceled");
  over.sort((one, other) => endOf(other) - endOf(one));
  if (open.length > 0 && (over.length === 0 || open[0].createdAt > endOf(over[0]))) return open[0];
  return over[0] ?? open[0] ?? jobs[0];
}

/** @param {Job} job */
function endOf(job) {
  return job.endedAt ?? job.createdAt;
}

/** A request that is done is nothing without its pictures. @param {Job} job @param {Picture[]} pictures */
function hasSomething(job, pictures) {
  return job.state !== "done" || pictures.some(({ id }) => job.pictures.includes(id));
}

/** @param {Job} job @param {Picture[]} pictures @returns {Subject} */
function ofJob(job, pictures) {
  const here = pictures.filter(({ id }) => job.pictures.includes(id)).sort((one, other) => one.index - other.index);
  const first = here[0];
  const settings = first ? { ...job.settings, seed: first.settings.seed - first.index } : job.settings;
  return { id: job.id, job, pictures: here, settings, whole: null, of: job.settings.samples };
}

/** @param {Picture} picture @param {Job[]} jobs @param {Picture[]} pictures @returns {Subject} */
function ofPicture(picture, jobs, pictures) {
  const job = jobs.find((each) => each.pictures.includes(picture.id));
  // Of a single picture, the request has more to tell.
  if (job && job.settings.samples === 1) return ofJob(job, pictures);
  const others = pictures.filter(({ requestId }) => requestId === picture.requestId);
  const of = job?.settings.samples ?? Math.max(...others.map(({ index }) => index)) + 1;
  return { id: picture.id, job: null, pictures: [picture], settings: picture.settings, whole: job ?? null, of };
}

/**
 * Requests for the pictures whose seeds are at most `reach` away.
 * @param {Settings} settings of one picture
 * @param {number} reach
 * @param {number} most the highest seed there is
 * @returns {Settings[]}
 */
export function variations(settings, reach, most) {
  const around = [...Array(2 * reach + 1).keys()].map((at) => settings.seed - reach + at);
  const seeds = around.filter((seed) => seed !== settings.seed && seed >= 0 && seed <= most);
  return runs(seeds).map(([seed, samples]) => ({ ...settings, seed, samples }));
}

/**
 * Requests for those pictures of a request that failed, and for no others: each with the seed that it would have had.
 * @param {Settings} settings as run @param {{index: number}[]} failures
 * @returns {Settings[]}
 */
export function lacking(settings, failures) {
  const seeds = failures.map(({ index }) => settings.seed + index).sort((one, other) => one - other);
  return runs(seeds).map(([seed, samples]) => ({ ...settings, seed, samples }));
}

/** @param {number[]} numbers rising @returns {[first: number, length: number][]} */
function runs(numbers) {
  /** @type {[number, number][]} */
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && number === last[0] + last[1]) last[1] += 1;
    else found.push([number, 1]);
  }
  return found;
}
