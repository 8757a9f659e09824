// Erasing the server's copies of deleted pictures. What cannot be erased yet is kept on a list until it can.

import { problemOf } from "./api.js";
import { counted } from "./job-words.js";
import { GONE, isExpired, keyOf } from "./keeping.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./store.js").Erasure} Erasure */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {Pick<Picture, "account" | "expiresAt">} Request */

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
      if (isGone(error)) return "gone";
      return ["offline", "slow"].includes(problemOf(error).code) ? "unreached" : "later";
    }
  }

  /**
   * Erases whole requests, prompts included. Gives in words what could not be and why, null where nothing is left.
   * @param {Map<string, Request>} requests by id
   */
  async function eraseRequests(requests) {
    let failed = 0;
    /** Whose key is not in use, once for each request. @type {string[]} */
    const keyless = [];
    for (const [requestId, request] of requests) {
      if (isExpired(request, now())) continue;
      const keyValue = keyOf(request.account);
      if (keyValue === undefined) keyless.push(request.account ?? "");
      else await api.eraseRequest(requestId, keyValue).catch((error) => (failed += Number(!isGone(error))));
    }
    return leftWords(failed, keyless);
  }

  return { run, eraseRequests };
}

/** @param {unknown} error */
function isGone(error) {
  return GONE.includes(problemOf(error).code);
}

/** @param {number} failed @param {string[]} keyless accounts */
function leftWords(failed, keyless) {
  if (failed + keyless.length === 0) return null;
  const accounts = [...new Set(keyless)].map((account) => `“${account}”`).join(" and ");
  const what = `${counted(failed + keyless.length, "request")} could not be erased on the server.`;
  const how = accounts && `That takes the key of ${accounts}.`;
  return [what, failed ? "Is the network there, or does one still run?" : "", how].filter(Boolean).join(" ");
}
