// When a request will probably end, from how long others like it took.

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Settings} Settings */

const ENOUGH = 3;
// Older ones tell of other days' upstream.
const RECENT = 20;

/**
 * ms since 1970; null until enough like requests are known.
 * @param {Job} job @param {Job[]} jobs @param {Picture[]} pictures newest first, both
 */
export function expectedEnd(job, jobs, pictures) {
  const took = durations(job.settings, jobs, pictures).slice(0, RECENT).sort((a, b) => a - b);
  if (took.length < ENOUGH) return null;
  const middle = took.length >> 1;
  const median = took.length % 2 ? took[middle] : (took[middle - 1] + took[middle]) / 2;
  return job.createdAt + median * 1000;
}

/**
 * Seconds that like requests took, the newest first.
 * @param {Settings} settings @param {Job[]} jobs @param {Picture[]} pictures
 */
function durations(settings, jobs, pictures) {
  const wanted = likeness(settings, settings.samples);
  const done = jobs.filter((job) => job.state === "done");
  const likeJobs = done.filter((job) => likeness(job.settings, job.settings.samples) === wanted);
  // Of requests that were dismissed their pictures are left: as many as were asked for, or nearly.
  const known = new Set(jobs.map((job) => job.requestId));
  /** @type {Map<string, Picture[]>} */
  const requests = new Map();
  for (const picture of pictures) {
    if (known.has(picture.requestId)) continue;
    requests.set(picture.requestId, [...(requests.get(picture.requestId) ?? []), picture]);
  }
  const likePictures = [...requests.values()].filter((all) => likeness(all[0].settings, all.length) === wanted);
  const took = [...likeJobs.map((job) => job.metrics.total_time ?? null), ...likePictures.map(([first]) => first.took)];
  return took.filter((seconds) => seconds !== null);
}

/** @param {Settings} settings @param {number} samples */
function likeness(settings, samples) {
  return [samples, settings.num_inference_steps, settings.img_width, settings.img_height].join();
}
