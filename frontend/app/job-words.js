// How far a request is, in words.

import { isKeyProblem } from "./account.js";
import { when } from "./moments.js";
import { asDollars } from "./settings.js";

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Settings} Settings */

const LONGEST_NAME = 300;

/**
 * `place` is its place in this page's line, 1 is the first; `left` the seconds that it will probably take yet.
 * @param {Job} job
 * @param {{place: number, now: number, left: number | null}} circumstances
 */
export function progressWords(job, { place, now, left }) {
  const here = job.pictures.length;
  const some = here > 0 ? ` · ${here} of ${job.settings.samples} here` : "";
  switch (job.state) {
    case "sending":
      return "Sending";
    case "queued":
      return `Queued, ${placeWords(place)} · ${span(now - job.createdAt)}`;
    case "running":
      return `Running ${span(now - (job.runningSince ?? job.createdAt))}${leftWords(left)}${some}`;
    case "done":
      return "Done";
    case "failed":
      return "Failed";
    case "canceled":
      return "Canceled";
  }
}

/** The same in a word or two, for a list. @param {Job} job @param {{place: number, now: number}} circumstances */
export function shortly(job, { place, now }) {
  if (job.state === "queued") return place > 1 ? ordinal(place) : "Next";
  if (job.state === "running") return span(now - (job.runningSince ?? job.createdAt));
  return progressWords(job, { place, now, left: null });
}

/** What it waits for, null where it is followed. @param {Job} job */
export function waitingFor({ waiting, problem }) {
  if (waiting === "network" && problem?.code !== "slow") return "Waiting for the network";
  if (waiting === "retry" && problem?.code === "rate_limited") return "Waiting for the next minute";
  if (waiting === "network" || waiting === "retry") return "Waiting for the server";
  return waiting === "key" ? "Waiting for its key" : null;
}

/** Why nothing moves, null where it does. @param {Job} job @param {number} now */
export function waitingWords({ waiting, account, problem, state }, now) {
  switch (waiting) {
    case null:
      return null;
    case "network":
      if (problem?.code === "slow") return "The server does not answer just now. It is asked again; nothing is lost.";
      return state === "sending"
        ? "The network is gone. It is sent as soon as it is back, once."
        : "The network is gone. It goes on at the server, and is looked for when the network is back.";
    case "key":
      if (account && problem && isKeyProblem(problem)) {
        return `The key of “${account}” was refused: ${problem.detail} With a good key it is followed again.`;
      }
      return account
        ? `It was asked for with a key of “${account}”, which is not in use. With that key it is followed again.`
        : "It was asked for without a key.";
    case "retry": {
      const full = problem?.code === "rate_limited" ? "More requests than a minute takes. " : "";
      const then = problem?.retryAt ? when(problem.retryAt, now) : "in a moment";
      return `${full}It is asked again ${then}; nothing is lost.`;
    }
    case "another tab":
      return "Another tab follows it; its pictures come here, too.";
  }
}

/**
 * What a screen reader is told of a request; null where that is nothing new.
 * @param {Job["state"] | undefined} before undefined for one that was just asked for
 * @param {Job} job
 * @param {{place: number, problem: string | null}} circumstances `problem` in words, with what it cost
 */
export function newsOf(before, { state, pictures, failures }, { place, problem }) {
  if (before === undefined && ["sending", "queued", "running"].includes(state)) {
    return place > 1 ? `Queued, ${ordinal(place)} in line.` : "Queued.";
  }
  if (before === state) return null;
  switch (state) {
    case "done":
      return `Done, ${counted(pictures.length, "picture")}.${failures.length ? ` ${failures.length} failed, not charged.` : ""}`;
    case "failed":
      return `Failed: ${problem ?? "no picture came."}`;
    case "canceled":
      return problem ?? "Canceled.";
    default:
      return null;
  }
}

/**
 * The window's title while something runs: "● 2 running · Sasha".
 * @param {{state: Job["state"]}[]} open @param {string} site
 */
export function titleWords(open, site) {
  const running = open.filter(({ state }) => state === "running").length;
  return `● ${running > 0 ? `${running} running` : `${open.length} queued`} · ${site}`;
}

/** @param {Picture} picture @param {number} of */
export function altOf({ index, settings }, of) {
  return `Picture ${index + 1} of ${of}: ${brief(settings.prompt, LONGEST_NAME)}`;
}

/** The prompt in one line of at most so many characters. @param {string} prompt @param {number} most */
export function brief(prompt, most) {
  // Whole characters, so that no emoji is cut in two.
  const letters = [...prompt.slice(0, 4 * most).trim().replace(/\s+/g, " ")];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
}

/** What it did cost: dollars, or "free". @param {number | null | undefined} dollars @param {string | null} account */
export function costWords(dollars, account) {
  if (account === null) return "free";
  return dollars === null || dollars === undefined ? null : asDollars(dollars);
}

/** A balance, to the cent: what is less than one does not buy a picture. @param {number | null | undefined} dollars */
export function balanceWords(dollars) {
  if (dollars === null || dollars === undefined) return null;
  return `balance $${(Math.floor(dollars * 100 + 1e-6) / 100).toFixed(2)}`;
}

/** @param {number | null | undefined} left */
export function freeWords(left) {
  return left === null || left === undefined ? null : `${left} left today`;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "6 s", "2 min 05 s"; never less than 0. @param {number} ms */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** @param {number} number */
export function ordinal(number) {
  const end = number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${end}`;
}

/** @param {number} place */
function placeWords(place) {
  return place > 1 ? `${ordinal(place)} in line on this page` : "next in line";
}

/** @param {number | null} left in seconds */
function leftWords(left) {
  return left === null ? "" : ` · about ${span(left * 1000)} left`;
}
