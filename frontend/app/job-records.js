// The jobs on record: each change goes to the page's signals at once and into the store right after.

import { ended, jobs, putJob } from "./state.js";
import { cannotKeep } from "./room.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").StoredJob} StoredJob */
/** @typedef {ReturnType<typeof createRecords>} Records */

/** @param {{ store: () => Promise<Store>, now: () => number }} with_ */
export function createRecords({ store, now }) {
  /** Jobs that the store does not have, or not as they are. @type {Set<string>} */
  const unsaved = new Set();

  /** @param {string} id @returns {StoredJob | undefined} */
  const get = (id) => jobs.peek().find((job) => job.id === id);

  /** @param {string} id */
  const isOpen = (id) => {
    const job = get(id);
    return job !== undefined && !ended(job);
  };

  /** Writes the job as it is now. Never throws: what cannot be kept goes on in memory. @param {string} id */
  async function save(id) {
    try {
      const shelf = await store();
      const job = get(id);
      if (!job) return;
      await shelf.write({ jobs: { put: [{ ...job, waiting: null }] } });
      unsaved.delete(id);
    } catch (error) {
      unsaved.add(id);
      cannotKeep(error);
    }
  }

  /**
   * Changes the job, and resolves when that is kept. An end is final.
   * @param {string} id @param {Partial<StoredJob>} patch
   */
  async function update(id, patch) {
    const job = get(id);
    if (!job || ended(job) || !changes(job, patch)) return;
    putJob(/** @type {StoredJob} */ ({ ...job, ...patch }));
    if (Object.keys(patch).some((name) => name !== "waiting")) await save(id);
  }

  return {
    get,
    isOpen,
    save,
    update,

    /**
     * Says why nothing moves just now.
     * @param {string} id @param {StoredJob["waiting"]} why @param {Problem | null} [problem]
     */
    wait: (id, why, problem = null) => update(id, { waiting: why, problem }),

    /** @param {string} id @param {Problem} problem */
    fail: (id, problem) => update(id, { state: "failed", endedAt: now(), waiting: null, problem }),

    /** @param {string} id @param {Problem | null} [problem] */
    cancel: (id, problem = null) =>
      update(id, { state: "canceled", endedAt: now(), waiting: null, cancelWanted: false, problem }),

    /** Takes over what another tab wrote of the job; forgets one that was put away there. @param {string} id */
    async reread(id) {
      const shelf = await store();
      const before = get(id);
      if (!before || unsaved.has(id)) return;
      const job = await shelf.get("jobs", id).catch((error) => (cannotKeep(error), before));
      if (job) putJob({ ...job, waiting: null });
      else jobs.value = jobs.peek().filter((each) => each.id !== id);
    },

    /** @param {string[]} ids */
    async remove(ids) {
      jobs.value = jobs.peek().filter((job) => !ids.includes(job.id));
      await (await store()).write({ jobs: { remove: ids } }).catch(cannotKeep);
    },
  };
}

/** @param {StoredJob} job @param {Partial<StoredJob>} patch */
function changes(job, patch) {
  return Object.entries(patch).some(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(/** @type {any} */ (job)[name]),
  );
}
