// What this browser gives to jobs.js and library.js. The only place that joins them to it; tests put in their own.

import * as api from "./api.js";
import { whenLeftAlone } from "./attention.js";
import { createNap } from "./nap.js";
import { askToPersist, refreshStorage } from "./room.js";
import { key } from "./state.js";
import { openStore } from "./store.js";

/** @type {ReturnType<typeof openStore> | undefined} */
let opening;
const { nap, wake } = createNap();

export const browser = {
  api,
  store: () => (opening ??= openStore()),
  now: () => Date.now(),
  /** A pause that may be cut short. */
  nap,
  wake,
  /** One that may not, and stands still while somebody is at a notice. @param {number} ms @returns {Promise<void>} */
  later: (ms) => new Promise((resolve) => void whenLeftAlone(ms, resolve)),
  /** Null where the page is not on a secure origin: then no other tab is told apart. */
  locks: /** @type {LockManager | null} */ (globalThis.navigator?.locks ?? null),
  isOnline: () => navigator.onLine,
  isHidden: () => document.hidden,

  /** @param {Blob} blob */
  thumbnail: async (blob) => (await import("./thumbnails.js")).thumbnail(blob),

  /** A picture is kept: it shall stay, and be looked at without a network too. */
  onKept() {
    void askToPersist();
    void refreshStorage();
    import("./offline.js").then((offline) => offline.keepPage()).catch(() => {});
  },

  /**
   * Calls `listener` when what was waited for may be there: a network, a look at the page, another key.
   * @param {() => void} listener
   */
  watch(listener) {
    addEventListener("online", listener);
    document.addEventListener("visibilitychange", () => document.hidden || listener());
    key.subscribe(() => queueMicrotask(listener));
  },

  /** There is something to take up: the next load reads so before any of this is loaded, other tabs hear of it. */
  noteUse() {
    try {
      localStorage.setItem("sasha.used", "1");
    } catch {
      // Then nothing outlives the page anyway.
    }
    // And so does this page, whose own words do not come back to it.
    dispatchEvent(new StorageEvent("storage", { key: "sasha.used", newValue: "1" }));
  },

  /** What is of this tab alone. */
  forgetVisit() {
    try {
      sessionStorage.clear();
    } catch {
      // Nothing was kept.
    }
  },

  /** Everything that the site has on this device beside the store. */
  async forgetSite() {
    try {
      localStorage.clear();
    } catch {
      // Nothing was kept.
    }
    await import("./offline.js").then((offline) => offline.forgetPage()).catch(() => {});
    for (const registration of (await navigator.serviceWorker?.getRegistrations().catch(() => [])) ?? []) {
      await registration.unregister();
    }
    for (const name of (await globalThis.caches?.keys().catch(() => [])) ?? []) await caches.delete(name);
  },
};
