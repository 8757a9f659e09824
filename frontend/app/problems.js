// Says what a problem means: what happened, what it cost, what can be done. The words are in problem-words.js.

import { unknown, WORDS } from "./problem-words.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Key} Key */

/**
 * Whoever shows an action does it, by its id. `link` goes to its href, `fewer` asks for `pictures` of them.
 * @typedef {"retry" | "edit-prompt" | "edit-settings" | "fewer" | "key" | "forget-key" | "look" | "reload"
 *   | "link"} ActionId
 * @typedef {{id: ActionId, label: string, href?: string, pictures?: number}} Action
 * @typedef {{title: string, text: string, charged: string, actions: Action[]}} Explanation
 * @typedef {{model: Model | null, key: Pick<Key, "account"> | null, now: number}} Circumstances
 */

// Codes of a look at a request, which say nothing of what the request itself did cost.
const LOOKS = ["not_found", "not_cancelable", "erased"];
// A request that ended so was taken on, and paid for until it ended.
const REFUNDED = [
  "provider_error", "provider_rejected_key", "provider_out_of_credits", "bad_provider_answer", "provider_timeout",
  "outcome_unknown", "waited_too_long",
];

/** The codes that have words of their own. */
export const KNOWN_CODES = Object.keys(WORDS);

/**
 * What a problem means to whoever asked. `key` is the key that asked, null for a guest.
 * @param {Problem} problem
 * @param {Circumstances} circumstances
 * @returns {Explanation}
 */
export function explain(problem, circumstances) {
  const words = Object.hasOwn(WORDS, problem.code) ? WORDS[problem.code](problem, circumstances) : unknown(problem);
  return { ...words, charged: chargedText(problem, circumstances.key === null) };
}

/** @param {Problem} problem @param {boolean} guest */
function chargedText({ code, billed }, guest) {
  if (LOOKS.includes(code) && billed === false) return "Asking the server about it cost nothing.";
  if (billed === true) return guest ? "It counts as a free picture." : "You were charged for it.";
  if (billed === null) {
    return guest
      ? "Whether it counts as a free picture is not known yet."
      : "Whether you were charged is not known yet; your balance will tell.";
  }
  if (guest) return "No free picture was used for it.";
  return REFUNDED.includes(code) ? "Refunded: you were not charged." : "You were not charged.";
}
