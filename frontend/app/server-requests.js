// The server's record of a key's requests: read page by page, fetched to this device, erased.

import { signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { ApiError, eraseRequest, listRequests } from "./api.js";
import { counted } from "./gallery-deeds.js";
import { keepRequest } from "./library.js";
import { explain } from "./problems.js";
import { announce, key, model, notify } from "./state.js";

/** @typedef {import("./api.js").Summary} Summary */
/** @typedef {import("./types.js").Problem} Problem */
/**
 * What was read of it, and of whom. `next` is where it goes on: undefined before the first page, null after the last.
 * @typedef {object} History
 * @property {string | null} account
 * @property {Summary[]} lines
 * @property {string | null | undefined} next
 * @property {boolean} busy
 * @property {Problem | null} problem
 */

/** @type {History} */
const NOTHING = { account: null, lines: [], next: undefined, busy: false, problem: null };

export const history = signal(NOTHING);
/** Requests with something under way. */
export const working = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** The request whose erasing is asked about. */
export const asking = signal(/** @type {string | null} */ (null));

/** Whether anything was read, or tried to be, with the present key. */
export function isRead() {
  const { account, next, busy, problem } = history.value;
  return account === key.value?.account && (next !== undefined || busy || problem !== null);
}

/** The next page; the first one where the key is another. */
export async function readOn() {
  const reader = key.value;
  const before = history.value.account === reader?.account ? history.value : NOTHING;
  if (!reader || before.busy || before.next === null) return;
  const { account } = reader;
  history.value = { ...before, account, busy: true, problem: null };
  try {
    const { results, next } = await listRequests(reader.value, before.next);
    if (history.value.account !== account) return;
    // A request that came meanwhile moves the others: one may be told twice.
    const known = new Set(before.lines.map((each) => each.request_id));
    const lines = [...before.lines, ...results.filter((each) => !known.has(each.request_id))];
    history.value = { account, lines, next, busy: false, problem: null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (history.value.account === account) history.value = { ...history.value, busy: false, problem: error.problem };
  }
}

export function readAnew() {
  if (!history.value.busy) history.value = NOTHING;
}

/** Takes a request's pictures to this device. @param {Summary} summary */
export function fetchPictures(summary) {
  return doing(summary.request_id, async (reader) => {
    const { outcomes } = await keepRequest(summary, reader.account, reader.value);
    const fetched = outcomes.filter((each) => each === "fetched").length;
    const missing = outcomes.filter((each) => each === "missing").length;
    if (missing) notify(`${counted(missing)} could not be fetched. Try it again in a moment.`, { kind: "bad" });
    announce(fetched + missing > 0 ? `${counted(fetched)} fetched` : "Nothing new: all of it is on this device");
  });
}

/** For good, and on the server alone. @param {Summary} summary */
export function erase({ request_id: id }) {
  return doing(id, async (reader) => {
    await eraseRequest(id, reader.value);
    asking.value = null;
    const gone = { erased: true, prompt: null, images: [] };
    const lines = history.value.lines.map((each) => (each.request_id === id ? { ...each, ...gone } : each));
    history.value = { ...history.value, lines };
    announce("Erased on the server");
  });
}

/**
 * One deed at a time for each request.
 * @param {string} id @param {(reader: import("./types.js").Key) => unknown} deed
 */
async function doing(id, deed) {
  const reader = key.value;
  if (!reader || working.value.has(id)) return;
  working.value = new Set([...working.value, id]);
  try {
    await deed(reader);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { title, text } = explain(error.problem, { model: model.value, key: reader, now: Date.now() });
    notify(`${title}. ${text}`, { kind: "bad" });
  } finally {
    working.value = new Set([...working.value].filter((each) => each !== id));
  }
}
