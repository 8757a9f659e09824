// Erasing the server's copies of deleted pictures. What cannot be erased yet is kept on a list until it can.

import { problemOf } from "./api.js";
import { GONE, isExpired, keyOf } from "./keeping.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./store.js").Erasure} Erasure */
/** @typedef {import("./store.js").Store} Store */

/** What has to be erased for a picture. @param {Picture} picture @returns {Erasure} */
export function erasureOf({ id, requestId, index, account, expiresAt }) {
  return { id, requestId, index, account, expiresAt };
}

/** @param {{ api: typeof import("./api.js"), store: () => Promise<Store>, now: () => number }} with_ */
export function createErasures({ api, store, now }) {
  /** @type {Promise<void> | null} */
  let running = null;
  let again = false;

  /** Works off the list as far as is possible now; whatever comes meanwhile is worked off too. */
  async function run() {
    again = true;
    running ??= work().finally(() => (running = null));
    return running;
  }

  async function work() {
    const shelf = await store();
    while (again) {
      again = false;
      for (const erasure of await shelf.all("erasures")) {
        const outcome = await erase(erasure);
        if (outcome === "gone") await shelf.write({ erasures: { remove: [erasure.id] } });
        if (outcome === "unreached") return;
      }
    }
  }

  /** @param {Erasure} erasure @returns {Promise<"gone" | "later" | "unreached">} */
  async function erase(erasure) {
    if (isExpired(erasure, now())) return "gone";
    const keyValue = keyOf(erasure.account);
    if (keyValue === undefined) return "later";
    try {
      await api.erasePicture(erasure.requestId, erasure.index, keyValue);
      return "gone";
    } catch (error) {
      const { code } = problemOf(error);
      if (GONE.includes(code)) return "gone";
      return ["offline", "slow"].includes(code) ? "unreached" : "later";
    }
  }

  /**
   * Erases whole requests, prompts included, as far as the key goes. Gives those that could not be.
   * @param {Map<string, string | null>} requests account by request id
   */
  async function eraseRequests(requests) {
    const left = [];
    for (const [requestId, account] of requests) {
      const keyValue = keyOf(account);
      if (keyValue === undefined) continue;
      try {
        await api.eraseRequest(requestId, keyValue);
      } catch (error) {
        if (!GONE.includes(problemOf(error).code)) left.push(requestId);
      }
    }
    return left;
  }

  return { run, eraseRequests };
}
