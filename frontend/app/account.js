// Whose pictures are paid: the API key of this visit or this device, and what is left to spend.

import { getAllowance, ownProblem, problemOf } from "./api.js";
import { allowance, dialog, key, model, notify } from "./state.js";

/** @typedef {import("./types.js").Key} Key */
/** @typedef {import("./types.js").Problem} Problem */

const FORM = /^sasha_([a-z0-9]{1,32})_[0-9a-f]{32}$/;
/** Under which a key lies in sessionStorage or, if it shall be remembered, in localStorage; and nowhere else. */
const NAME = "sasha.key";
const KEY_CODES = ["missing_api_key", "invalid_api_key", "forbidden"];
const NOTHING_KNOWN = { credits: null, freeImagesLeft: null, resetsAt: null };

/** The key whose refusal was told. @type {Key | null} */
let toldRefused = null;

/** The part of a key that is no secret, "" for what is no key. @param {string} keyValue */
export function accountOf(keyValue) {
  return FORM.exec(keyValue)?.[1] ?? "";
}

/** Whether it is the key that was refused, not what it asked for. @param {Problem} problem */
export function isKeyProblem(problem) {
  return KEY_CODES.includes(problem.code);
}

/**
 * Asks the API whether the key is good, and from then on uses it. Until then, and if not, everything stays as it is.
 * @param {string} value @param {{ remember?: boolean }} [how]
 * @returns {Promise<Problem | null>}
 */
export async function useKey(value, { remember = false } = {}) {
  const trimmed = value.trim();
  const account = accountOf(trimmed);
  if (!account) {
    const form = "This is not a key of this site: they look like sasha_<account>_<32 digits>.";
    return ownProblem("invalid_api_key", form, { retryable: false });
  }
  try {
    const known = await getAllowance(trimmed);
    const remembered = remember && write("localStorage", trimmed);
    if (!remembered) write("sessionStorage", trimmed);
    erase(remembered ? "sessionStorage" : "localStorage");
    key.value = { value: trimmed, account, remembered };
    allowance.value = known;
    return null;
  } catch (error) {
    return problemOf(error);
  }
}

/** From here on this is a guest; what the key's requests are doing is not ended by it. */
export function forgetKey() {
  erase("sessionStorage");
  erase("localStorage");
  allowance.value = NOTHING_KNOWN;
  key.value = null;
}

/** Takes up the key of this visit, or the remembered one; and forgets it when another tab does. */
export function restoreKey() {
  for (const where of /** @type {const} */ (["sessionStorage", "localStorage"])) {
    const value = read(where);
    const account = accountOf(value);
    if (account) {
      key.value = { value, account, remembered: where === "localStorage" };
      break;
    }
  }
  globalThis.addEventListener?.("storage", (event) => {
    const gone = /** @type {StorageEvent} */ (event);
    if (gone.key !== null && (gone.key !== NAME || gone.newValue !== null)) return;
    if (key.peek()?.remembered) forgetKey();
  });
}

/**
 * Asks what is left to spend. A refused key stays until its owner changes it, and is told once.
 * @returns {Promise<Problem | null>}
 */
export async function refreshAllowance() {
  const asked = key.peek();
  if (asked === null && model.peek()?.limits.guest_images_per_day === 0) {
    allowance.value = { ...NOTHING_KNOWN, freeImagesLeft: 0 };
    return null;
  }
  try {
    const known = await getAllowance(asked && asked.value);
    if (key.peek() === asked) allowance.value = known;
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (asked && key.peek() === asked && isKeyProblem(problem)) refused(asked, problem);
    return problem;
  }
}

/**
 * What an answer told by the way.
 * @param {string | null} account whose it is, null for the guest's
 * @param {{ credits?: number | null, freeImagesLeft?: number | null }} known
 */
export function learnAllowance(account, { credits = null, freeImagesLeft = null }) {
  if (account !== (key.peek()?.account ?? null)) return;
  if (account !== null && credits !== null) allowance.value = { ...NOTHING_KNOWN, credits };
  if (account === null && freeImagesLeft !== null) allowance.value = { ...allowance.peek(), freeImagesLeft };
}

/** @param {Key} which @param {Problem} problem */
function refused(which, problem) {
  if (toldRefused === which) return;
  toldRefused = which;
  allowance.value = NOTHING_KNOWN;
  const change = { label: "Change the key", run: () => void (dialog.value = "key") };
  notify(`The key of ${which.account} was refused. ${problem.detail}`, { kind: "bad", stays: true, action: change });
}

/** @typedef {"sessionStorage" | "localStorage"} Where Both throw where the browser keeps nothing. */

/** @param {Where} where */
function read(where) {
  try {
    return globalThis[where].getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

/** @param {Where} where @param {string} value */
function write(where, value) {
  try {
    globalThis[where].setItem(NAME, value);
    return true;
  } catch {
    return false;
  }
}

/** @param {Where} where */
function erase(where) {
  try {
    globalThis[where].removeItem(NAME);
  } catch {
    // Then there is nothing to forget.
  }
}
