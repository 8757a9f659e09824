// The life of a job, from the button to its pictures: what the user asks for, and which tab looks after it.

import { browser } from "./browser.js";
import { expectedEnd } from "./eta.js";
import { createFollower } from "./following.js";
import { createRecords } from "./job-records.js";
import { library } from "./library.js";
import { isKeyProblem, refreshAllowance } from "./account.js";
import { problemOf } from "./api.js";
import { UNTIL_WOKEN } from "./nap.js";
import { cannotKeep } from "./room.js";
import { createSender, keyFor } from "./sending.js";
import { ended, jobs, key, notify, openJobs, pictures, putJob, shown } from "./state.js";
import { randomUuid } from "./uuid.js";
import { literal } from "./wildcards.js";

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Key} Key */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./sending.js").Attempt} Attempt */
/** @typedef {import("./store.js").News} News */
/** @typedef {import("./store.js").StoredJob} StoredJob */
/**
 * What came of the wish to cancel; `asked`: it will be known later.
 * @typedef {"canceled" | "late" | "unreached" | "keyless" | "asked"} Canceling
 */

/** Jobs that ended longer ago are put away at the next load; their pictures stay. */
const ENDED_STAY_MS = 7 * 24 * 3600_000;

/** Before a job is looked after again that was left for no reason that still holds. */
const A_MOMENT_MS = 1_000;

