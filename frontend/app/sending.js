// Submitting a job until the API has said yes or no. However often it is sent, it is one request: its id is the key.

import { isKeyProblem, learnAllowance, refreshAllowance } from "./account.js";
import { ownProblem, problemOf } from "./api.js";
import { forApi } from "./settings.js";
import { key } from "./state.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./store.js").StoredJob} StoredJob */
/** @typedef {import("./job-records.js").Records} Records */
/**
 * What became of the sendings so far. `unknownAt`: when one of which nothing is known may last have reached the API,
 * in ms; null: certainly never. `inFlight`: one is under way.
 * @typedef {{ unknownAt: number | null, inFlight: boolean }} Attempt
 */

/** The API forgets an Idempotency-Key after a day: from then on, sending again would be a second request. */
export const RESENT_FOR_MS = 24 * 3600_000 - 10 * 60_000;
/** The gateway ends every call at 30 s: after that, what an earlier sending did is on record, and a no is a no. */
export const SETTLED_AFTER_MS = 35_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

const SPENT = ["allowance_spent", "insufficient_credits"];

export const STATES = /** @type {const} */ ({
  QUEUED: "queued", PROCESSING: "running", COMPLETED: "running", FAILED: "running", // until the end is told
});

/**
 * @param {{ api: typeof import("./api.js"), records: Records, now: () => number, nap: (ms: number) => Promise<void>,
 *   isOnline: () => boolean, fits: (job: StoredJob) => boolean, keyRefused: () => void }} with_
 */
export function createSender({ api, records, now, nap, isOnline, fits, keyRefused }) {
  const inTurn = createTurns();

  /**
   * Sends the job, and again where the answer is not known. Returns when it is taken on, has ended, or lacks its key.
   * @param {string} id @param {Attempt} attempt @param {AbortSignal} signal
   */
  async function send(id, attempt, signal) {
    for (let tries = 0; ; tries += 1) {
      const job = records.get(id);
      if (!job || job.state !== "sending" || signal.aborted) return;
      if (job.cancelWanted) return cancelUnsent(id, attempt);
      if (!fits(job)) return;
      if (now() - job.createdAt > RESENT_FOR_MS) return records.fail(id, neverConfirmed(job, attempt));
      const problem = await inTurn(() => sendOnce(job, attempt, signal));
      if (problem) await think(job, problem, attempt, tries);
    }
  }

  /** @param {StoredJob} job @param {Attempt} attempt @param {AbortSignal} signal @returns {Promise<Problem | null>} */
  async function sendOnce(job, attempt, signal) {
    // Meanwhile others were sent, and this one may have been canceled.
    if (!records.isOpen(job.id) || records.get(job.id)?.cancelWanted || !fits(job) || signal.aborted) return null;
    const offlineBefore = !isOnline();
    attempt.inFlight = true;
    try {
      const accepted = await api.submit(forApi(job.settings), keyFor(job), job.id, { signal });
      learnAllowance(job.account, accepted);
      const { requestId, status } = accepted;
      await records.update(job.id, { requestId, state: STATES[status], waiting: null, problem: null });
      return null;
    } catch (error) {
      if (signal.aborted) return null;
      const problem = problemOf(error);
      const neverLeft = problem.code === "offline" && offlineBefore && !isOnline();
      if (isUnknown(problem) && !neverLeft) attempt.unknownAt = now();
      return problem;
    } finally {
      attempt.inFlight = false;
    }
  }

  /**
   * What a problem means: the end, or a pause.
   * @param {StoredJob} job @param {Problem} problem @param {Attempt} attempt @param {number} tries
   */
  async function think(job, problem, attempt, tries) {
    const sureAt = attempt.unknownAt === null ? 0 : attempt.unknownAt + SETTLED_AFTER_MS;
    if (isKeyProblem(problem) && job.account !== null && sureAt) {
      // It may be running all the same: with a good key of its account that can be found out.
      keyRefused();
      return records.wait(job.id, "key", problem);
    }
    if (!isTransient(problem) && now() >= sureAt) {
      if (SPENT.includes(problem.code)) void refreshAllowance(); // elsewhere more was spent than is known here
      return records.fail(job.id, asRefused(job, problem));
    }
    // A no may cross the yes of an earlier sending that is still under way: it is asked again when that is over.
    const pause = isTransient(problem) ? pauseFor(problem, tries, now()) : sureAt - now();
    await records.wait(job.id, ["offline", "slow"].includes(problem.code) ? "network" : "retry", problem);
    if (!records.get(job.id)?.cancelWanted) await nap(pause);
  }

  /**
   * Ends a job that the API never said it knows. It is not sent again to find out: whatever was not taken on yet would
   * then be, and be charged for.
   * @param {string} id @param {Attempt} attempt
   */
  function cancelUnsent(id, attempt) {
    const job = records.get(id);
    return records.cancel(id, job && attempt.unknownAt !== null ? cancelUnconfirmed(job) : null);
  }

  return { send, cancelUnsent };
}

/**
 * How long to wait before asking again, in ms: as long as the API says, else longer each time.
 * @param {Problem} problem @param {number} tries @param {number} now
 */
export function pauseFor({ retryAt }, tries, now) {
  if (retryAt !== null && retryAt > now) return Math.min(retryAt - now, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS);
}

/** The key's value for this job: none for a guest's, whatever key there is now. @param {StoredJob} job */
export function keyFor(job) {
  return job.account === null ? null : key.peek()?.value ?? null;
}

/** Whether the request may have been taken on although it looks otherwise. @param {Problem} problem */
function isUnknown({ code, status }) {
  if (code === "unreadable") return status < 400 || status >= 500;
  return ["offline", "slow", "internal"].includes(code);
}

/** Whether sending the same again is the right thing. A full minute passes. @param {Problem} problem */
function isTransient(problem) {
  const passes = problem.retryable && ["rate_limited", "unreadable"].includes(problem.code);
  return isUnknown(problem) || problem.code === "busy" || passes;
}

/** @param {StoredJob} job @param {Problem} problem @returns {Problem} */
function asRefused(job, problem) {
  if (problem.code !== "idempotency_key_reused") return problem;
  // Nobody else has this key: an earlier version of this page sent the same job in other words.
  return { ...problem, detail: `This was sent before in another form. ${ifTakenOn(job)}`, billed: null };
}

/** @param {StoredJob} job @param {Attempt} attempt */
function neverConfirmed(job, { unknownAt }) {
  const retryable = false;
  if (unknownAt === null) {
    return ownProblem("never_confirmed", "This could not be sent for a day. Nothing was charged.", { retryable });
  }
  const why = "The server did not confirm this within a day. Sending it again could make a second request of it.";
  return ownProblem("never_confirmed", `${why} ${ifTakenOn(job)}`, { billed: null, retryable });
}

/** @param {StoredJob} job */
function cancelUnconfirmed(job) {
  const detail = `Canceled before the server had answered. ${ifTakenOn(job)}`;
  return ownProblem("cancel_unconfirmed", detail, { billed: null, retryable: false });
}

/** @param {StoredJob} job */
function ifTakenOn({ account }) {
  if (account === null) return "If it was taken on all the same, it counts as a free picture of today.";
  return "If it was taken on all the same, its pictures are charged, and are in the server's history.";
}

/** One after the other, so that jobs are queued in the order in which they were asked for. */
function createTurns() {
  let last = Promise.resolve();
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  return (work) => {
    const mine = last.then(work);
    last = mine.then(() => {}, () => {});
    return mine;
  };
}
