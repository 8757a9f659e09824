// What the page knows, in one place: signals that views read and actions write. No DOM, no network.

import { computed, signal } from "../vendor/preact-signals-core/signals-core.mjs";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Key} Key */
/** @typedef {import("./types.js").Allowance} Allowance */
/** @typedef {import("./types.js").Notice} Notice */
/** @typedef {import("./types.js").Problem} Problem */

/** The API's description of the model; null until it came. */
export const model = signal(/** @type {Model | null} */ (null));
/** Why the description did not come. */
export const modelProblem = signal(/** @type {Problem | null} */ (null));

/** The form's values; null until the model's defaults are known. */
export const settings = signal(/** @type {Settings | null} */ (null));
/** Faults by field, as the form or the API found them. */
export const faults = signal(/** @type {Partial<Record<keyof Settings, string>>} */ ({}));

export const key = signal(/** @type {Key | null} */ (null));
export const allowance = signal(/** @type {Allowance} */ ({ credits: null, freeImagesLeft: null, resetsAt: null }));

/** All requests that were not dismissed, the newest first. */
export const jobs = signal(/** @type {Job[]} */ ([]));
/** All pictures of this device, the newest first. */
export const pictures = signal(/** @type {Picture[]} */ ([]));
/** What the stage shows: a job, a picture, or (null) the newest job, else the example. */
export const shown = signal(/** @type {{job: string} | {picture: string} | null} */ (null));

/** The view: "create", "gallery" or "api", from the URL's fragment. */
export const route = signal("create");
export const online = signal(true);
/** Whether another tab of this browser has the page open. */
export const elsewhere = signal(false);
/** `works`: pictures can be kept at all; `full`: the last one could not. Bytes where the browser tells. */
export const storage = signal({ works: true, full: false, persisted: false, usage: 0, quota: 0 });
export const notices = signal(/** @type {Notice[]} */ ([]));
/** Which dialog is open. */
export const dialog = signal(/** @type {null | "key" | "shortcuts" | "about" | "details" | "clear"} */ (null));
/** Whether single keys, unmodified, do something (WCAG 2.1.4). */
export const singleKeys = signal(true);
/** What the window's title tells in place of the site's own; null for nothing. */
export const headline = signal(/** @type {string | null} */ (null));
/** What a screen reader is told: one sentence per event, never every step. */
export const announcement = signal(/** @type {{ text: string } | null} */ (null));

/** What the page calls itself. */
export const siteName = computed(() => model.value?.site?.name || "Sasha");
export const openJobs = computed(() => jobs.value.filter((job) => !ended(job)));

/** @param {Job} job */
export function ended(job) {
  return job.state === "done" || job.state === "failed" || job.state === "canceled";
}

/** Puts `job` in the place of the one with its id, or first. @param {Job} job */
export function putJob(job) {
  const others = jobs.value;
  const at = others.findIndex((each) => each.id === job.id);
  jobs.value = at < 0 ? [job, ...others] : others.with(at, job);
}

let noticed = 0;

/** Shows a line at the bottom of the window. @param {string} text @param {Partial<Notice>} [more] */
export function notify(text, more = {}) {
  noticed += 1;
  /** @type {Notice} */
  const notice = { id: `${noticed}`, text, kind: "info", stays: false, action: null, ...more };
  notices.value = [...notices.value, notice];
  return notice.id;
}

/**
 * Puts settings into the form, leads there, and says so. Undo takes back what that changed, unless it was changed again
 * since then.
 * @param {Settings} after @param {string} said @param {Partial<Notice>} [more]
 */
export function fillForm(after, said, more) {
  const before = settings.peek();
  const changed = before ? differing(before, after) : [];
  if (!before || changed.length > 0) settings.value = after;
  if (route.peek() !== "create") location.hash = "#/create";
  const undo = () => {
    const now = settings.peek() ?? after;
    const back = changed.filter((name) => !differing(now, after).includes(name));
    settings.value = { ...now, ...Object.fromEntries(back.map((name) => [name, before?.[name]])) };
  };
  notify(said, { action: changed.length > 0 ? { label: "Undo", run: undo } : null, ...more });
}

/** @param {Settings} one @param {Settings} other */
export function differing(one, other) {
  return /** @type {(keyof Settings)[]} */ (Object.keys(other)).filter((name) => !Object.is(one[name], other[name]));
}

/** What always helps: not every browser asks again for a module that once did not come. */
export const LOAD_AGAIN = { label: "Load again", run: () => location.reload() };

/** Tells that what was to be done needs a part of the page that did not come. @returns {undefined} */
export function cannotLoad() {
  const text = "A part of this page could not be loaded. Is the network there? Nothing is lost.";
  return void notify(text, { kind: "bad", action: LOAD_AGAIN });
}

/** Has a sentence read aloud, though it be the same as the last. @param {string} text */
export function announce(text) {
  announcement.value = { text };
}

/** @param {string} id */
export function dismiss(id) {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
