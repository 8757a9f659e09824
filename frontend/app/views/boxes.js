// The pictures of the stage: a box for each from the first moment, in the final shape, filled as they come.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ownProblem } from "../api.js";
import { altOf } from "../job-words.js";
import { isExpired } from "../keeping.js";
import { readAgain, sourceOf } from "../picture-urls.js";
import { explain } from "../problems.js";
import { ended, key, model, shown } from "../state.js";
import { now } from "../clock.js";
import { properties } from "./properties.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Job} Job */
/** @typedef {import("../types.js").Picture} Picture */
/** @typedef {import("../showing.js").Subject} Subject */
/** @typedef {{name: string, picture: Picture | null, index: number}} Box */

/** @param {Subject} subject */
export function boxes({ id, job, pictures, settings, of }) {
  const { img_width: width, img_height: height } = settings;
  /** @type {Box[]} */
  const all = job
    ? [...Array(job.settings.samples).keys()].map((index) => boxOf(id, index, pictures))
    : pictures.map((picture) => ({ name: picture.id, picture, index: picture.index }));
  return html`
    <div class="boxes" data-count=${all.length} ?data-wide=${width >= height} ${properties({ w: width, h: height })}>
      ${repeat(
        all,
        ({ name }) => name,
        ({ picture, index }) => (picture ? filled(picture, of, all.length > 1) : empty(job, index)),
      )}
    </div>
  `;
}

/** @param {string} id @param {number} index @param {Picture[]} pictures @returns {Box} */
function boxOf(id, index, pictures) {
  const picture = pictures.find((each) => each.index === index) ?? null;
  return { name: picture?.id ?? `${id} ${index}`, picture, index };
}

/** @param {Picture} picture @param {number} of @param {boolean} opens whether it can be shown by itself */
function filled(picture, of, opens) {
  const { url, problem } = sourceOf(picture, "full");
  if (problem) return unreadable(picture, problem);
  const { width, height } = picture;
  const image = html`<img src=${url ?? nothing} alt=${altOf(picture, of)} width=${width} height=${height}
    decoding="async" draggable="false" @load=${arrived} @error=${arrived}>`;
  if (!opens) return html`<div class="box">${image}</div>`;
  const show = () => (shown.value = { picture: picture.id });
  return html`<button class="box" title="Show it large" @click=${show}>${image}</button>`;
}

/** The picture fades in when it is there, not when it begins to be read. @param {Event} event */
function arrived(event) {
  const image = /** @type {HTMLImageElement} */ (event.target);
  image.dataset.here = "";
}

/** @param {Job | null} job @param {number} index */
function empty(job, index) {
  const failure = job?.failures.find((each) => each.index === index);
  if (failure) {
    const { title } = explain(ownProblem(failure.code, failure.detail), { model: model.value, key: key.value, now: now.value });
    return html`<div class="box lacks">${icon("circle-alert")}<p>${title}</p></div>`;
  }
  if (job && ended(job)) return html`<div class="box lacks"><p>${job.state === "done" ? "Deleted" : nothing}</p></div>`;
  return html`<div class="box pending" ?data-running=${job?.state === "running"}></div>`;
}

/** @param {Picture} picture @param {import("../types.js").Problem} problem */
function unreadable(picture, problem) {
  const gone = isExpired(picture, now.value);
  const why = gone
    ? "The server has deleted it, and it could not be kept on this device."
    : problem.code === "not_kept"
      ? "Its file cannot be read."
      : explain(problem, { model: model.value, key: key.value, now: now.value }).title;
  return html`
    <div class="box lacks">
      ${icon(problem.code === "offline" ? "wifi-off" : "circle-alert")}
      <p>The picture is not here. ${why}</p>
      ${gone ? nothing : html`<button class="button" @click=${() => readAgain(picture)}>Fetch it again</button>`}
    </div>
  `;
}
