// A world for the tests of jobs and pictures: a clock, locks, a disk for all tabs, and tabs.

import * as api from "../../frontend/app/api.js";
import { createJobs } from "../../frontend/app/jobs.js";
import { createLibrary } from "../../frontend/app/library.js";
import { UNTIL_WOKEN } from "../../frontend/app/nap.js";
import * as state from "../../frontend/app/state.js";
import { Server } from "./jobs-server.js";
import { effect } from "../../frontend/vendor/preact-signals-core/signals-core.mjs";
import { inMemory, Store, StorageFull } from "../../frontend/app/store.js";

/** @typedef {import("../../frontend/app/types.js").Settings} Settings */

export const KEY = { value: `sasha_acme_${"a".repeat(32)}`, account: "acme", remembered: false };
export const OTHER_KEY = { value: `sasha_other_${"b".repeat(32)}`, account: "other", remembered: false };

/** @type {Settings} */
export const FOX = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20, guidance_scale: 7.5,
  samples: 1, seed: -1, img_width: 1024, img_height: 1024, lora_scale: null,
};

/** Rows in memory that can be full, as if on disk; every tab's store lies on the same. */
export class Disk {
  medium = inMemory();
  full = false;
  /** Whether even a record has no room. */
  brimful = false;
  /** @type {Set<{ onmessage: ((event: { data: any }) => void) | null }>} */
  #channels = new Set();

  /** A tab's store. */
  tab() {
    /** @type {any} */
    const channel = {
      onmessage: null,
      postMessage: (/** @type {any} */ data) => {
        const sent = structuredClone(data);
        for (const other of this.#channels) if (other !== channel) other.onmessage?.({ data: sent });
      },
    };
    this.#channels.add(channel);
    const medium = { ...this.medium, write: (/** @type {any} */ change) => this.#write(change) };
    return new Store(medium, true, channel);
  }

  /** @param {import("../../frontend/app/store.js").Change} change */
  async #write(change) {
    const puts = Object.values(change).some((part) => part.put?.length);
    if ((this.full && change.files?.put?.length) || (this.brimful && puts)) throw new StorageFull("full");
    return this.medium.write(structuredClone(change));
  }
}

/** What navigator.locks does, for all tabs together. */
export class Locks {
  /** @type {Map<string, (() => void)[]>} */
  #queues = new Map();

  /** @param {string} name @param {any} options @param {(lock: object | null) => unknown} work */
  request = async (name, options, work) => {
    const queue = this.#queues.get(name);
    if (queue && options.ifAvailable) return work(null);
    if (queue) {
      await new Promise((resolve, reject) => {
        const turn = () => resolve(undefined);
        queue.push(turn);
        options.signal?.addEventListener("abort", () => {
          if (queue.includes(turn)) queue.splice(queue.indexOf(turn), 1);
          reject(options.signal.reason);
        });
      });
    } else this.#queues.set(name, []);
    try {
      return await work({ name });
    } finally {
      const next = this.#queues.get(name)?.shift();
      if (next) next();
      else this.#queues.delete(name);
    }
  };
}

/**
 * One tab. Naps end at once and let the clock go on; the time of an undo passes when `undoPasses` is called.
 * @param {{ server?: Server, disk?: Disk, locks?: Locks, clock?: { at: number } }} [shared] with an earlier load of the page, or another tab
 */
export function openTab({ server = new Server(), disk = new Disk(), locks = new Locks(), clock = { at: Date.parse("2026-11-22T20:00:00Z") } } = {}) {
  forgetSignals();
  globalThis.fetch = /** @type {any} */ (server.fetch);
  const store = disk.tab();
  const tab = { online: true, woken: 0 };
  /** @type {Set<() => void>} */
  const sleepers = new Set();
  /** @type {(() => void)[]} */
  const undoing = [];
  /** @type {any} */
  const browser = {
    api,
    store: async () => store,
    now: () => clock.at,
    nap: (/** @type {number} */ ms) => {
      if (ms === UNTIL_WOKEN) return new Promise((resolve) => sleepers.add(() => resolve(undefined)));
      clock.at += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
    wake: () => {
      tab.woken += 1;
      for (const rise of sleepers) rise();
      sleepers.clear();
    },
    later: () => new Promise((resolve) => undoing.push(() => resolve(undefined))),
    locks,
    isOnline: () => tab.online,
    isHidden: () => false,
    thumbnail: async () => new Blob(["small"], { type: "image/webp" }),
    onKept() {},
    watch(/** @type {() => void} */ listener) {
      state.key.subscribe(() => queueMicrotask(listener));
    },
    noteUse() {},
    forgetVisit() {},
    async forgetSite() {},
  };
  const library = createLibrary(browser);
  const jobs = createJobs({ ...browser, library });
  const undoPasses = async () => {
    clock.at += 8_000;
    undoing.splice(0).forEach((pass) => pass());
    await turns();
  };
  return { ...jobs, library, server, disk, locks, clock, store, tab, browser, undoPasses };
}

/** As on a page that was just loaded: the browser has the rest. */
function forgetSignals() {
  state.jobs.value = [];
  state.pictures.value = [];
  state.notices.value = [];
  state.shown.value = null;
  state.allowance.value = { credits: null, freeImagesLeft: null, resetsAt: null };
  state.storage.value = { works: true, full: false, persisted: false, usage: 0, quota: 0 };
}

/** The job as it is now. @param {{ id: string }} job @returns {any} */
export function now({ id }) {
  return state.jobs.value.find((job) => job.id === id);
}

/** When the condition, which reads signals, holds. @param {() => unknown} holds @param {string} [what] */
export async function until(holds, what = holds.toString()) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let stop = () => {};
  try {
    await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`It did not come to: ${what}; ${JSON.stringify(state.jobs.peek())}`)), 10_000);
      stop = effect(() => {
        if (holds()) resolve(undefined);
      });
    });
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** @param {{ id: string }} job */
export function untilEnded(job) {
  return until(() => state.jobs.value.some((each) => each.id === job.id && state.ended(each)), "an end");
}

/** A tab with so many pictures of one request. @param {number} samples @param {Parameters<typeof openTab>[0]} [shared] */
export async function tabWith(samples, shared) {
  const tab = openTab(shared);
  await untilEnded(tab.generate({ ...FOX, samples }));
  await turns();
  tab.server.calls.length = 0;
  state.notices.value = [];
  return { tab, ids: state.pictures.value.map((picture) => picture.id) };
}

/** Lets everything go on that can. */
export async function turns() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