/** @param {typeof browser & { library: import("./library.js").Library }} with_ */
export function createJobs(with_) {
  const { api, store, now, nap, wake, locks, library } = with_;
  const records = createRecords(with_);
  const sender = createSender({ ...with_, records, fits, keyRefused });
  const follower = createFollower({ ...with_, records, fits, keyRefused, cancelNow });

  /** Jobs that this tab sees to their end, or waits to. @type {Set<string>} */
  const alive = new Set();
  /** Of these, the ones that are this tab's own just now. @type {Map<string, Attempt>} */
  const own = new Map();
  /** Ends the wait for another tab's job. @type {Map<string, AbortController>} */
  const waiting = new Map();
  /** The key that the API refused last; another one, or the same entered anew, is tried. @type {Key | null} */
  let refusedKey = null;
  let clearing = new AbortController();
  /** @type {Promise<void> | undefined} */
  let resumed;
  let lastCreatedAt = 0;

  /**
   * Asks for pictures. The job is on record before it is sent, and goes on by itself.
   * @param {Settings} settings with wildcards resolved @param {{ template?: string | null }} [more]
   */
  function generate(settings, { template = null } = {}) {
    // Never two at once: it is their order, too.
    lastCreatedAt = Math.max(now(), lastCreatedAt + 1);
    /** @type {StoredJob} */
    const job = {
      id: randomUuid(), requestId: null, createdAt: lastCreatedAt, runningSince: null, endedAt: null,
      settings: { ...settings }, template, account: key.peek()?.account ?? null, state: "sending", pictures: [],
      failures: [], warnings: [], problem: null, metrics: {}, waiting: null,
    };
    shown.value = null;
    putJob(job);
    with_.noteUse();
    void resume();
    void library.rememberPrompt(template ?? literal(settings.prompt));
    void live(job.id, true);
    return job;
  }

  /** @param {Settings[]} list @param {{ template?: string | null }} [more] */
  function generateAll(list, more) {
    return list.map((settings) => generate(settings, more));
  }

  /**
   * Sees a job to its end: alone among the tabs, and while its key is here.
   * @param {string} id @param {boolean} [fresh] of this very moment
   */
  async function live(id, fresh = false) {
    if (alive.has(id)) return;
    alive.add(id);
    const { signal } = clearing;
    try {
      for (let first = fresh; records.isOpen(id) && !signal.aborted; first = false) {
        await alone(id, () => lookAfter(id, first, signal));
        const job = records.get(id);
        if (!job || !records.isOpen(id)) return;
        if (!fits(job)) await records.update(id, { waiting: "key" });
        const { cancelWanted, requestId } = records.get(id) ?? job;
        // An unsent one ends at the next turn; what the API has taken on is canceled with its key alone.
        if (!cancelWanted || requestId !== null) await nap(fits(job) ? A_MOMENT_MS : UNTIL_WOKEN);
      }
    } finally {
      alive.delete(id);
    }
  }

  /** @param {string} id @param {boolean} fresh @param {AbortSignal} signal */
  async function lookAfter(id, fresh, signal) {
    // An earlier page, or another tab, may have sent it just before it ended.
    const attempt = { unknownAt: fresh ? null : now(), inFlight: false };
    own.set(id, attempt);
    try {
      if (fresh) await records.save(id);
      else await records.reread(id);
      const job = records.get(id);
      if (job?.state === "sending" && job.cancelWanted) return await sender.cancelUnsent(id, attempt);
      await sender.send(id, attempt, signal);
      await follower.follow(id, signal);
    } finally {
      own.delete(id);
    }
  }

  /** Does `work` when no other tab is at the same job. @param {string} id @param {() => Promise<void>} work */
  async function alone(id, work) {
    if (!locks) return work();
    const name = `job:${id}`;
    let begun = false;
    try {
      await locks.request(name, { ifAvailable: true }, async (lock) => {
        begun = lock !== null;
        if (begun) await work();
      });
    } catch (error) {
      // Who lets a site keep nothing may forbid its locks, too.
      if (begun || !(error instanceof Error) || error.name !== "SecurityError") throw error;
      return work();
    }
    if (begun) return undefined;
    await records.update(id, { waiting: "another tab" });
    const ended = new AbortController();
    waiting.set(id, ended);
    try {
      await locks.request(name, { signal: ended.signal }, work);
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    } finally {
      waiting.delete(id);
    }
    return undefined;
  }

  /** Whether the job can be asked for with the key that is here. @param {StoredJob} job */
  function fits({ account }) {
    const mine = key.peek();
    return account === null || (mine !== null && mine.account === account && mine !== refusedKey);
  }

  function keyRefused() {
    refusedKey = key.peek();
  }

  /** Cancels a job as soon as that is possible, and says what came of it. @param {string} jobId */
  async function cancel(jobId) {
    tellCanceling([await cancelOne(jobId)]);
  }

  /** Cancels all that still wait; what is running cannot be canceled. */
  async function cancelAll() {
    const open = openJobs.peek().filter((job) => job.state !== "running");
    tellCanceling(await Promise.all(open.map((job) => cancelOne(job.id))));
  }

  /** @param {string} id @returns {Promise<Canceling>} */
  async function cancelOne(id) {
    const job = records.get(id);
    if (!job || ended(job)) return "late";
    if (job.requestId !== null) return cancelNow(job);
    const attempt = own.get(id);
    if (attempt && !attempt.inFlight) {
      await sender.cancelUnsent(id, attempt);
      return "canceled";
    }
    // Its answer is awaited; or whoever looks after it next hears of it, which may be another tab.
    await records.update(id, { cancelWanted: true });
    wake();
    return "asked";
  }

  /** Cancels a request that the API has taken on. @param {StoredJob} job @returns {Promise<Canceling>} */
  async function cancelNow(job) {
    if (!fits(job)) return "keyless";
    try {
      await api.cancelRequest(job.requestId ?? "", keyFor(job));
      await records.cancel(job.id);
      void refreshAllowance();
      return "canceled";
    } catch (error) {
      const problem = problemOf(error);
      if (isKeyProblem(problem)) return "keyless";
      if (problem.retryable) return "unreached";
      // Whatever else it is, its follower finds out.
      const outcome = problem.code === "not_cancelable" ? "late" : "asked";
      if (job.cancelWanted) {
        await records.update(job.id, { cancelWanted: false });
        tellCanceling([outcome]);
      }
      return outcome;
    }
  }

  /** @param {Canceling[]} outcomes */
  function tellCanceling(outcomes) {
    const late = outcomes.filter((outcome) => outcome === "late").length;
    if (late) {
      const one = "It has begun already and cannot be canceled any more: it goes on.";
      notify(late === 1 ? one : `${late} have begun already and cannot be canceled any more: they go on.`);
    }
    if (outcomes.includes("unreached")) notify("The cancelation did not reach the server. Try again.", { kind: "bad" });
    if (outcomes.includes("keyless")) notify("To cancel it, add a key of its account again.", { kind: "bad" });
  }

  /** Asks for the same anew, as a job of its own. @param {string} jobId */
  function retry(jobId) {
    const job = records.get(jobId);
    return job ? generate(job.settings, { template: job.template }) : null;
  }

  /** Dismisses a job that has ended. @param {string} jobId */
  async function putAway(jobId) {
    if (!records.isOpen(jobId)) await records.remove([jobId]);
  }

  /**
   * Seconds that the job will probably still take, 0 where it takes longer than others did; null where that cannot be
   * told.
   * @param {Job} job
   */
  function etaOf(job) {
    const expected = ended(job) ? null : expectedEnd(job, jobs.value, pictures.value);
    return expected === null ? null : Math.max(0, Math.round((expected - now()) / 1000));
  }

  /** Shows what is kept, and goes on with what is open. Once. */
  function resume() {
    return (resumed ??= start());
  }

  async function start() {
    with_.watch(() => {
      wake();
      library.tend();
    });
    const shelf = await store();
    shelf.onChange(heard);
    await library.load();
    const stored = await shelf.all("jobs").catch((error) => (cannotKeep(error), []));
    const rows = stored.filter((row) => !records.get(row.id));
    const old = rows.filter((row) => row.endedAt !== null && row.endedAt < now() - ENDED_STAY_MS);
    const kept = rows.filter((row) => !old.includes(row));
    jobs.value = [...jobs.peek(), ...kept].sort((one, other) => other.createdAt - one.createdAt);
    if (old.length) void records.remove(old.map((row) => row.id));
    for (const job of [...openJobs.peek()].reverse()) void live(job.id);
  }

  /** What other tabs did. @param {News} news */
  function heard(news) {
    if ("cleared" in news) return clear();
    const { put = [], remove = [] } = news.change.jobs ?? {};
    for (const job of put) {
      if (own.has(job.id)) {
        if (job.cancelWanted) void cancelOne(job.id);
        continue;
      }
      putJob({ ...job, waiting: ended(job) ? null : records.get(job.id)?.waiting ?? null });
      if (ended(job)) waiting.get(job.id)?.abort();
      else void live(job.id);
    }
    if (!remove.length) return undefined;
    jobs.value = jobs.peek().filter((job) => !remove.includes(job.id) || own.has(job.id));
    for (const id of remove) waiting.get(id)?.abort();
    return undefined;
  }

  /** Everything was cleared: nothing that is still under way may be kept any more. */
  function clear() {
    jobs.value = [];
    for (const ended of waiting.values()) ended.abort();
    clearing.abort();
    clearing = new AbortController();
    wake();
  }

  return { generate, generateAll, cancel, cancelAll, retry, putAway, resume, etaOf };
}

export const { generate, generateAll, cancel, cancelAll, retry, putAway, resume, etaOf } = createJobs({
  ...browser,
  library,
});
