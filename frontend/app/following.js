// Following a request that the API has taken on, until its end: its pictures are fetched as they are stored.

import { isKeyProblem, learnAllowance, refreshAllowance } from "./account.js";
import { ownProblem, problemOf } from "./api.js";
import { keyFor, pauseFor } from "./sending.js";

/** @typedef {import("./api.js").Image} Image */
/** @typedef {import("./api.js").Result} Result */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./store.js").StoredJob} StoredJob */
/** @typedef {import("./job-records.js").Records} Records */

const POLL_MS = 1_000;
const POLL_HIDDEN_MS = 5_000;
// What asking again in the same way would not change.
const FINAL = ["provider_rejected_key", "provider_out_of_credits", "prompt_refused", "canceled"];

/**
 * @param {{ api: typeof import("./api.js"), records: Records, now: () => number, nap: (ms: number) => Promise<void>,
 *   isHidden: () => boolean, fits: (job: StoredJob) => boolean, keyRefused: () => void,
 *   cancelNow: (job: StoredJob) => Promise<unknown>,
 *   library: Pick<import("./library.js").Library, "keep" | "settle"> }} with_
 */
export function createFollower({ api, records, now, nap, isHidden, fits, keyRefused, cancelNow, library }) {
  /** Returns when the job has ended, or lacks its key. @param {string} id @param {AbortSignal} signal */
  async function follow(id, signal) {
    /** Pictures being fetched, by index. @type {Map<number, Promise<void>>} */
    const fetching = new Map();
    for (let troubles = 0; ; ) {
      const job = records.get(id);
      if (!job?.requestId || !records.isOpen(id) || !fits(job) || signal.aborted) return;
      if (job.cancelWanted) await cancelNow(job);
      const told = await look(job, signal);
      if (signal.aborted || !records.isOpen(id)) return;
      if ("problem" in told) {
        if (await meet(job, told.problem, troubles)) return;
        troubles += 1;
        continue;
      }
      troubles = 0;
      await records.update(id, progress(told.result, records.get(id), now()));
      for (const image of told.result.images) {
        if (!fetching.has(image.index)) fetching.set(image.index, fetchPicture(id, image, told.result, signal));
      }
      if (told.result.status === "COMPLETED" || told.result.status === "FAILED") {
        await Promise.all(fetching.values());
        return signal.aborted ? undefined : end(id, told.result);
      }
      await nap(isHidden() ? POLL_HIDDEN_MS : POLL_MS);
    }
  }

  /**
   * @param {StoredJob} job @param {AbortSignal} signal
   * @returns {Promise<{ result: Result } | { problem: Problem }>}
   */
  async function look(job, signal) {
    try {
      return { result: await api.getRequest(job.requestId ?? "", keyFor(job), { signal }) };
    } catch (error) {
      return { problem: signal.aborted ? ownProblem("offline", "") : problemOf(error) };
    }
  }

  /**
   * What a failed look means; true: it is of no use to look again just now.
   * @param {StoredJob} job @param {Problem} problem @param {number} troubles
   */
  async function meet(job, problem, troubles) {
    if (problem.code === "not_found" || problem.code === "erased") {
      await records.fail(job.id, gone(problem, job.pictures.length));
      return true;
    }
    if (isKeyProblem(problem)) {
      if (job.account === null) await records.fail(job.id, problem);
      else {
        keyRefused();
        await records.wait(job.id, "key", problem);
      }
      return true;
    }
    await records.wait(job.id, ["offline", "slow"].includes(problem.code) ? "network" : "retry", problem);
    await nap(pauseFor(problem, troubles, now()));
    return false;
  }

  /** @param {string} id @param {Image} image @param {Result} result @param {AbortSignal} signal */
  async function fetchPicture(id, image, result, signal) {
    const job = records.get(id);
    const picture = `${result.request_id}/${image.index}`;
    if (!job || job.pictures.includes(picture)) return;
    await library.keep(image, result, job, keyFor(job), signal);
    const { pictures } = records.get(id) ?? job;
    if (!signal.aborted) await records.update(id, { pictures: [...pictures, picture].sort(byIndex) });
  }

  /** @param {string} id @param {Result} result */
  async function end(id, result) {
    const job = records.get(id);
    if (!job) return;
    if (result.status === "COMPLETED") {
      await library.settle(result, job.account);
      await records.update(id, { state: "done", endedAt: now(), waiting: null, problem: null, cancelWanted: false });
    } else if (result.code === "canceled") {
      await records.cancel(id);
    } else {
      await records.fail(id, failure(result));
    }
    if (job.account !== null && result.metrics.remaining_credits !== undefined) {
      learnAllowance(job.account, { credits: result.metrics.remaining_credits });
    } else {
      await refreshAllowance();
    }
  }

  return { follow };
}

/**
 * What the answer changes of a job that is still open.
 * @param {Result} result @param {StoredJob | undefined} job @param {number} now
 */
function progress({ status, failures, warnings, metrics }, job, now) {
  const running = status !== "QUEUED";
  return {
    state: /** @type {StoredJob["state"]} */ (running ? "running" : "queued"),
    runningSince: running ? job?.runningSince ?? now : null,
    waiting: null,
    problem: null,
    failures,
    warnings,
    metrics,
  };
}

/** @param {Result} result @returns {Problem} */
function failure({ request_id: requestId, code = "internal", error = "The request failed." }) {
  return ownProblem(code, error, { status: 422, billed: false, retryable: !FINAL.includes(code), requestId });
}

/** @param {Problem} problem @param {number} here how many of its pictures are on this device */
function gone(problem, here) {
  const why = here ? "Its pictures that had arrived are still here." : "It was erased, or its record is too old.";
  return { ...problem, detail: `The server has this request no more. ${why}`, billed: null, retryable: false };
}

/** @param {string} one @param {string} other ids of one request's pictures */
function byIndex(one, other) {
  return Number(one.split("/")[1]) - Number(other.split("/")[1]);
}
