// Tells of requests where nobody looks: to screen readers, in the window's title, in its icon.

import { effect } from "../vendor/preact-signals-core/signals-core.mjs";
import { newsOf, titleWords } from "./job-words.js";
import { explain } from "./problems.js";
import { announce, headline, jobs, model, openJobs, siteName } from "./state.js";

/** @typedef {import("./types.js").Job} Job */

const ICON = "/favicon.svg";
const BUSY_ICON = "/favicon-busy.svg";
// The first request is what this is loaded for: it is a moment old by then.
const LOADED_IN_MS = 10_000;

export function startTelling() {
  tellNews();
  tellInTitle();
}

/** One sentence when a request is asked for and one when it ends; none of those that an earlier visit left. */
function tellNews() {
  const began = Date.now();
  /** @type {Map<string, Job["state"]>} */
  let before = new Map();
  let first = true;
  effect(() => {
    const all = jobs.value;
    const fresh = all.filter(({ id, createdAt }) => before.has(id) || !first || createdAt > began - LOADED_IN_MS);
    const news = fresh.map((job) => newsOf(before.get(job.id), job, around(job))).filter((each) => each !== null);
    if (news.length > 0) announce(news.join(" "));
    before = new Map(all.map(({ id, state }) => [id, state]));
    first = false;
  });
}

/** @param {Job} job */
function around(job) {
  const place = openJobs.peek().filter(({ createdAt }) => createdAt < job.createdAt).length + 1;
  const who = job.account === null ? null : { account: job.account };
  const explained = job.problem && explain(job.problem, { model: model.peek(), key: who, now: Date.now() });
  return { place, problem: explained ? `${explained.title}. ${explained.charged}` : null };
}

function tellInTitle() {
  let ran = false;
  effect(() => {
    const open = openJobs.value;
    const runs = open.length > 0;
    if (runs) headline.value = titleWords(open, siteName.value);
    else if (ran) headline.value = document.hidden ? `${lastEnd()} · ${siteName.value}` : null;
    if (runs !== ran) showIcon(runs ? BUSY_ICON : ICON);
    ran = runs;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && openJobs.peek().length === 0) headline.value = null;
  });
}

/** What whoever looks at another tab finds when all is over. */
function lastEnd() {
  const [last] = jobs.peek().toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
  return last?.state === "failed" ? "✕ Failed" : "✓ Done";
}

/** @param {string} href */
function showIcon(href) {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  if (link) link.href = href;
}
